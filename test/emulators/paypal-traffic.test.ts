import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Emulators, startEmulators } from './index.ts';
import { operations } from './paypal/operations.ts';
import { DEMO_SEED } from './paypal/seed.ts';
import { type Listener, listener } from './phone.ts';
import { draftOf, till, usd } from './till.ts';

const FACTS = resolve(process.env.VENDOR_FACTS ?? '../shared');
const CHECK = join(FACTS, 'tools', 'check-traffic.mjs');
const SPECS = join(FACTS, 'specs', 'paypal');
const HOUR = 3_600_000;

let folder: string;
let hub: Listener;
let all: Emulators;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
  hub = await listener();
  all = await startEmulators({ traffic: join(folder, 'traffic.jsonl') });
});
afterEach(async () => {
  await Promise.all([all.close(), hub.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Every operation once, and every kind of event. */
async function everything(): Promise<void> {
  const on = all.paypal;
  await fetch(`${on.hosts.rest}v1/oauth2/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa('switchboard-demo:demo-secret')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  const api = till(on);
  const webhook = await api.post('/v1/notifications/webhooks', { url: hub.url, event_types: [{ name: '*' }] });
  const hook = `/v1/notifications/webhooks/${webhook.body.id}`;
  await api.get('/v1/notifications/webhooks');
  await api.get(hook);
  await api.call('PATCH', hook, [{ op: 'replace', path: '/event_types', value: [{ name: '*' }] }]);
  on.seed(DEMO_SEED);
  on.clock.turn(4 * HOUR);
  const at = (ms: number) => new Date(on.clock.now() + ms).toISOString();
  const query = new URLSearchParams({ start_date: at(-48 * HOUR), end_date: at(0), fields: 'all', page_size: '500', page: '1' });
  await api.get(`/v1/reporting/transactions?${query}`);
  await api.get('/v1/reporting/balances?currency_code=USD');
  await invoices(api);
  await products(api);
  const capture = on.pay({
    amount: '25.00',
    invoiceId: 'A-9',
    payer: { given: 'Ben', surname: 'Ott', email: 'ben@example.com' },
  });
  await api.get(`/v2/payments/captures/${capture.id}`);
  const body = { amount: usd('5.00'), note_to_payer: 'Sorry' };
  const refund = await api.post(`/v2/payments/captures/${capture.id}/refund`, body, { 'paypal-request-id': 'r1' });
  await api.post(`/v2/payments/captures/${capture.id}/refund`, body, {
    'paypal-request-id': 'r1',
    prefer: 'return=representation',
  });
  await api.get(`/v2/payments/refunds/${refund.body.id}`);
  await api.get('/v2/payments/captures/none');
  const dispute = on.addDispute({ transaction: capture.id });
  on.changeDispute(dispute.id, { status: 'RESOLVED', outcome: { code: 'RESOLVED_BUYER_FAVOUR', refunded: 500n } });
  await api.get('/v1/customer/disputes?page_size=50');
  await api.get(`/v1/customer/disputes/${dispute.id}`);
  on.settle(on.pay({ amount: '1.00', status: 'PENDING' }).id, false);
  on.faults.add({ kind: 'rate', operation: 'webhooks.get' });
  await api.get(hook);
  await on.settled();
  await notifications(api);
  await api.call('DELETE', hook);
}

type Api = ReturnType<typeof till>;

async function invoices(api: Api): Promise<void> {
  const { body } = await api.draft('A-1', {
    amount: { breakdown: { shipping: { amount: usd('4.00') }, discount: { invoice_discount: { percent: '5' } } } },
  });
  const path = `/v2/invoicing/invoices/${body.id}`;
  await api.post('/v2/invoicing/generate-next-invoice-number');
  await api.get('/v2/invoicing/invoices?page=1&page_size=100&total_required=true&fields=all');
  await api.post('/v2/invoicing/search-invoices?total_required=true', { invoice_number: 'A-1', status: ['DRAFT', 'SENT'] });
  await api.get(path);
  await api.call('PUT', `${path}?send_to_recipient=false&send_to_invoicer=false`, draftOf('A-1'));
  await api.post(`${path}/send`, { send_to_recipient: true, note: 'Thank you' });
  await api.post(`${path}/remind`, { note: 'Again' });
  const paid = await api.post(`${path}/payments`, { method: 'BANK_TRANSFER', amount: usd('5.00'), payment_date: '2026-03-01' });
  await api.call('DELETE', `${path}/payments/${paid.body.payment_id}`);
  await api.post(`${path}/cancel`, {});
  const other = await api.draft('A-2');
  await api.post(`/v2/invoicing/invoices/${other.body.id}/send`);
  await api.post(`/v2/invoicing/invoices/${other.body.id}/payments`, { method: 'CASH' });
  await api.post(`/v2/invoicing/invoices/${other.body.id}/refunds`, { method: 'CASH', amount: usd('5.00') });
  await api.post('/v2/invoicing/invoices', draftOf('A-2'));
  const third = await api.draft('A-3');
  await api.call('DELETE', `/v2/invoicing/invoices/${third.body.id}`);
}

async function products(api: Api): Promise<void> {
  const { body } = await api.post('/v1/catalogs/products', { name: 'Kit', type: 'PHYSICAL' }, { 'paypal-request-id': 'p1' });
  await api.get('/v1/catalogs/products?page_size=20&page=1&total_required=true');
  await api.get(`/v1/catalogs/products/${body.id}`);
  await api.call('PATCH', `/v1/catalogs/products/${body.id}`, [{ op: 'add', path: '/description', value: 'New' }]);
}

async function notifications(api: Api): Promise<void> {
  const { body } = await api.get('/v1/notifications/webhooks-events?page_size=10');
  const [event] = body.events as { id: string }[];
  await api.get(`/v1/notifications/webhooks-events/${event!.id}`);
  await api.post(`/v1/notifications/webhooks-events/${event!.id}/resend`, {});
  const { headers, body: told } = hub.notifications[0]!;
  const of = (name: string) => String(headers[`paypal-${name}`]);
  await fetch(new URL(new URL(of('cert-url')).pathname, all.paypal.hosts.certs));
  await api.post('/v1/notifications/verify-webhook-signature', {
    auth_algo: of('auth-algo'),
    cert_url: of('cert-url'),
    transmission_id: of('transmission-id'),
    transmission_sig: of('transmission-sig'),
    transmission_time: of('transmission-time'),
    webhook_id: '4JH86294D6297924G',
    webhook_event: JSON.parse(told),
  });
}

test('every operation leaves lines with the real addresses, notifications among them', async () => {
  await everything();
  const lines = readFileSync(join(folder, 'traffic.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const hosts = new Set(lines.filter(({ kind }) => kind === 'call').map(({ url }) => new URL(url).host));
  expect(hosts).toEqual(new Set(['api-m.paypal.com', 'api.paypal.com']));
  expect(lines.filter(({ kind }) => kind === 'webhook').length).toBeGreaterThan(15);
  expect(operations.map(({ name }) => name).filter((name) => !(name in all.paypal.counters.calls))).toEqual([]);
  expect(Object.keys(all.paypal.counters.statuses).filter((status) => status.startsWith('5'))).toEqual([]);
});

/** What recorded answers bear and the description of February 2024 does not know yet (its own SOURCES.md names them). */
const AS_RECORDED =
  /^response\.body\/.*(category_code|viewed_by_recipient|group_draft|archived|unilateral|spam_info|caller_type|transmissions)$/;

test.skipIf(!existsSync(CHECK))(
  'requests, answers and notifications fit PayPal’s own specifications (skipped where the vendors’ facts are not at hand)',
  async () => {
    await everything();
    const run = promisify(execFile)(process.execPath, [CHECK, '--json', '--strict', join(folder, 'traffic.jsonl')], {
      maxBuffer: 1e8,
    });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const { services } = JSON.parse(stdout);
    const found: { pointer: string }[] = services.paypal.violations;
    expect(found.filter(({ pointer }) => !AS_RECORDED.test(pointer))).toEqual([]);
    expect(Object.keys(services.paypal.notJudged)).toEqual(['GET /v1/customer/disputes', 'GET /v1/notifications/certs']);
    expect(services.paypal.operations).toMatchObject({ 'webhook: INVOICING.INVOICE.PAID': expect.any(Number) });
  },
);

test.skipIf(!existsSync(SPECS))(
  'operations bear the names, verbs and paths of the specifications (skipped where the vendors’ facts are not at hand)',
  () => {
    const files = [
      'invoicing_v2',
      'reporting_transactions_v1',
      'payments_payment_v2',
      'catalogs_products_v1',
      'notifications_webhooks_v1',
    ];
    const known = new Map<string, string>();
    for (const file of files) {
      const { paths } = JSON.parse(readFileSync(join(SPECS, `${file}.json`), 'utf8'));
      for (const [path, item] of Object.entries<{ [verb: string]: { operationId?: string } }>(paths))
        for (const [verb, { operationId }] of Object.entries(item))
          if (operationId) known.set(operationId, `${verb.toUpperCase()} ${path.replace(/\{[^}]+\}/g, '([^/]+)')}`);
    }
    for (const { name, verb, path } of operations.filter((one) => !one.name.startsWith('disputes.')))
      expect([name, known.get(name)]).toEqual([name, `${verb} ${path}`]);
  },
);
