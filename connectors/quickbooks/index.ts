/** QuickBooks Online: customers, items, estimates, invoices, credit memos and payments. Quirks and links in README.md. */
import type { Connector } from '#kit/connector.ts';
import { check, settings } from './account.ts';
import { actions } from './actions.ts';
import { creditMemos, customers, estimates, invoices, items, payments, taxCodes, terms } from './books.ts';
import { explain } from './faults.ts';
import { webhooks } from './webhooks.ts';

const DAY = 86_400_000;

export const quickbooks = {
  name: 'quickbooks',
  title: 'QuickBooks Online',
  docs: 'https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/account',
  base: {
    api: 'https://quickbooks.api.intuit.com',
    oauth: 'https://oauth.platform.intuit.com',
    appcenter: 'https://appcenter.intuit.com',
    developer: 'https://developer.api.intuit.com',
  },
  auth: {
    kind: 'oauth2',
    authorize: { api: 'appcenter', path: '/connect/oauth2' },
    token: { api: 'oauth', path: '/oauth2/v1/tokens/bearer' },
    revoke: { api: 'developer', path: '/v2/oauth2/tokens/revoke' },
    // One scope opens all the books.
    scopes: {
      always: ['com.intuit.quickbooks.accounting'],
      streams: { terms: [], taxCodes: [], customers: [], items: [], estimates: [], invoices: [], creditMemos: [], payments: [] },
    },
    pkce: false,
    client: 'basic',
    rotates: true,
    idle: 100 * DAY,
    // Which company was chosen comes back beside the code, and nowhere else.
    callback: { realmId: 'realm' },
  },
  // Of each company and app (limits-and-throttles).
  limits: {
    groups: {
      requests: { perSecond: 10, perMinute: 500, per: 'account' },
      batches: { perMinute: 40, atOnce: 1, per: 'account' },
    },
    timeout: 60_000,
  },
  settings,
  // In the order in which they refer to each other.
  streams: { terms, taxCodes, customers, items, estimates, invoices, creditMemos, payments },
  actions,
  webhooks,
  check,
  explain,
} as const satisfies Connector;
