/**
 * What a formula sees of a row or record. Blank texts are '', blank flags false, blank lists empty; a formula that meets another
 * blank (a number, money, a date, a time) is blank itself.
 */
import type { Environment } from '@marcbachmann/cel-js';
import type { Field, Fields, Json, Kind, Values } from '#kit/fields.ts';
import { Exact, Money, Uncomputable } from './exact.ts';

/** Reads a value; lists of more items than `most` are refused. */
type Reader = (value: Json | undefined, most: number) => unknown;
export type Scope = new () => { [name: string]: unknown };

export interface ScopeType {
  /** The class whose instances CEL knows as this type. */
  create: Scope;
  readers: { readonly [field: string]: Reader };
}

/** Kinds whose blank is a value. */
const blanks: { readonly [kind in Kind]?: unknown } = {
  text: '',
  email: '',
  phone: '',
  link: '',
  choice: '',
  ref: '',
  flag: false,
  list: [],
  lines: [],
};

export function hasBlank(kind: Kind): boolean {
  return Object.hasOwn(blanks, kind);
}

/** CEL's name of a kind. */
const celTypes: { readonly [kind in Exclude<Kind, 'list' | 'lines'>]: string } = {
  text: 'string',
  email: 'string',
  phone: 'string',
  link: 'string',
  choice: 'string',
  ref: 'string',
  date: 'string',
  flag: 'bool',
  number: 'Decimal',
  money: 'Money',
  instant: 'google.protobuf.Timestamp',
  zoned: 'map<string, string>',
  json: 'dyn',
};

/** Declares a type for these fields, and types for the items of its lists. */
export function declareScope(env: Environment, name: string, fields: Fields): ScopeType {
  const readers: { [field: string]: Reader } = {};
  const types: { [field: string]: string } = {};
  for (const [field, declared] of Object.entries(fields)) {
    const itemName = `${name}_${typeName(field)}`;
    if (declared.of) {
      const item = declareScope(env, itemName, declared.of);
      types[field] = `list<${itemName}>`;
      readers[field] = (value, most) => itemsOf(value, item, declared, most);
    } else {
      types[field] = declared.kind === 'list' || declared.kind === 'lines' ? 'list<dyn>' : celTypes[declared.kind];
      readers[field] = (value, most) => read(value, declared, most);
    }
  }
  const create = class {} as Scope;
  env.registerType(name, { ctor: create, fields: types });
  return { create, readers };
}

/** Type names are identifiers; fields of customers need not be. */
function typeName(field: string): string {
  return field.replace(/[^A-Za-z0-9]/g, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
}

/** An instance with the named fields of the values. Throws Uncomputable where a list has more than `most` items. */
export function fill(type: ScopeType, values: Values, names: readonly string[], most: number): InstanceType<Scope> {
  const scope = new type.create();
  for (const name of names) scope[name] = type.readers[name]!(values[name], most);
  return scope;
}

function itemsOf(value: Json | undefined, item: ScopeType, field: Field, most: number): unknown[] {
  if (!Array.isArray(value)) return [];
  bounded(value.length, `“${field.title}”`, most);
  const names = Object.keys(item.readers);
  return value.map((one) => fill(item, one !== null && typeof one === 'object' && !Array.isArray(one) ? one : {}, names, most));
}

/** The longest text and the longest list among values that a formula reads. */
export function extentOf(values: Values, names: readonly string[]): { longest: number; items: number } {
  const extent = { longest: 0, items: 1 };
  const look = (value: Json | undefined): void => {
    if (typeof value === 'string') extent.longest = Math.max(extent.longest, value.length);
    else if (Array.isArray(value)) {
      extent.items = Math.max(extent.items, value.length);
      value.forEach(look);
    } else if (value !== null && typeof value === 'object') {
      const parts = Object.values(value);
      extent.items = Math.max(extent.items, parts.length);
      parts.forEach(look);
    }
  };
  for (const name of names) look(values[name]);
  return extent;
}

function bounded(size: number, what: string, most: number): void {
  if (size > most) throw new Uncomputable(`${what} has ${size} items; this formula looks at ${most} at most`);
}

function read(value: Json | undefined, field: Field, most: number): unknown {
  if (value === undefined || value === null || value === '') return blanks[field.kind];
  switch (field.kind) {
    case 'number':
      return typeof value === 'number' ? new Exact(value) : undefined;
    case 'money':
      return readMoney(value);
    case 'instant':
      return typeof value === 'string' ? new Date(value) : undefined;
    case 'json':
      return readJson(value, most);
    case 'list':
    case 'lines':
      return readJson(value, most);
    default:
      return value;
  }
}

function readMoney(value: Json): Money | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const { amount, currency } = value;
  return typeof amount === 'string' && typeof currency === 'string' ? new Money(new Exact(amount), currency) : undefined;
}

function readJson(value: Json, most: number): unknown {
  if (typeof value === 'number') return new Exact(value);
  if (Array.isArray(value)) {
    bounded(value.length, 'a list', most);
    return value.map((part) => readJson(part, most));
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    bounded(entries.length, 'a value', most);
    return new Map(entries.map(([name, part]) => [name, readJson(part, most)]));
  }
  return value;
}
