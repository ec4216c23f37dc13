import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import type { Paypal } from './paypal/contract.ts';
import type { Body } from './paypal/query.ts';
import { sumsOf } from './paypal/sums.ts';
import { messageOf } from './paypal/webhooks.ts';
import { type Listener, listener } from './phone.ts';
import { draftOf, till, usd } from './till.ts';

const NOW = Date.parse('2026-03-01T10:30:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let all: Emulators;
let on: Paypal;
beforeEach(async () => {
  all = await startEmulators({ clock: createClock(NOW), traffic: null });
  on = all.paypal;
});
afterEach(() => all.close());

const token = (secret = 'demo-secret', grant = 'client_credentials') =>
  fetch(`${on.hosts.rest}v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`switchboard-demo:${secret}`)}` },
    body: new URLSearchParams({ grant_type: grant }),
  });

describe('tokens', () => {
  test('are the app’s own, handed out again while they live, and fixed in what they allow', async () => {
    const first = await (await token()).json();
    expect(first).toMatchObject({
      token_type: 'Bearer',
      expires_in: 32_400,
      scope: expect.stringContaining('services/invoicing'),
    });
    on.clock.turn(HOUR);
    const second = await (await token()).json();
    expect([second.access_token, second.expires_in]).toEqual([first.access_token, 28_800]);
    on.setScopes(['reporting/search/read']);
    expect((await till(on, first.access_token).get('/v2/invoicing/invoices')).status).toBe(200);
    const third = await (await token()).json();
    expect((await till(on, third.access_token).get('/v2/invoicing/invoices')).body).toMatchObject({ name: 'NOT_AUTHORIZED' });
    on.clock.turn(10 * HOUR);
    expect((await till(on, third.access_token).get('/v1/reporting/balances')).body).toMatchObject({ error: 'invalid_token' });
  });

  test('are refused in the words of OAuth', async () => {
    for (const answer of [await token('wrong'), await token('')]) {
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { error: 'invalid_client', error_description: 'Client Authentication failed' },
      ]);
    }
    expect((await token('demo-secret', 'password')).status).toBe(400);
  });
});

test('a partner acts for a seller who allowed it, and for nobody else', async () => {
  const seller = on.addAccount('SELLER7XK2QAB', 'seller@example.com');
  const claim = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const assertion = (id: string, iss = 'switchboard-demo') => `${claim({ alg: 'none' })}.${claim({ iss, payer_id: id })}.`;
  const ask = (value: string) => till(on).call('GET', '/v1/reporting/balances', undefined, { 'paypal-auth-assertion': value });
  expect((await ask(assertion(seller.id))).status).toBe(403);
  on.allowPartner(seller.id, 'switchboard-demo');
  expect((await ask(assertion(seller.id))).body).toMatchObject({ account_id: seller.id });
  for (const wrong of ['x', assertion(seller.id, 'another'), `${assertion(seller.id)}x`])
    expect((await ask(wrong)).status).toBe(401);
});

