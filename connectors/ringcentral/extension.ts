/** From an extension of the account to our row: pure. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import type { Extension } from '#kit/telephony.ts';
import { put } from '#kit/values.ts';
import { idOf, type RecordShape, without } from './records.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096, readOnly: true });
const phone = (title: string): Field => ({ kind: 'phone', title, max: 4_096, readOnly: true });

export const extensionFields = {
  number: text('Extension number'),
  name: text('Name'),
  email: { kind: 'email', title: 'E-mail address', max: 4_096, readOnly: true },
  firstName: text('First name'),
  lastName: text('Last name'),
  jobTitle: text('Job title'),
  department: text('Department'),
  businessPhone: phone('Business number'),
  mobilePhone: phone('Mobile number'),
  kind: { kind: 'choice', title: 'Kind', options: ['person', 'queue', 'menu', 'other'], readOnly: true },
  // What the service said, word for word.
  type: text('Type, as the service says'),
  status: text('Status, as the service says'),
  active: { kind: 'flag', title: 'Active', readOnly: true },
  hidden: { kind: 'flag', title: 'Hidden from the directory', readOnly: true },
} satisfies Fields;

export function toRow(raw: Json): Row {
  const extension = isObject(raw) ? raw : {};
  const id = idOf(extension.id);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? extension.id : raw, 'the id of an extension')]);
  const contact = objectOf(extension.contact) ?? {};
  const fields: Values = { kind: kindOf(textOf(extension.type)), active: extension.status === 'Enabled' };
  put(fields, 'number', extension.extensionNumber);
  put(fields, 'name', extension.name ?? contact.name);
  for (const field of ['email', 'firstName', 'lastName', 'jobTitle', 'department', 'businessPhone', 'mobilePhone'] as const) {
    put(fields, field, contact[field]);
  }
  put(fields, 'type', extension.type);
  put(fields, 'status', extension.status);
  if (extension.hidden === true) fields.hidden = true;
  const problems = checkValues(extensionFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  return { id, fields, raw };
}

export const extensionShape: RecordShape = {
  trim: (extension) => without(extension, new Set(['uri', 'permissions', 'profileImage', 'serviceFeatures'])),
  toRow,
  idOf: (extension) => idOf(extension.id),
};

/** Of the extension's type; of the many others (rooms, announcements, park places) nobody talks. */
export function kindOf(type: string | undefined): Exclude<Extension['kind'], 'company'> {
  return KINDS.get(type ?? '') ?? 'other';
}

const KINDS = new Map(
  Object.entries<Exclude<Extension['kind'], 'company'>>({
    User: 'person',
    DigitalUser: 'person',
    VirtualUser: 'person',
    FlexibleUser: 'person',
    // "Department" is what call queues were called.
    Department: 'queue',
    SharedLinesGroup: 'queue',
    DelegatedLinesGroup: 'queue',
    GroupCallPickup: 'queue',
    IvrMenu: 'menu',
  }),
);
