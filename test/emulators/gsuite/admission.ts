import { bearer } from '../kit/authorization.ts';
import type { Counters } from '../kit/counters.ts';
import type { Grants } from '../kit/grants.ts';
import type { Answer, Call, Service } from '../kit/server.ts';
import type { Account } from './account.ts';
import { beginsFullSync } from './connections.ts';
import { badRequest, scopeMissing, unauthenticated } from './errors.ts';
import { isWrite, type Operation } from './operations.ts';
import type { QuotaKeeper } from './quotas.ts';

/** What admission looks at. */
export interface Gatehouse {
  grants: Grants;
  accounts: readonly Account[];
  quotas: QuotaKeeper;
}

/** Parameters every operation takes. */
const GLOBAL = new Set([
  '$.xgafv',
  'access_token',
  'alt',
  'callback',
  'fields',
  'key',
  'oauth_token',
  'prettyPrint',
  'quotaUser',
  'uploadType',
  'upload_protocol',
]);

/** The account behind a call, if its token, its parameters and the quotas allow it; else what is answered or thrown. */
export function admit({ grants, accounts, quotas }: Gatehouse, operation: Operation, call: Call): Account | Answer {
  const held = grants.find(bearer(call));
  const account = held && accounts.find((one) => one.id === held.account);
  if (held === undefined || account === undefined) throw unauthenticated();
  if (!operation.scopes.some((scope) => held.scopes.includes(scope)))
    return scopeMissing(operation.method, operation.scopes[0] ?? '');
  for (const name of new Set(call.query.keys())) {
    if (!operation.query.includes(name) && !GLOBAL.has(name))
      throw badRequest(
        `Invalid JSON payload received. Unknown name ${JSON.stringify(name)}: Cannot bind query parameter. Field '${name}' could not be found in request message.`,
        '',
      );
  }
  quotas.take(operation.quota, account.id);
  if (operation.name === 'people.people.connections.list' && beginsFullSync(call)) quotas.take('fullSyncs', account.id);
  return account;
}

/** Counts the writes of an account that overlap; Google wants them one after the other. */
export function watchWrites(grants: Grants, counters: Counters): NonNullable<Service['enter']> {
  const busy = new Map<string, number>();
  return (route, call) => {
    const account = isWrite(route.name) ? grants.find(bearer(call))?.account : undefined;
    if (account === undefined) return () => {};
    const others = busy.get(account) ?? 0;
    if (others > 0) counters.overlapped();
    busy.set(account, others + 1);
    return () => busy.set(account, (busy.get(account) ?? 1) - 1);
  };
}