describe('transaction search', () => {
  const window = (from: number, to: number) => ({
    start_date: new Date(from).toISOString().replace('.000', ''),
    end_date: new Date(to).toISOString().replace('.000', ''),
    fields: 'all',
  });

  test('shows rows hours late, and says up to when', async () => {
    on.pay({ amount: '25.00', invoiceId: 'A-1', payer: { email: 'ben@example.com', given: 'Ben', surname: 'Ott' } });
    const before = await till(on).search(window(NOW - DAY, NOW + HOUR));
    expect(before.body).toMatchObject({
      total_items: 0,
      total_pages: 0,
      end_date: '2026-03-01T07:59:59Z',
      last_refreshed_datetime: '2026-03-01T07:59:59Z',
    });
    expect(before.body).not.toHaveProperty('transaction_details');
    on.clock.turn(3 * HOUR);
    const { body } = await till(on).search(window(NOW - DAY, NOW + HOUR));
    expect(body.transaction_details).toMatchObject([
      {
        transaction_info: {
          transaction_event_code: 'T0006',
          transaction_amount: usd('25.00'),
          fee_amount: usd('-1.36'),
          transaction_status: 'S',
          invoice_id: 'A-1',
        },
        payer_info: { email_address: 'ben@example.com', payer_name: { alternate_full_name: 'Ben Ott' } },
        cart_info: {},
      },
    ]);
  });

  test('reaches over 31 days, three years back, no further than is published, and to so many rows', async () => {
    const issueOf = async (query: { [name: string]: string }) => {
      const { status, body } = await till(on).search(query);
      return [status, body.name, body.details];
    };
    expect(await issueOf(window(NOW - 32 * DAY, NOW))).toEqual([
      400,
      'INVALID_REQUEST',
      [expect.objectContaining({ issue: 'Date range is greater than 31 days' })],
    ]);
    expect(await issueOf(window(NOW - 4 * 365 * DAY, NOW - 4 * 365 * DAY + DAY))).toMatchObject([
      400,
      'INVALID_REQUEST',
      expect.anything(),
    ]);
    expect(await issueOf(window(NOW, NOW + HOUR))).toEqual([
      400,
      'INVALID_REQUEST',
      [{ issue: 'Data for the given start date is not available.' }],
    ]);
    expect(await issueOf({ start_date: '2026-02-01', end_date: '2026-02-02' })).toMatchObject([
      400,
      'INVALID_REQUEST',
      expect.anything(),
    ]);
    on.setMost(2);
    for (let n = 1; n <= 3; n++) on.pay({ amount: '1.00', at: NOW - n * DAY });
    const { body } = await till(on).search({ ...window(NOW - 10 * DAY, NOW), page: '2', page_size: '1' });
    expect(body).toMatchObject({ name: 'RESULTSET_TOO_LARGE', maximum_items: 2 });
    expect((await till(on).search(window(NOW - 2.5 * DAY, NOW))).body).toMatchObject({ total_items: 2 });
  });

  test('what is pending shows only where it is asked for, and as it was when published', async () => {
    const { id } = on.pay({ amount: '9.00', status: 'PENDING', at: NOW - DAY });
    const ask = (more = {}) => till(on).search({ ...window(NOW - 2 * DAY, NOW), ...more });
    expect((await ask()).body.total_items).toBe(0);
    const statusOf = async () => JSON.stringify((await ask({ balance_affecting_records_only: 'N' })).body.transaction_details);
    expect(await statusOf()).toContain('"transaction_status":"P"');
    on.settle(id, true);
    expect(await statusOf()).toContain('"transaction_status":"P"');
    on.clock.turn(3 * HOUR);
    expect(await statusOf()).toContain('"transaction_status":"S"');
  });
});

