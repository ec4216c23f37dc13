/** In which order streams refer to each other: those that others refer to come first. Pure, from what their mappings say. */
import type { Json } from '#kit/fields.ts';
import type { Mapping } from '#mappings/format.ts';

/** Streams whose rows a mapping's rules refer to, wherever in their codecs. */
export function refersTo({ fields }: Mapping): Set<string> {
  const found = new Set<string>();
  const look = (value: Json | undefined, within: string): void => {
    if (typeof value === 'string') {
      if (STREAMS.has(within) && /^\w+\.\w+$/.test(value)) found.add(value);
    } else if (Array.isArray(value)) for (const one of value) look(one, within);
    else if (value !== null && typeof value === 'object')
      for (const [name, part] of Object.entries(value)) look(part, within === 'streams' ? within : name);
  };
  for (const { via } of fields) look(via as Json | undefined, '');
  return found;
}

/** Arguments of codecs that name streams. */
const STREAMS = new Set(['stream', 'streams', 'else']);

/**
 * The chosen streams and all that they refer to, in order. Rings (an estimate that names its invoice, which names its estimate) are cut
 * where they close: what comes too early waits for the other.
 */
export function inOrder(chosen: readonly string[], mappings: ReadonlyMap<string, Mapping>): string[] {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const visit = (stream: string): void => {
    const mapping = mappings.get(stream);
    if (seen.has(stream) || mapping === undefined) return;
    seen.add(stream);
    for (const other of [...refersTo(mapping)].sort()) visit(other);
    ordered.push(stream);
  };
  for (const stream of [...chosen].sort()) visit(stream);
  return ordered;
}
