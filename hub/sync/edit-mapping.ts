/** An edited mapping: everything wrong with it told at once, and saved as a new version under which everything linked is re-mapped. */
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import { checkMapping } from '#mappings/check.ts';
import type { Mapping } from '#mappings/format.ts';
import { type Finding, keptMapping, parseMapping } from '#mappings/parse.ts';
import type { Tx } from '#store/database.ts';
import { addVersion, getMapping, getVersion, type MappingRow } from '#store/mappings.ts';
import { oneWriter, patchSync, syncsOfMapping } from '#store/syncs.ts';
import type { Parts } from './parts.ts';
import { resettle } from './resettle.ts';
import { widening } from './widening.ts';

/** Does the mapping ever write to the service? */
export function writes(mapping: Mapping, stream: Stream): boolean {
  return (
    stream.push !== undefined &&
    mapping.fields.some((rule) => rule.way !== 'in' && !rule.theirs.startsWith('=') && !stream.fields[rule.theirs]?.readOnly)
  );
}

export const toJson = (mapping: Mapping): Json => JSON.parse(JSON.stringify(mapping)) as Json;

/** The mapping's row. Throws `Fault` where there is none. */
export async function needMapping(tx: Tx, id: number, lock: '' | 'update' = ''): Promise<MappingRow> {
  const row = await getMapping(tx, id, lock);
  if (row) return row;
  throw new Fault('missing', `mapping ${id}: not found`, 'List the mappings to see which there are.');
}

/** All that is wrong or lossy about a body meant as the next version of a mapping. */
export async function findingsOf(parts: Parts, tx: Tx, row: MappingRow, body: Json): Promise<Finding[]> {
  return (await examined(parts, tx, row, body)).findings;
}

/** An edited mapping that could be saved, and the syncs it would concern. Throws `Fault` with all that is wrong with it. */
export async function draftOf(parts: Parts, tx: Tx, id: number, body: Json): Promise<{ draft: Mapping; syncs: number[] }> {
  const draft = await checked(parts, tx, await needMapping(tx, id), body);
  return { draft, syncs: (await syncsOfMapping(tx, id)).map((sync) => sync.id) };
}

/** Saves a new version over `expected`; each of the mapping's syncs begins a run that re-maps its links. */
export async function saveMapping(
  parts: Parts,
  tx: Tx,
  id: number,
  expected: number,
  body: Json,
  by: string,
  note: string,
): Promise<{ version: number; runs: number[] }> {
  await oneWriter(tx); // as pages do, before they lock a sync and its mapping: none can wait for us that we wait for
  const row = await needMapping(tx, id, 'update');
  const mapping = await checked(parts, tx, row, body);
  if (row.version !== expected) {
    throw new Fault(
      'precondition',
      `mapping ${id} is at version ${row.version}, the edit was made on ${expected}`,
      'Load the current version, make the edit on it, and look at its impact again.',
    );
  }
  const version = (await addVersion(tx, id, expected, { body: toJson(mapping), by, note }))!;
  const outward = writes(mapping, parts.streamOf(row.stream));
  const { records, rows } = widening(keptMapping((await getVersion(tx, id, expected))!.body), mapping);
  const runs: number[] = [];
  for (const sync of await syncsOfMapping(tx, id)) {
    const begun = sync.passes > 0; // a first pass has everything before it anyway
    await patchSync(tx, sync.id, { outward, ...(begun && rows && { full_wanted: true, pull_due: new Date(parts.now()) }) });
    const run = await resettle(parts, tx, sync, version, { by, because: 'the mapping was edited', strangers: begun && records });
    if (run !== null) runs.push(run);
  }
  return { version, runs };
}

/** The body as a mapping for the same stream and object, or a fault that lists all that is wrong with it. */
async function checked(parts: Parts, tx: Tx, row: MappingRow, body: Json): Promise<Mapping> {
  const { mapping, findings } = await examined(parts, tx, row, body);
  const errors = findings.filter((f) => f.severity === 'error');
  if (mapping && errors.length === 0) return mapping;
  throw new Fault(
    'invalid',
    `the mapping has ${errors.length} error${errors.length === 1 ? '' : 's'}`,
    'Mend each place named; `mapping check` shows them without saving.',
    errors,
  );
}

async function examined(
  parts: Parts,
  tx: Tx,
  row: MappingRow,
  body: Json,
): Promise<{ mapping?: Mapping | undefined; findings: Finding[] }> {
  const { mapping, findings } = parseMapping(body);
  if (!mapping) return { findings };
  const fixed = [
    ...fixedPlace('from', mapping.from, row.stream, 'The stream of a mapping is fixed: put back the one it has.'),
    ...fixedPlace('to', mapping.to, row.object, 'The object of a mapping is fixed: put back the one it has.'),
  ];
  if (fixed.length > 0) return { mapping, findings: fixed };
  const { custom, region } = await parts.crm.about(tx, row.object);
  return { mapping, findings: checkMapping(mapping, { stream: parts.streamOf(row.stream), custom, region }) };
}

const fixedPlace = (path: string, found: string, allowed: string, advice: string): Finding[] =>
  found === allowed ? [] : [{ severity: 'error', path, found, allowed, advice }];