describe('invoices', () => {
  test('are computed as PayPal’s own example is', () => {
    const tax = { name: 'Sales Tax', percent: '7.25' };
    const body: Body = {
      items: [
        { name: 'Yoga mat', quantity: '1', unit_amount: usd('50.00'), tax, discount: { percent: '5' } },
        { name: 'Shirt', quantity: '1', unit_amount: usd('10.00'), tax, discount: { amount: usd('5.00') } },
      ],
      configuration: { tax_calculated_after_discount: true },
      amount: {
        breakdown: {
          custom: { label: 'Packing', amount: usd('10.00') },
          shipping: { amount: usd('10.00'), tax },
          discount: { invoice_discount: { percent: '5' } },
        },
      },
    };
    const { amount, items } = sumsOf(body, 'USD');
    expect(amount).toMatchObject({
      value: '74.21',
      breakdown: {
        tax_total: usd('4.34'),
        discount: { item_discount: usd('-7.50'), invoice_discount: { amount: usd('-2.63') } },
      },
    });
    expect(items.map((one) => (one.tax as { amount: object }).amount)).toEqual([usd('3.27'), usd('0.34')]);
  });

  test('prices that hold their tax come to what they say; yen have no decimals', () => {
    const tax = { name: 'VAT', percent: '10' };
    const yen = (value: string) => ({ currency_code: 'JPY', value });
    const body = {
      configuration: { tax_inclusive: true },
      items: [{ name: 'Bowl', quantity: '1.5', unit_amount: yen('1101'), tax }],
    };
    expect(sumsOf(body, 'JPY').amount).toMatchObject({ value: '1652', breakdown: { tax_total: yen('150') } });
    expect(() => sumsOf({ items: [{ name: 'Bowl', quantity: '1', unit_amount: yen('100.00') }] }, 'JPY')).toThrow(
      expect.objectContaining({ details: [expect.objectContaining({ issue: 'DECIMALS_NOT_SUPPORTED' })] }),
    );
    expect(() => sumsOf({ items: [{ name: 'Bowl', quantity: '1', unit_amount: usd('1.234') }] }, 'USD')).toThrow(
      expect.objectContaining({ details: [expect.objectContaining({ issue: 'DECIMAL_PRECISION' })] }),
    );
  });

  test('live from draft to refund, and say at each step what can be done next', async () => {
    const api = till(on);
    const made = await api.post('/v2/invoicing/invoices', draftOf('A-1'));
    expect([made.status, Object.keys(made.body)]).toEqual([201, ['href', 'rel', 'method']]);
    const path = new URL(String(made.body.href)).pathname;
    const state = async () => {
      const { body } = await api.get(path);
      return [
        body.status,
        (body.due_amount as { value: string }).value,
        (body.links as { rel: string }[]).map(({ rel }) => rel).join(' '),
      ];
    };
    expect(await state()).toEqual(['DRAFT', '25.00', 'self send replace delete record-payment']);
    expect((await api.post(`${path}/cancel`)).body.details).toMatchObject([{ issue: 'CANNOT_CANCEL_DRAFT_INVOICE' }]);
    expect((await api.post(`${path}/send`)).body).toMatchObject({ rel: 'payer-view' });
    expect(on.mails()).toHaveLength(1);
    expect(await state()).toEqual(['SENT', '25.00', 'self replace cancel remind record-payment qr-code']);
    await api.call('PUT', path, draftOf('A-1'));
    expect(on.mails()).toHaveLength(2);
    await api.call('PUT', `${path}?send_to_recipient=false`, draftOf('A-1'));
    expect(on.mails()).toHaveLength(2);
    expect((await api.post(`${path}/payments`, { method: 'CASH', amount: usd('26.00') })).body.details).toMatchObject([
      { issue: 'PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE' },
    ]);
    const paid = await api.post(`${path}/payments`, { method: 'CASH', amount: usd('5.00') });
    expect(await state()).toEqual(['PARTIALLY_PAID', '20.00', 'self remind record-payment record-refund']);
    expect((await api.call('DELETE', `${path}/payments/${paid.body.payment_id}`)).status).toBe(204);
    const { id } = on.pay({ amount: '25.00', invoice: path.split('/').at(-1) });
    expect(await state()).toEqual(['PAID', '0.00', 'self record-refund']);
    expect((await api.call('PUT', path, draftOf('A-1'))).status).toBe(422);
    on.refund(id, '10.00');
    expect((await state())[0]).toBe('PARTIALLY_REFUNDED');
    on.refund(id);
    expect((await state())[0]).toBe('REFUNDED');
  });

  test('count on from the last number, and take none twice', async () => {
    const api = till(on);
    await api.draft('KILN-0099');
    const { detail: _, ...unnumbered } = draftOf('');
    const next = await api.post(
      '/v2/invoicing/invoices',
      { ...unnumbered, detail: { currency_code: 'USD' } },
      { prefer: 'return=representation' },
    );
    expect(next.body.detail).toMatchObject({ invoice_number: 'KILN-0100' });
    expect((await api.draft('KILN-0100')).body.details).toMatchObject([{ issue: 'DUPLICATE_INVOICE_NUMBER' }]);
  });

  test('a date to come is a schedule; without e-mail an invoice is shared by its link', async () => {
    const api = till(on);
    const later = await api.draft('A-2', { detail: { currency_code: 'USD', invoice_number: 'A-2', invoice_date: '2026-04-01' } });
    expect((await api.post(`/v2/invoicing/invoices/${later.body.id}/send`)).status).toBe(202);
    const quiet = await api.draft('A-3');
    await api.post(`/v2/invoicing/invoices/${quiet.body.id}/send`, { send_to_recipient: false });
    expect((await api.get(`/v2/invoicing/invoices/${quiet.body.id}`)).body.status).toBe('UNPAID');
    expect(on.mails()).toEqual([]);
  });

  test('lists are abridged, newest first, and counted only where that is asked for', async () => {
    const api = till(on);
    for (const number of ['A-1', 'A-2', 'A-3']) {
      on.clock.turn(1000);
      await api.draft(number);
    }
    const { body } = await api.get('/v2/invoicing/invoices?page_size=2');
    expect(body).not.toHaveProperty('total_items');
    const [first] = body.items as { [member: string]: object }[];
    expect(first!.detail).toMatchObject({ invoice_number: 'A-3', metadata: { create_time: '2026-03-01T10:30:03Z' } });
    expect(Object.keys(first!)).not.toContain('items');
    expect((body.links as { rel: string }[]).map(({ rel }) => rel)).toEqual(['self', 'next']);
    expect((await api.get('/v2/invoicing/invoices?page_size=101')).status).toBe(400);
    expect((await api.post('/v2/invoicing/search-invoices?total_required=true', { invoice_number: 'A-' })).body.total_items).toBe(
      3,
    );
  });

  test('what comes back of PayPal’s own is not taken', async () => {
    const api = till(on);
    const { body } = await api.draft('A-1');
    const again = await api.call('PUT', `/v2/invoicing/invoices/${body.id}`, {
      ...body,
      due_amount: usd('0.00'),
      status: 'PAID',
    });
    expect(again.body).toMatchObject({ status: 'DRAFT', due_amount: usd('25.00') });
    expect((await api.call('POST', '/v2/invoicing/invoices')).status).toBe(415);
  });
});

