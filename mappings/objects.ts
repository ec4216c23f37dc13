/** The CRM's objects and their standard fields: the registry, a literal. */
import type { Field, Fields } from '#kit/fields.ts';
import { call, event, file, mail, message, note, task } from './objects/activities.ts';
import { payment, paymentTerm, taxCode } from './objects/payments.ts';
import { company, contact, lead, user } from './objects/people.ts';
import { estimate, invoice, item, opportunity } from './objects/sales.ts';
import type { ObjectShape } from './objects/shape.ts';

export const objects = {
  contact,
  company,
  lead,
  opportunity,
  call,
  event,
  task,
  email: mail,
  message,
  note,
  item,
  estimate,
  invoice,
  payment,
  paymentTerm,
  taxCode,
  file,
  user,
} satisfies { [name: string]: ObjectShape };

export type ObjectName = keyof typeof objects;

/** An object under its name. */
export interface CrmObject extends ObjectShape {
  name: ObjectName;
}

export const objectNames: readonly ObjectName[] = Object.keys(objects) as ObjectName[];

const byName: ReadonlyMap<string, CrmObject> = new Map(objectNames.map((name) => [name, { name, ...objects[name] }]));

export function isObject(name: string): name is ObjectName {
  return byName.has(name);
}

/** The object of that name. Throws `UnknownObject`, which names those there are. */
export function object(name: string): CrmObject {
  const found = byName.get(name);
  if (found === undefined) throw new UnknownObject(name);
  return found;
}

/** All fields of an object: the standard ones and the workspace's own. A standard field wins over one of the same name. */
export function fieldsOf(name: string, custom?: Fields): Fields {
  const standard = object(name).fields;
  return custom === undefined ? standard : { ...custom, ...standard };
}

/** A field of an object, or undefined. Names such as `constructor` are no fields. */
export function fieldOf(fields: Fields, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export class UnknownObject extends Error {
  constructor(name: string) {
    super(`The CRM has no object ${JSON.stringify(name)}. It has: ${objectNames.join(', ')}.`);
    this.name = 'UnknownObject';
  }
}
