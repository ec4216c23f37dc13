/** Custom fields: what an admin added to the objects of a workspace. */
import type { Field } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface CustomFieldRow {
  object: string;
  name: string;
  field: Field;
  formula: string | null;
  created: string;
  archived: string | null;
  /** Records after this id still hold what an older formula gave; null when none does. */
  pending: string | null;
}

const COLUMNS = 'object, name, field, formula, created, archived, pending';

/** Custom fields of a workspace, or of one object, in order of their making. */
export function listCustomFields(tx: Tx, object: string | null): Promise<CustomFieldRow[]> {
  return tx.query<CustomFieldRow>(
    `select ${COLUMNS} from custom_fields where $1::text is null or object = $1 order by object, created, name`,
    [object],
  );
}

/** One custom field, locked until the transaction ends. */
export async function lockCustomField(tx: Tx, object: string, name: string): Promise<CustomFieldRow | undefined> {
  return (
    await tx.query<CustomFieldRow>(`select ${COLUMNS} from custom_fields where object = $1 and name = $2 for update`, [
      object,
      name,
    ])
  )[0];
}

/** Makes a custom field; false where one of that name is there already. */
export async function insertCustomField(tx: Tx, row: CustomFieldRow): Promise<boolean> {
  const made = await tx.run(
    `insert into custom_fields (workspace, object, name, field, formula, created, pending)
     values (${HERE}, $1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [row.object, row.name, JSON.stringify(row.field), row.formula, row.created, row.pending],
  );
  return made === 1;
}

export async function updateCustomField(tx: Tx, row: CustomFieldRow): Promise<void> {
  await tx.run(`update custom_fields set field = $3, formula = $4, archived = $5, pending = $6 where object = $1 and name = $2`, [
    row.object,
    row.name,
    JSON.stringify(row.field),
    row.formula,
    row.archived,
    row.pending,
  ]);
}

/** How far the records of an object have been computed anew. */
export async function setPending(tx: Tx, object: string, from: string | null): Promise<void> {
  await tx.run(`update custom_fields set pending = $2::uuid where object = $1 and pending is not null`, [object, from]);
}

/**
 * Custom fields stay as they are until the transaction ends: who writes records by them waits for who edits them, and the other way
 * round, so that no record is written by a formula that was edited meanwhile. Taken before any record is locked.
 */
export async function lockShape(tx: Tx, to: 'write by it' | 'edit it'): Promise<void> {
  const lock = to === 'edit it' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await tx.query(`select ${lock}(hashtext('switchboard.shape'), ${HERE})`);
}