describe('refunds', () => {
  const refund = (id: string, body: object, key?: string) =>
    till(on).call(
      'POST',
      `/v2/payments/captures/${id}/refund`,
      body as never,
      key === undefined ? {} : { 'paypal-request-id': key },
    );

  test('are given once under a key, and are a row of their own that names the payment', async () => {
    const { id } = on.pay({ amount: '25.00' });
    const [first, again] = [await refund(id, { amount: usd('10.00') }, 'k1'), await refund(id, { amount: usd('10.00') }, 'k1')];
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect(on.account().transactions.map(({ code, amount }) => [code, amount])).toEqual([
      ['T0006', 2500n],
      ['T1107', -1000n],
    ]);
    expect((await refund(id, { amount: usd('15.01') })).body.details).toMatchObject([{ issue: 'REFUND_AMOUNT_EXCEEDED' }]);
    expect((await refund(id, { amount: { currency_code: 'EUR', value: '1.00' } })).body.details).toMatchObject([
      { issue: 'REFUND_CAPTURE_CURRENCY_MISMATCH' },
    ]);
    await refund(id, {});
    expect((await refund(id, {})).body.details).toMatchObject([{ issue: 'CAPTURE_FULLY_REFUNDED' }]);
  });

  test('need their own permission, and their time', async () => {
    const { id } = on.pay({ amount: '25.00' });
    on.clock.turn(181 * DAY);
    expect((await refund(id, {})).body.details).toMatchObject([{ issue: 'REFUND_TIME_LIMIT_EXCEEDED' }]);
    on.setScopes(['payments/payment/authcapture']);
    expect((await refund(id, {})).status).toBe(403);
    expect((await till(on).get(`/v2/payments/captures/${id}`)).status).toBe(200);
  });
});

test('products keep their name and type, and lists show half of them', async () => {
  const api = till(on);
  const made = await api.post(
    '/v1/catalogs/products',
    { name: 'Kit', type: 'PHYSICAL', category: 'ART' },
    { 'paypal-request-id': 'p1' },
  );
  expect((await api.post('/v1/catalogs/products', { name: 'Kit', type: 'PHYSICAL' }, { 'paypal-request-id': 'p1' })).status).toBe(
    200,
  );
  const path = `/v1/catalogs/products/${made.body.id}`;
  expect((await api.call('PATCH', path, [{ op: 'replace', path: '/description', value: 'New' }])).status).toBe(204);
  expect((await api.call('PATCH', path, [{ op: 'replace', path: '/name', value: 'New' }])).status).toBe(422);
  expect((await api.get('/v1/catalogs/products?page_size=20')).body.products).toMatchObject([
    { name: 'Kit', description: 'New' },
  ]);
  expect(JSON.stringify((await api.get('/v1/catalogs/products?page_size=20')).body)).not.toContain('ART');
});

test('who asks too often is told so, and not always for how long', async () => {
  on.setRates({ perMinute: 1 });
  const api = till(on);
  await api.get('/v1/reporting/balances');
  const refused = await api.get('/v1/reporting/balances');
  expect([refused.status, refused.body.name, refused.headers.get('retry-after')]).toEqual([429, 'RATE_LIMIT_REACHED', null]);
  expect(refused.headers.get('paypal-debug-id')).toBe(refused.body.debug_id);
  on.setRates({ perMinute: 0, retryAfter: 60 });
  expect((await api.get('/v1/reporting/balances')).headers.get('retry-after')).toBe('60');
});

