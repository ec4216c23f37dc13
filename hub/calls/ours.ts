/**
 * Writing into a call's record without ever writing over anybody: a field is ours while it holds what we last wrote there, or while
 * it is blank and we never wrote it. What a person or a service put there stays.
 */
import type { Cause, Change, CrmRecord, Update } from '#crm/core.ts';
import { shapeOf } from '#crm/shape.ts';
import { changeRecords } from '#crm/write.ts';
import type { Json, Values } from '#kit/fields.ts';
import { equal, isBlank } from '#kit/values.ts';
import type { CallRow } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';

export interface Wish {
  row: CallRow;
  record: CrmRecord;
  /** Values we want there; null wants the field blank. Fields not named are left alone. */
  values: Values;
  why: string;
}

/** Writes what may be written, and notes in each row what is ours from now on. */
export async function writeOurs(tx: Tx, wishes: readonly Wish[], cause: Cause): Promise<void> {
  const shape = (await shapeOf(tx)).of('call');
  const heirs = await heirsOf(tx, wishes);
  const updates: Update[] = [];
  for (const { row, record, values, why } of wishes) {
    const changes: { [field: string]: Change } = {};
    const ours = { ...row.ours };
    for (const [field, value] of Object.entries(values)) {
      const declared = shape.fields[field]!;
      const now = record.fields[field];
      if (equal(declared, now, value)) ours[field] = value;
      else if (isOurs(ours[field], now, (was) => equal(declared, was, now) || heirs.get(was as string) === (now ?? null))) {
        changes[field] = { from: now ?? null, to: value, why };
        ours[field] = value;
      }
    }
    row.ours = ours;
    if (Object.keys(changes).length > 0)
      updates.push({ id: record.id, object: 'call', expected: record.version, before: record.fields, changes });
  }
  const moved = await changeRecords(tx, updates, cause);
  if (moved.length > 0) throw new Error(`calls ${moved.join(', ')} were changed though they were locked`);
}

function isOurs(was: Json | undefined, now: Json | undefined, same: (was: Json) => boolean): boolean {
  if (isBlank(was)) return isBlank(now);
  return same(was!);
}

/** Records we referred to that were merged or erased since: what refers to them now is still ours. Id → the survivor, or null. */
async function heirsOf(tx: Tx, wishes: readonly Wish[]): Promise<Map<string, string | null>> {
  const asked = new Set<string>();
  for (const { row, record, values } of wishes) {
    for (const field of ['contact', 'company', 'lead', 'opportunity', 'owner']) {
      const was = row.ours[field];
      if (field in values && typeof was === 'string' && record.fields[field] !== was) asked.add(was);
    }
  }
  if (asked.size === 0) return new Map();
  const found = new Map((await readRecords(tx, [...asked])).map((one) => [one.id, one]));
  const heirs = new Map<string, string | null>();
  for (const id of asked) {
    const record = found.get(id);
    if (record === undefined) heirs.set(id, null);
    else if (record.mergedInto !== null) heirs.set(id, record.mergedInto);
  }
  return heirs;
}
