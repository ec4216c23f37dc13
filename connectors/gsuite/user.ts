/** A person of the firm's Workspace: fields, and Google's user to our row. Pure. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { isName, nameIn, type RecordShape } from './records.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096, readOnly: true });

export const userFields = {
  name: text('Name'),
  givenName: text('First name'),
  familyName: text('Last name'),
  email: { kind: 'email', title: 'E-mail address', readOnly: true },
  emails: {
    kind: 'list',
    title: 'All e-mail addresses',
    identity: 'value',
    of: { value: { kind: 'email', title: 'Address', required: true }, primary: { kind: 'flag', title: 'Primary' } },
    max: 500,
    readOnly: true,
  },
  phone: { kind: 'phone', title: 'Phone number', readOnly: true },
  jobTitle: text('Job title'),
  department: text('Department'),
  language: text('Language'),
  kind: { kind: 'choice', title: 'Kind', options: ['member', 'guest'], readOnly: true },
  active: { kind: 'flag', title: 'May sign in', readOnly: true },
} as const satisfies Fields;

/** Nothing else of a user is kept: no recovery address, no log-in times, no addresses of their home. */
const KEPT = [
  'id',
  'etag',
  'primaryEmail',
  'aliases',
  'nonEditableAliases',
  'name',
  'phones',
  'organizations',
  'languages',
] as const;
const FLAGS = ['suspended', 'archived', 'isGuestUser'] as const;

export const userShape: RecordShape = { trim: trimUser, toRow: toUserRow, idOf: ({ id }) => nameIn(id) };

function trimUser(user: JsonObject): JsonObject {
  const raw: JsonObject = {};
  for (const member of KEPT) if (user[member] !== undefined && user[member] !== null) raw[member] = user[member];
  for (const member of FLAGS) if (user[member] === true) raw[member] = true;
  return raw;
}

export function toUserRow(raw: Json): Row {
  if (!isObject(raw) || typeof raw.id !== 'string' || !isName(raw.id))
    throw new Misfits([problem('id', isObject(raw) ? (raw.id ?? null) : raw, 'the id of a user')]);
  const fields: Values = {};
  const name = objectOf(raw.name) ?? {};
  put(fields, 'name', name.fullName);
  put(fields, 'givenName', name.givenName);
  put(fields, 'familyName', name.familyName);
  put(fields, 'email', raw.primaryEmail);
  put(fields, 'emails', addressesOf(raw));
  put(fields, 'phone', leading(raw.phones)?.value);
  const job = leading(raw.organizations) ?? {};
  put(fields, 'jobTitle', job.title);
  put(fields, 'department', job.department);
  put(fields, 'language', objectsOf(raw.languages)[0]?.languageCode);
  fields.kind = raw.isGuestUser === true ? 'guest' : 'member';
  fields.active = raw.suspended !== true && raw.archived !== true;
  const problems = checkValues(userFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  return { id: raw.id, fields, raw, ...(typeof raw.etag === 'string' && { version: raw.etag }) };
}

/** The address people know, and every alias: by any of them a colleague is known. */
function addressesOf({ primaryEmail, aliases, nonEditableAliases }: JsonObject): JsonObject[] {
  const others = [aliases, nonEditableAliases].flatMap((list) => (Array.isArray(list) ? list : []));
  const primary = textOf(primaryEmail);
  return [
    ...(primary === undefined ? [] : [{ value: primary, primary: true }]),
    ...[...new Set(others)].filter((value) => value !== primary).map((value) => ({ value })),
  ];
}

function leading(list: Json | undefined): JsonObject | undefined {
  const items = objectsOf(list);
  return items.find(({ primary }) => primary === true) ?? items[0];
}