describe('webhooks', () => {
  let hub: Listener;
  let status: number;
  beforeEach(async () => {
    status = 200;
    hub = await listener((_request, response) => response.writeHead(status).end());
  });
  afterEach(() => hub.close());
  const register = (names: readonly string[] = ['*']) =>
    till(on).post('/v1/notifications/webhooks', { url: hub.url, event_types: names.map((name) => ({ name })) });

  test('are signed over id, time, webhook and the CRC of the bytes, by a certificate of a chain', async () => {
    const { body } = await register();
    on.pay({ amount: '25.00' });
    await on.settled();
    const [got] = hub.notifications;
    const header = (name: string) => String(got!.headers[`paypal-${name}`]);
    const url = new URL(header('cert-url'));
    expect(url.origin).toBe('https://api.paypal.com');
    const chain = await (await fetch(new URL(url.pathname, on.hosts.certs))).text();
    const [signer, between] = chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)!.map((pem) => new X509Certificate(pem));
    expect(signer!.verify(between!.publicKey) && between!.verify(new X509Certificate(on.root()).publicKey)).toBe(true);
    const message = (webhook: string) =>
      messageOf(header('transmission-id'), header('transmission-time'), webhook, Buffer.from(got!.body));
    const good = (webhook: string) =>
      verify(
        'sha256',
        message(webhook),
        createPublicKey(signer!.publicKey.export({ type: 'spki', format: 'pem' })),
        Buffer.from(header('transmission-sig'), 'base64'),
      );
    expect([good(String(body.id)), good('4JH86294D6297924G')]).toEqual([true, false]);
  });

  test('are tried again later and later, for three days; what is told twice is told in the same letters', async () => {
    await register(['PAYMENT.CAPTURE.COMPLETED']);
    status = 500;
    on.pay({ amount: '25.00' });
    on.addInvoice(draftOf('A-1'));
    await on.settled();
    expect(hub.notifications).toHaveLength(1);
    status = 200;
    on.clock.turn(15_000);
    await on.settled();
    expect(hub.notifications).toHaveLength(1);
    on.clock.turn(10_000);
    await on.settled();
    const [first, second] = hub.notifications;
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['paypal-transmission-sig']).not.toBe(first!.headers['paypal-transmission-sig']);
    on.clock.turn(DAY);
    await on.settled();
    expect(hub.notifications).toHaveLength(2);
    const stored = await till(on).get('/v1/notifications/webhooks-events');
    expect(stored.body.events).toMatchObject([{}, { transmissions: [{ status: 'SUCCESS', http_status: 200 }] }]);
  });

  test('are verified by postback over the very bytes, and for this webhook alone', async () => {
    const { body } = await register();
    on.pay({ amount: '25.00' });
    await on.settled();
    const [got] = hub.notifications;
    const ask = async (webhook: string, event: string) => {
      const question = {
        auth_algo: got!.headers['paypal-auth-algo'],
        cert_url: got!.headers['paypal-cert-url'],
        transmission_id: got!.headers['paypal-transmission-id'],
        transmission_sig: got!.headers['paypal-transmission-sig'],
        transmission_time: got!.headers['paypal-transmission-time'],
        webhook_id: webhook,
      };
      const answer = await fetch(`${on.hosts.rest}v1/notifications/verify-webhook-signature`, {
        method: 'POST',
        headers: { authorization: `Bearer ${on.grant().accessToken}`, 'content-type': 'application/json' },
        body: `${JSON.stringify(question).slice(0, -1)},"webhook_event":${event}}`,
      });
      return (await answer.json()).verification_status;
    };
    const id = String(body.id);
    expect(await ask(id, got!.body)).toBe('SUCCESS');
    expect(await ask(id, JSON.stringify(JSON.parse(got!.body), null, 1))).toBe('FAILURE');
    expect(await ask('4JH86294D6297924G', got!.body)).toBe('FAILURE');
  });

  test('belong to https addresses, ten of an app, each once', async () => {
    const api = till(on);
    const make = (url: string) => api.post('/v1/notifications/webhooks', { url, event_types: [{ name: '*' }] });
    expect((await make('http://hub.example/x')).status).toBe(400);
    for (let n = 0; n < 10; n++) expect((await make(`https://hub.example/${n}`)).status).toBe(201);
    expect((await make('https://hub.example/1')).body.name).toBe('WEBHOOK_URL_ALREADY_EXISTS');
    expect((await make('https://hub.example/x')).body.name).toBe('WEBHOOK_NUMBER_LIMIT_EXCEEDED');
  });
});

test('another process drives it by orders, and can give it a past', async () => {
  const order = async (name: string, body: object = {}) =>
    (await fetch(`${on.hosts.rest}_control/${name}`, { method: 'POST', body: JSON.stringify(body) })).json();
  await order('seed');
  expect(await order('state')).toMatchObject({ invoices: 2, products: 2, transactions: 3 });
  await order('seed', { transactions: [{ at: '2026-02-01T08:00:00Z', amount: '7.00', id: '9YE45958FJ858840B' }] });
  expect(on.account().transactions.at(-1)).toMatchObject({ id: '9YE45958FJ858840B', amount: 700n });
  const { capture } = await order('pay', { amount: '3.00', invoiceId: 'A-1' });
  expect(await order('refund', { capture, amount: '1.00' })).toMatchObject({ refund: expect.any(String) });
});
