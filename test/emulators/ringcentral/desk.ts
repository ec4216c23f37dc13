import { bearer } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import type { Grants } from '../kit/grants.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { AddressBooks } from './address-book.ts';
import type { Company, Extension } from './company.ts';
import { forbidden, notFound, unauthorised } from './errors.ts';
import type { Happening } from './filters.ts';
import { keyOf } from './identity.ts';
import type { CallLog } from './log.ts';
import type { Mailboxes } from './mailbox.ts';
import type { RateGroup, RateKeeper } from './rates.ts';
import type { Places } from './record.ts';
import type { RingOuts } from './ring-out.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Telephony } from './telephony.ts';

/** Everything behind the API. */
export interface World {
  clock: Clock;
  company: Company;
  grants: Grants;
  rates: RateKeeper;
  permissions(): readonly string[];
  log: CallLog;
  mailboxes: Mailboxes;
  books: AddressBooks;
  telephony: Telephony;
  subscriptions: Subscriptions;
  ringOuts: RingOuts;
  places: Places;
  publish(happenings: readonly Happening[]): void;
}

/** A call that was let in: who calls, and whom it is about. */
export interface Visit {
  call: Call;
  me: Extension;
  clientId: string;
  /** What the path says after account and extension. */
  params: readonly string[];
  /** The extension of the path; for paths without one, the caller's. */
  extension: Extension;
}

/** One operation of the API, after the official description. */
export interface Operation {
  /** Its operationId there: what faults and counters call it. */
  name: string;
  verb: string;
  /** Below the account or the extension, or a whole path: groups are its parameters. */
  path: string;
  of: 'account' | 'extension' | 'nobody';
  group: RateGroup;
  /** What the app must be allowed. */
  permission: string;
  /** Only for those who may read what is everybody's. */
  admin?: string;
  handle(world: World, visit: Visit): Answer | Promise<Answer>;
}

/** The pattern an operation's path makes; account and extension are its first groups. */
export function patternOf({ path, of }: Operation): RegExp {
  const begin = of === 'nobody' ? '' : `/restapi/v1\\.0/account/([^/]+)${of === 'extension' ? '/extension/([^/]+)' : ''}`;
  return new RegExp(`^${begin}${path}$`);
}

/** Lets a call in: token, rate, permissions, and whom its path is about. Gives the headers of the answer too. */
export function admit(
  world: World,
  operation: Operation,
  call: Call,
): { visit: Visit; headers: { readonly [name: string]: string } } {
  const token = bearer(call);
  if (token === '') throw unauthorised('AGW-401');
  const held = world.grants.find(token);
  const me = held && world.company.find(held.account);
  if (held === undefined || me === undefined || me.status !== 'Enabled')
    throw unauthorised(world.grants.knows(token) ? 'OAU-128' : 'OAU-129');
  const headers = world.rates.take(operation.group, keyOf(held));
  if (!world.permissions().includes(operation.permission)) throw forbidden(operation.permission, 'application');
  if (me.without?.includes(operation.permission)) throw forbidden(operation.permission, 'user');
  const params = [...call.params];
  let extension = me;
  if (operation.of !== 'nobody') {
    const account = params.shift();
    if (account !== '~' && account !== String(world.company.id)) throw notFound('accountId');
  }
  if (operation.of === 'extension') {
    const id = params.shift() ?? '~';
    const found = id === '~' ? me : world.company.extensions().find((one) => String(one.id) === id);
    if (found === undefined) throw notFound('extensionId');
    if (found !== me && !me.admin) throw forbidden(operation.permission, 'user');
    extension = found;
  }
  if (operation.admin !== undefined && !me.admin) throw forbidden(operation.admin, 'user');
  return { visit: { call, me, clientId: held.clientId, params, extension }, headers };
}
