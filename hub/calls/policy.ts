/**
 * How calls are logged, as data: what a workspace says for all of its connections, and a connection for itself. What neither says is
 * as here. Read anew in every transaction, so that a change counts from the next event on.
 */
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { isZone } from '#kit/zones.ts';
import { isRegion } from '#mappings/phone.ts';
import { type PolicyRow, readPolicies } from '#store/call-policies.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';

export interface Policy {
  /** A caller nobody knows becomes a lead, is listed for a person, or is left alone. Calls are logged in each case. */
  unknown: 'lead' | 'list' | 'ignore';
  /** Calls without a number. */
  anonymous: 'log' | 'ignore';
  /** Calls between extensions. */
  internal: 'log' | 'ignore';
  /** Numbers (any form) and extensions (id or short number) whose calls are not logged. */
  neverNumbers: readonly string[];
  neverExtensions: readonly string[];
  /** ISO country whose national numbers the account means; '' takes that of its own numbers. */
  region: string;
  /** Extension (id or short number) → id of a user: before what the e-mail addresses say. */
  owners: { readonly [extension: string]: string };
  /** User who gets what nobody else owns; '' nobody. */
  fallback: string;
  /** Does a missed call make a task? One that ended in a menu, before anybody was rung, only where `menus` says so. */
  tasks: boolean;
  menus: boolean;
  /** Working minutes until it is due. */
  dueMinutes: number;
  /** IANA time zone, days of the week (1 Monday to 7 Sunday) and hours in which people work. */
  zone: string;
  days: readonly number[];
  opens: string;
  closes: string;
}

export const DEFAULTS: Policy = {
  unknown: 'list',
  anonymous: 'log',
  internal: 'ignore',
  neverNumbers: [],
  neverExtensions: [],
  region: '',
  owners: {},
  fallback: '',
  tasks: true,
  menus: false,
  dueMinutes: 120,
  zone: 'UTC',
  days: [1, 2, 3, 4, 5],
  opens: '09:00',
  closes: '17:00',
};

/** The policy of a connection now. */
export async function policyOf(tx: Tx, connection: number): Promise<Policy> {
  return composed(await readPolicies(tx, [0, connection]));
}

/** `rows` in order of connection: the workspace's before the connection's own. */
export function composed(rows: readonly Pick<PolicyRow, 'body'>[]): Policy {
  return Object.assign({ ...DEFAULTS }, ...rows.map((row) => row.body)) as Policy;
}

type Check = { allowed: string; is(value: Json): boolean };

const oneOf = (...values: string[]): Check => ({ allowed: values.join(', '), is: (value) => values.includes(value as string) });
const flag: Check = { allowed: 'true or false', is: (value) => typeof value === 'boolean' };
const texts = (most: number): Check => ({
  allowed: `a list of at most ${most} texts`,
  is: (value) =>
    Array.isArray(value) &&
    value.length <= most &&
    value.every((one) => typeof one === 'string' && one !== '' && one.length <= 60),
});
const hour: Check = {
  allowed: 'a time of day: HH:MM',
  is: (value) => typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value),
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const CHECKS: { readonly [name in keyof Policy]: Check } = {
  unknown: oneOf('lead', 'list', 'ignore'),
  anonymous: oneOf('log', 'ignore'),
  internal: oneOf('log', 'ignore'),
  neverNumbers: texts(10_000),
  neverExtensions: texts(10_000),
  region: {
    allowed: 'a country such as US, or nothing',
    is: (value) => value === '' || (typeof value === 'string' && isRegion(value)),
  },
  owners: {
    allowed: 'extension → id of a user',
    is: (value) =>
      value !== null &&
      typeof value === 'object' &&
      !Array.isArray(value) &&
      Object.values(value).every((id) => typeof id === 'string' && UUID.test(id)),
  },
  fallback: {
    allowed: 'id of a user, or nothing',
    is: (value) => value === '' || (typeof value === 'string' && UUID.test(value)),
  },
  tasks: flag,
  menus: flag,
  dueMinutes: {
    allowed: 'a whole number from 0 to 10080',
    is: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 10_080,
  },
  zone: { allowed: 'an IANA time zone such as Europe/Berlin', is: (value) => typeof value === 'string' && isZone(value) },
  days: {
    allowed: 'days from 1 (Monday) to 7, at least one',
    is: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= 7 &&
      value.every((day) => [1, 2, 3, 4, 5, 6, 7].includes(day as number)),
  },
  opens: hour,
  closes: hour,
};

export const isPolicyField = (name: string): name is keyof Policy => Object.hasOwn(CHECKS, name);

/** Refuses a body with everything that is wrong with it: unknown names, wrong values, users who are none. Throws `Fault`. */
export async function checkPolicy(tx: Tx, body: { readonly [name: string]: Json }): Promise<void> {
  const problems: FieldProblem[] = Object.entries(body).flatMap(([path, value]): FieldProblem[] => {
    if (!isPolicyField(path)) return [{ path, found: 'a name no policy has', allowed: Object.keys(CHECKS).join(', ') }];
    return CHECKS[path].is(value) ? [] : [{ path, found: JSON.stringify(value).slice(0, 80), allowed: CHECKS[path].allowed }];
  });
  const whole = { ...DEFAULTS, ...body } as Policy;
  if (problems.length === 0 && whole.opens >= whole.closes)
    problems.push({ path: 'closes', found: whole.closes, allowed: `a time after ${whole.opens}` });
  if (problems.length === 0) problems.push(...(await strangers(tx, whole)));
  if (problems.length > 0) throw new Fault('invalid', 'The policy cannot be followed.', 'Correct every value listed.', problems);
}

async function strangers(tx: Tx, { owners, fallback }: Policy): Promise<FieldProblem[]> {
  const named: [string, string][] = Object.entries(owners).map(([extension, id]) => [`owners/${extension}`, id]);
  if (fallback !== '') named.push(['fallback', fallback]);
  if (named.length === 0) return [];
  const found = await readRecords(tx, [...new Set(named.map(([, id]) => id))]);
  const users = new Set(found.flatMap((record) => (record.object === 'user' ? [record.id] : [])));
  return named.flatMap(([path, id]) => (users.has(id) ? [] : [{ path, found: id, allowed: 'id of a user of this workspace' }]));
}
