/** A person says which connection alone may overwrite a field, or that any may again. */
import { Fault } from '#hub/fault.ts';
import { fieldOf, fieldsOf, isObject, objectNames } from '#mappings/objects.ts';
import { keptMapping } from '#mappings/parse.ts';
import { wayOf } from '#mappings/sides.ts';
import type { Tx } from '#store/database.ts';
import { getMapping, getVersion } from '#store/mappings.ts';
import { dropSource, listSources, putSource, type SourceRow } from '#store/sources.ts';
import { listSyncs, oneWriter, type SyncRow } from '#store/syncs.ts';
import type { Parts } from './parts.ts';
import { resettle } from './resettle.ts';

export interface NewSource {
  object: string;
  field: string;
  connection: number;
}

/** From now on, and for what is linked already: the field takes what the source's kept rows say. Throws `Fault` where it could not bring the field. */
export async function setSource(parts: Parts, tx: Tx, source: NewSource, by: string): Promise<SourceRow> {
  await oneWriter(tx); // pages under way end by the old rule
  const { object, field, connection } = source;
  await expectField(parts, tx, object, field);
  const bringing = await bringersOf(parts, tx, object, field);
  const brought = bringing.filter((sync) => sync.connection === connection);
  if (brought.length === 0) {
    const all = [...new Set(bringing.map((sync) => sync.connection))];
    const allowed = all.length > 0 ? `one of the connections ${all.join(', ')}` : 'none: no mapping brings the field';
    throw new Fault(
      'invalid',
      `connection ${connection} cannot be the source of ${object}.${field}`,
      'Name a connection whose mapping brings the field in, or edit its mapping first.',
      [{ path: 'connection', found: `connection ${connection}, which does not bring it`, allowed }],
    );
  }
  await putSource(tx, { ...source, by }, new Date(parts.now()));
  for (const sync of brought) {
    const { version } = (await getMapping(tx, sync.mapping, 'share'))!;
    await resettle(parts, tx, sync, version, { fields: [field], by, because: `it was made the source of ${object}.${field}` });
  }
  return (await listSources(tx, object)).find((row) => row.field === field)!;
}

export async function clearSource(tx: Tx, object: string, field: string): Promise<void> {
  await oneWriter(tx);
  if (await dropSource(tx, object, field)) return;
  throw new Fault('missing', `${object}.${field} has no source`, 'List the sources to see which fields have one.');
}

async function expectField(parts: Parts, tx: Tx, object: string, field: string): Promise<void> {
  if (!isObject(object))
    throw new Fault('missing', `there is no object ${JSON.stringify(object)}`, `Name one of: ${objectNames.join(', ')}.`);
  const declared = fieldsOf(object, (await parts.crm.about(tx, object)).custom);
  const found = fieldOf(declared, field);
  if (found && !found.readOnly) return;
  const writable = Object.entries(declared).flatMap(([name, { readOnly }]) => (readOnly ? [] : [name]));
  const what = found ? `${object}.${field} is computed` : `the object ${object} has no field ${JSON.stringify(field)}`;
  throw new Fault('missing', what, `Fields that can have a source: ${writable.join(', ')}.`);
}

/** Syncs whose mapping writes the field of the object. */
async function bringersOf(parts: Parts, tx: Tx, object: string, field: string): Promise<SyncRow[]> {
  const { custom } = await parts.crm.about(tx, object);
  const ours = fieldOf(fieldsOf(object, custom), field);
  const bringing: SyncRow[] = [];
  for (const sync of await listSyncs(tx)) {
    if (sync.object !== object) continue;
    const { version } = (await getMapping(tx, sync.mapping))!;
    const rule = keptMapping((await getVersion(tx, sync.mapping, version))!.body).fields.find((one) => one.crm === field);
    if (rule && wayOf(rule, parts.streamOf(sync.stream).fields[rule.theirs], ours) !== 'out') bringing.push(sync);
  }
  return bringing;
}
