/** PayPal: payments and what belongs to them, invoices, products and disputes of a business. Quirks and links in README.md. */
import type { Connector } from '#kit/connector.ts';
import { check, settings } from './account.ts';
import { actions } from './actions.ts';
import { disputes } from './disputes.ts';
import { explain } from './faults.ts';
import { invoices } from './invoices.ts';
import { products } from './products.ts';
import { transactions } from './transactions.ts';
import { webhooks } from './webhooks.ts';

const SCOPE = 'https://uri.paypal.com/services/';

export const paypal = {
  name: 'paypal',
  title: 'PayPal',
  docs: 'https://developer.paypal.com/api/rest',
  base: { rest: 'https://api-m.paypal.com', certs: 'https://api.paypal.com' },
  auth: {
    kind: 'client-credentials',
    token: { api: 'rest', path: '/v1/oauth2/token' },
    scopes: {
      ofApp: true,
      // Only a report says whose account it is.
      always: [`${SCOPE}reporting/search/read`],
      streams: {
        transactions: [],
        invoices: [`${SCOPE}invoicing`],
        products: [`${SCOPE}subscriptions`],
        disputes: [`${SCOPE}disputes/read-seller`],
      },
    },
    client: 'basic',
    group: 'tokens',
  },
  // PayPal publishes no numbers (api/rest/rate-limiting); reports are heavy, and tokens are limited first.
  limits: {
    groups: {
      rest: { perMinute: 600, atOnce: 10, per: 'app' },
      reports: { perMinute: 60, atOnce: 2, per: 'app' },
      tokens: { perMinute: 10, per: 'app' },
      proof: { perMinute: 60, atOnce: 2, per: 'app' },
    },
    timeout: 60_000,
  },
  settings,
  streams: { transactions, invoices, products, disputes },
  actions,
  webhooks,
  check,
  explain,
} as const satisfies Connector;
