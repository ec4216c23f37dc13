/** From a user of the directory to our row: pure. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { idOf, picked, type Shape } from './records.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096, readOnly: true });
const phone = (title: string): Field => ({ kind: 'phone', title, max: 4_096, readOnly: true });

export const userFields = {
  name: text('Name'),
  email: { kind: 'email', title: 'E-mail address', max: 4_096, readOnly: true },
  emails: {
    kind: 'list',
    title: 'All e-mail addresses',
    of: { value: { kind: 'email', title: 'Address', required: true }, primary: { kind: 'flag', title: 'Primary' } },
    identity: 'value',
    max: 500,
    readOnly: true,
  },
  login: text('User principal name'),
  givenName: text('First name'),
  familyName: text('Last name'),
  jobTitle: text('Job title'),
  department: text('Department'),
  office: text('Office'),
  businessPhone: phone('Business number'),
  mobilePhone: phone('Mobile number'),
  language: text('Language'),
  kind: { kind: 'choice', title: 'Kind', options: ['member', 'guest'], readOnly: true },
  active: { kind: 'flag', title: 'May sign in', readOnly: true },
} satisfies Fields;

/** Ours, theirs. */
const MEMBERS = [
  ['name', 'displayName'],
  ['email', 'mail'],
  ['login', 'userPrincipalName'],
  ['givenName', 'givenName'],
  ['familyName', 'surname'],
  ['jobTitle', 'jobTitle'],
  ['department', 'department'],
  ['office', 'officeLocation'],
  ['mobilePhone', 'mobilePhone'],
  ['language', 'preferredLanguage'],
] as const;

export const SELECTED = [
  'id',
  ...MEMBERS.map(([, theirs]) => theirs),
  'proxyAddresses',
  'businessPhones',
  'userType',
  'accountEnabled',
];

export function toRow(raw: Json): Row {
  const user = isObject(raw) ? raw : {};
  const id = idOf(user);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? user.id : raw, 'the id of a user')]);
  const fields: Values = {};
  for (const [ours, theirs] of MEMBERS) put(fields, ours, user[theirs]);
  const { businessPhones, userType, accountEnabled } = user;
  put(fields, 'emails', aliasesOf(user.proxyAddresses));
  put(fields, 'businessPhone', Array.isArray(businessPhones) ? businessPhones[0] : businessPhones);
  put(fields, 'kind', typeof userType === 'string' ? userType.toLowerCase() : userType);
  put(fields, 'active', accountEnabled);
  const problems = checkValues(userFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  return { id, fields, raw };
}

/** `SMTP:` stands before the first address, `smtp:` before every other; X.400 and the like are no mail to us. */
function aliasesOf(given: Json | undefined): Json | undefined {
  if (!Array.isArray(given)) return given;
  return given.flatMap((one) => {
    const [, kind, value] = /^(smtp):(.+)$/i.exec(String(one)) ?? [];
    return value === undefined ? [] : [{ value, ...(kind === 'SMTP' && { primary: true }) }];
  });
}

export const userShape: Shape = { trim: (user) => picked(user, SELECTED), toRow };
