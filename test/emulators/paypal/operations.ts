/** Every operation, by the names the official descriptions give them. */
import type { Operation } from './desk.ts';
import { getDispute, listDisputes } from './disputes.ts';
import * as invoicing from './invoicing.ts';
import * as notifications from './notifications.ts';
import * as payments from './payments.ts';
import * as products from './products.ts';
import { listBalances, searchTransactions } from './reporting.ts';

type Row = readonly [name: string, verb: string, path: string, handle: Operation['handle'], keyed?: true];

const INVOICES: readonly Row[] = [
  ['invoices.create', 'POST', '/invoices', invoicing.createInvoice],
  ['invoices.list', 'GET', '/invoices', invoicing.listInvoices],
  ['invoices.search-invoices', 'POST', '/search-invoices', invoicing.searchInvoices],
  ['invoicing.generate-next-invoice-number', 'POST', '/generate-next-invoice-number', invoicing.suggestNumber],
  ['invoices.get', 'GET', '/invoices/([^/]+)', invoicing.getInvoice],
  ['invoices.update', 'PUT', '/invoices/([^/]+)', invoicing.updateInvoice],
  ['invoices.delete', 'DELETE', '/invoices/([^/]+)', invoicing.deleteInvoice],
  ['invoices.send', 'POST', '/invoices/([^/]+)/send', invoicing.sendInvoice],
  ['invoices.remind', 'POST', '/invoices/([^/]+)/remind', invoicing.remindInvoice],
  ['invoices.cancel', 'POST', '/invoices/([^/]+)/cancel', invoicing.cancelInvoice],
  ['invoices.payments', 'POST', '/invoices/([^/]+)/payments', invoicing.recordPayment],
  ['invoices.payments-delete', 'DELETE', '/invoices/([^/]+)/payments/([^/]+)', invoicing.removePayment],
  ['invoices.refunds', 'POST', '/invoices/([^/]+)/refunds', invoicing.recordRefund],
];

const PAYMENTS: readonly Row[] = [
  ['captures.get', 'GET', '/captures/([^/]+)', payments.getCapture],
  ['refunds.get', 'GET', '/refunds/([^/]+)', payments.getRefund],
];

const PRODUCTS: readonly Row[] = [
  ['products.create', 'POST', '', products.createProduct, true],
  ['products.list', 'GET', '', products.listProducts],
  ['products.get', 'GET', '/([^/]+)', products.getProduct],
  ['products.patch', 'PATCH', '/([^/]+)', products.patchProduct],
];

const NOTIFICATIONS: readonly Row[] = [
  ['webhooks.post', 'POST', '/webhooks', notifications.createWebhook],
  ['webhooks.list', 'GET', '/webhooks', notifications.listWebhooks],
  ['webhooks.get', 'GET', '/webhooks/([^/]+)', notifications.getWebhook],
  ['webhooks.update', 'PATCH', '/webhooks/([^/]+)', notifications.updateWebhook],
  ['webhooks.delete', 'DELETE', '/webhooks/([^/]+)', notifications.deleteWebhook],
  ['webhooks-events.list', 'GET', '/webhooks-events', notifications.listEvents],
  ['webhooks-events.get', 'GET', '/webhooks-events/([^/]+)', notifications.getEvent],
  ['webhooks-events.resend', 'POST', '/webhooks-events/([^/]+)/resend', notifications.resendEvent],
  ['verify-webhook-signature.post', 'POST', '/verify-webhook-signature', notifications.verifySignature],
];

function under(begin: string, scopes: readonly string[], rows: readonly Row[]): Operation[] {
  return rows.map(([name, verb, path, handle, keyed]) => ({
    name,
    verb,
    path: begin + path,
    scopes,
    handle,
    ...(keyed && { keyed }),
  }));
}

export const operations: readonly Operation[] = [
  ...under('/v1/reporting', ['reporting/search/read'], [['search.get', 'GET', '/transactions', searchTransactions]]),
  ...under('/v1/reporting', ['reporting/balances/read'], [['balances.get', 'GET', '/balances', listBalances]]),
  ...under('/v2/invoicing', ['invoicing'], INVOICES),
  ...under('/v2/payments', ['payments/payment/authcapture', 'payments/refund'], PAYMENTS),
  ...under(
    '/v2/payments',
    ['payments/refund'],
    [['captures.refund', 'POST', '/captures/([^/]+)/refund', payments.refundCapture, true]],
  ),
  ...under('/v1/catalogs/products', ['subscriptions'], PRODUCTS),
  ...under(
    '/v1/customer/disputes',
    ['disputes/read-seller'],
    [
      ['disputes.list', 'GET', '', listDisputes],
      ['disputes.get', 'GET', '/([^/]+)', getDispute],
    ],
  ),
  ...under('/v1/notifications', ['applications/webhooks'], NOTIFICATIONS),
];
