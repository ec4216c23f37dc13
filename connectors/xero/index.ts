/** Xero: contacts, items, quotes, invoices and what settles them. Quirks and links in README.md. */
import type { Connector } from '#kit/connector.ts';
import { accounts } from './accounts.ts';
import { actions } from './actions.ts';
import { contacts } from './contacts.ts';
import { creditNotes } from './credit-notes.ts';
import { explain } from './faults.ts';
import { invoices } from './invoices.ts';
import { items } from './items.ts';
import { check, leave, accounts as organisations, settings } from './organisation.ts';
import { payments } from './payments.ts';
import { quotes } from './quotes.ts';
import { taxRates } from './tax-rates.ts';
import { webhooks } from './webhooks.ts';

export const xero = {
  name: 'xero',
  title: 'Xero',
  docs: 'https://developer.xero.com/documentation/api/accounting/overview',
  base: { api: 'https://api.xero.com', identity: 'https://identity.xero.com', login: 'https://login.xero.com' },
  auth: {
    kind: 'oauth2',
    authorize: { api: 'login', path: '/identity/connect/authorize' },
    token: { api: 'identity', path: '/connect/token' },
    // Apps made since March 2026 have granular scopes only (developer.xero.com, scopes). Without offline_access no refresh token comes.
    scopes: {
      always: ['openid', 'offline_access', 'accounting.settings.read', 'accounting.attachments'],
      streams: {
        contacts: ['accounting.contacts'],
        items: ['accounting.invoices'],
        quotes: ['accounting.invoices'],
        invoices: ['accounting.invoices'],
        payments: ['accounting.payments'],
        creditNotes: ['accounting.invoices'],
        taxRates: [],
        accounts: [],
      },
    },
    pkce: true,
    client: 'basic',
    rotates: true,
    idle: 60 * 86_400_000,
  },
  // Of each organisation and app 60 a minute, 5,000 a day, 5 at once, in fixed windows, and 10,000 a minute of all organisations together
  // (guides/oauth2/limits). A little is left for what the clocks differ, and for people.
  limits: {
    groups: {
      accounting: { perMinute: 55, perDay: 4_900, atOnce: 4, per: 'account', within: 'app' },
      app: { perMinute: 9_500, per: 'app' },
      identity: { perMinute: 60, per: 'app' },
    },
    timeout: 60_000,
  },
  settings,
  streams: { contacts, items, quotes, invoices, payments, creditNotes, taxRates, accounts },
  actions,
  webhooks,
  check,
  accounts: organisations,
  leave,
  explain,
} as const satisfies Connector;
