/** The codecs, by the name under which a mapping uses them: the registry, a literal. */
import type { Field } from '#kit/fields.ts';
import { each, type Inner, item, join, rename, split } from './codecs/lists.ts';
import { minor, money, number } from './codecs/numbers.ts';
import { find, link, links, unique } from './codecs/refs.ts';
import type { Codec, Place, Step, UseProblem } from './codecs/step.ts';
import { flag, otherwise, standard, table } from './codecs/tables.ts';
import { e164, lower, prefix, spaces, suffix, trim, upper } from './codecs/texts.ts';
import { date, day, epoch, instant, zoned } from './codecs/times.ts';
import type { CodecUse } from './format.ts';

const inner: Inner = { steps: stepsOf, gives: (via, theirs) => fieldThrough(via, theirs) };

export const codecs: { readonly [name: string]: Codec } = {
  trim,
  lower,
  upper,
  spaces,
  e164,
  prefix,
  suffix,
  table,
  flag,
  default: standard,
  otherwise,
  number,
  money,
  minor,
  date,
  epoch,
  zoned,
  instant,
  day,
  link,
  links,
  find,
  unique,
  each: each(inner),
  rename,
  item,
  split,
  join,
};

/** The uses of a rule, in order inward. */
export function usesOf(via: CodecUse | readonly CodecUse[] | undefined): readonly CodecUse[] {
  if (via === undefined) return [];
  return Array.isArray(via) ? (via as readonly CodecUse[]) : [via as CodecUse];
}

/** A use's codec name and arguments; null where it does not name exactly one. */
export function readUse(use: CodecUse): { name: string; args: unknown } | null {
  if (typeof use === 'string') return { name: use, args: {} };
  const [only, more] = Object.entries(use);
  return only === undefined || more !== undefined ? null : { name: only[0], args: only[1] };
}

/** The steps of uses that are known to be in order (`checkUse`). `theirs`: the field they begin with, where it is known. */
export function stepsOf(via: CodecUse | readonly CodecUse[] | undefined, place: Place, theirs?: Field): Step[] {
  let field = theirs;
  return usesOf(via).map((use) => {
    const read = readUse(use);
    const codec = read && codecNamed(read.name);
    if (!read || !codec) throw new Error(`unknown codec ${JSON.stringify(use)}: check the mapping before compiling it`);
    const step = codec.make(read.args, place, field);
    const made = field && codec.gives(field, read.args);
    field = made && 'kind' in made ? made : undefined;
    return step;
  });
}

/** Do the uses read national phone numbers by the workspace's region? */
export function readsByRegion(via: CodecUse | readonly CodecUse[] | undefined): boolean {
  let asked = false;
  stepsOf(via, {
    get region() {
      asked = true;
      return 'US';
    },
  });
  return asked;
}

/** The field that uses make of theirs, or the first problem, its path relative to the use. */
export function fieldThrough(via: CodecUse | readonly CodecUse[] | undefined, theirs: Field): Field | UseProblem {
  let field = theirs;
  for (const use of usesOf(via)) {
    const made = checkUse(use, field);
    if (!('kind' in made)) return made;
    field = made;
  }
  return field;
}

/** Is this use in order over such a field? The field it makes, or what is wrong. */
export function checkUse(use: CodecUse, theirs: Field): Field | UseProblem {
  const read = readUse(use);
  if (read === null) {
    return { path: [], found: JSON.stringify(use), allowed: 'one codec', advice: 'Give the codecs as a list, each on its own.' };
  }
  const codec = codecNamed(read.name);
  if (codec === undefined) {
    return { path: [], found: read.name, allowed: Object.keys(codecs).join(', '), advice: 'Use one of the codecs.' };
  }
  const args = codec.args.safeParse(read.args);
  if (!args.success) {
    const issue = args.error.issues[0]!;
    const path = [read.name, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
    return {
      path,
      found: JSON.stringify(read.args),
      allowed: issue.message,
      advice: `${codec.does} See its arguments in mappings/README.md.`,
    };
  }
  if (!codec.takes.includes(theirs.kind)) {
    return {
      path: [],
      found: `${theirs.kind} (“${theirs.title}”)`,
      allowed: codec.takes.join(', '),
      advice: `${read.name} cannot read a ${theirs.kind}. ${codec.does}`,
    };
  }
  return codec.gives(theirs, read.args);
}

/** What uses lose, each in words. */
export function lossesOf(via: CodecUse | readonly CodecUse[] | undefined): string[] {
  return usesOf(via).flatMap((use) => {
    const read = readUse(use);
    const lost = read && codecNamed(read.name)?.loses?.(read.args);
    return lost ? [`${read.name}: ${lost}`] : [];
  });
}

function codecNamed(name: string): Codec | undefined {
  return Object.hasOwn(codecs, name) ? codecs[name] : undefined;
}
