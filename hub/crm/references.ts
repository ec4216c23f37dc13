/** Do the records that values refer to exist, and are they of the right object? */

import type { Json, Values } from '#kit/fields.ts';
import type { FieldProblem } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { holdObjects } from '#store/records.ts';
import { UUID } from './place.ts';
import type { ObjectShape, RefField } from './shape.ts';

interface Reference {
  path: string;
  to: string;
  target: string;
}

/**
 * Problems of references in `values` that `before` did not have. Those that are right cannot be erased until the transaction ends.
 */
export async function checkReferences(tx: Tx, shape: ObjectShape, values: Values, before: Values = {}): Promise<FieldProblem[]> {
  const old = new Set(shape.refs.flatMap((ref) => references(ref, before).map((found) => `${ref.field} ${found.target}`)));
  const asked = shape.refs.flatMap((ref) => references(ref, values).filter((found) => !old.has(`${ref.field} ${found.target}`)));
  if (asked.length === 0) return [];
  const ids = [...new Set(asked.map((reference) => reference.target).filter((target) => UUID.test(target)))];
  const found = new Map(ids.length === 0 ? [] : (await holdObjects(tx, ids)).map((record) => [record.id, record]));
  return asked.flatMap(({ path, to, target }): FieldProblem[] => {
    const record = found.get(target);
    const allowed = `id of a ${to} of this workspace`;
    if (record === undefined) return [{ path, found: `${JSON.stringify(target.slice(0, 60))}, which is not there`, allowed }];
    if (record.object !== to) return [{ path, found: `id of a ${record.object}`, allowed }];
    if (record.mergedInto !== null) return [{ path, found: `a ${to} that was merged into ${record.mergedInto}`, allowed }];
    return [];
  });
}

function references(ref: RefField, values: Values): Reference[] {
  const value = values[ref.field];
  if (value === undefined || value === null) return [];
  if (ref.part === undefined) return reference(ref.field, ref.to, value);
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, at) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? reference(`${ref.field}/${at}/${ref.part}`, ref.to, item[ref.part!])
      : [],
  );
}

function reference(path: string, to: string, target: Json | undefined): Reference[] {
  return typeof target === 'string' && target !== '' ? [{ path, to, target: target.toLowerCase() }] : [];
}
