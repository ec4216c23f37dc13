/** What a workspace's records look like: the objects' standard fields, and what its admin added. */

import type { Field, Fields, Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { type CrmObject, fieldsOf, object as objectNamed } from '#mappings/objects.ts';
import { lockShape } from '#store/custom-fields.ts';
import type { Tx } from '#store/database.ts';
import { readShape, type ShapeRow } from '#store/records.ts';
import { type Formula, formulasOf } from './formulas.ts';

/** A field that refers to records: by itself, or in the items of a list or of lines. */
export interface RefField {
  field: string;
  /** The object it refers to. */
  to: string;
  /** Name of the reference within an item; undefined where the field itself is the reference. */
  part?: string;
}

/** One object as a workspace has it. */
export interface ObjectShape {
  object: CrmObject;
  /** Standard and custom fields. */
  fields: Fields;
  custom: Fields;
  /** Custom fields that are no longer offered: values they hold stay readable. */
  archived: ReadonlySet<string>;
  formulas: readonly Formula[];
  refs: readonly RefField[];
}

export interface Shape {
  /** ISO country whose national phone numbers are meant. */
  region: string;
  /** Do calls wait for somebody who bears their number? Then numbers that records get are told them. */
  callsWait: boolean;
  /** Are there meetings, mails or files that name people? Then addresses that records get are told them. */
  addressesNamed: boolean;
  /** Are people whom nobody knows listed for review? */
  strangers: boolean;
  of(object: string): ObjectShape;
}

/** A custom field as its table holds it. */
interface CustomRow {
  object: string;
  name: string;
  field: Field;
  formula: string | null;
  archived: boolean;
}

/** Shapes by what they were made of, so that checks and formulas are compiled once however many transactions ask. */
const known = new Map<string, Shape>();
const MOST_KNOWN = 500;
const asked = new WeakMap<Tx, Promise<Shape>>();

/** The shape of the transaction's workspace, which stays so until the transaction ends: two statements, once per transaction. */
export function shapeOf(tx: Tx): Promise<Shape> {
  let shape = asked.get(tx);
  if (shape === undefined) {
    shape = askShape(tx);
    asked.set(tx, shape);
  }
  return shape;
}

/** The lock is a statement of its own, for a statement that had to wait would still read what was there before. */
async function askShape(tx: Tx): Promise<Shape> {
  const [, row] = await Promise.all([lockShape(tx, 'write by it'), readShape(tx)]);
  return shapeFrom(row);
}

/** Forgets what `shapeOf` found in this transaction, which has just changed it. */
export function forgetShape(tx: Tx): void {
  asked.delete(tx);
}

function shapeFrom({ custom, ...about }: ShapeRow): Shape {
  const key = `${JSON.stringify(about)} ${custom ?? ''}`;
  let shape = known.get(key);
  if (shape === undefined) {
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!);
    shape = makeShape(about, custom === null ? [] : (JSON.parse(custom) as CustomRow[]));
    known.set(key, shape);
  }
  return shape;
}

function makeShape(about: Omit<ShapeRow, 'custom'>, rows: readonly CustomRow[]): Shape {
  const byObject = Map.groupBy(rows, (row) => row.object);
  const objects = new Map<string, ObjectShape>();
  return {
    ...about,
    of(name) {
      let shape = objects.get(name);
      if (shape === undefined) {
        shape = objectShape(name, byObject.get(name) ?? []);
        objects.set(name, shape);
      }
      return shape;
    },
  };
}

function objectShape(name: string, rows: readonly CustomRow[]): ObjectShape {
  const object = objectNamed(name);
  const custom: Fields = Object.fromEntries(rows.map((row) => [row.name, row.field]));
  const fields = fieldsOf(name, custom);
  return {
    object,
    fields,
    custom,
    archived: new Set(rows.filter((row) => row.archived).map((row) => row.name)),
    formulas: formulasOf(
      fields,
      rows
        .filter((row) => row.formula !== null && !row.archived)
        .map((row) => ({ name: row.name, field: row.field, text: row.formula! })),
    ),
    refs: refFields(fields),
  };
}

function refFields(fields: Fields): RefField[] {
  return Object.entries(fields).flatMap(([field, declared]): RefField[] => {
    if (declared.kind === 'ref') return declared.to === undefined ? [] : [{ field, to: declared.to }];
    return Object.entries(declared.of ?? {}).flatMap(([part, item]) =>
      item.kind === 'ref' && item.to !== undefined ? [{ field, to: item.to, part }] : [],
    );
  });
}

const merged = new WeakMap<Fields, Map<string, Fields>>();
const NONE: Fields = {};

/**
 * All that is wrong with a whole record's values, each with its place; empty when nothing is. Pure. `custom` is the same object for
 * every record of a page: checks are compiled once for it.
 */
export function checkRecord(object: string, values: Values, custom: Fields = NONE): FieldProblem[] {
  let byObject = merged.get(custom);
  if (byObject === undefined) {
    byObject = new Map();
    merged.set(custom, byObject);
  }
  let fields = byObject.get(object);
  if (fields === undefined) {
    fields = fieldsOf(object, custom);
    byObject.set(object, fields);
  }
  return checkValues(fields, values);
}
