/** What Xero may answer on odd days. */
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { xero } from '#connectors/xero/index.ts';
import { moneyOf } from '#connectors/xero/wire.ts';
import { numberFor, parseAmounts } from '#kit/exact.ts';
import type { Json } from '#kit/fields.ts';
import type { Delivery } from '#kit/webhook.ts';
import type { Exchange } from '../../emulators/kit/traffic.ts';
import { type Bench, draft, lentBy, NOW, openBench } from './bench.ts';

const HOST = 'http://xero.odd.test';
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
afterEach(() => nock.cleanAll());

const base = { api: HOST, identity: HOST, login: HOST };
const lent = () => lentBy(bench.on, base);
const answered = (status: number, body: string | Json, headers: { readonly [name: string]: string } = {}) =>
  void nock(HOST)
    .persist()
    .get(/.*/)
    .reply(status, body as string, { 'content-type': 'application/json', ...headers });
const check = () => xero.check(lent()).catch((error: unknown) => error);

test('each refusal is one of the four, with what the service said', async () => {
  const cases: [number, string | Json, { [name: string]: string }, object][] = [
    [
      401,
      { Title: 'Unauthorized', Status: 401, Detail: 'AuthenticationUnsuccessful' },
      {},
      { next: 'reconnect', message: expect.stringContaining('AuthenticationUnsuccessful') },
    ],
    [403, { title: 'Forbidden', status: 403, detail: 'AuthenticationUnsuccessful' }, {}, { next: 'reconnect' }],
    [
      400,
      { ErrorNumber: 16, Type: 'QueryParseException', Message: 'No such field' },
      {},
      { next: 'refused', advice: expect.stringContaining('No such field') },
    ],
    [404, 'The resource cannot be found', {}, { next: 'refused' }],
    [429, '', { 'x-rate-limit-problem': 'minute', 'retry-after': '37' }, { next: 'later', afterMs: 37_000, notSent: true }],
    [
      429,
      '',
      { 'x-rate-limit-problem': 'day', 'retry-after': '40000' },
      { next: 'later', afterMs: 40_000_000, advice: expect.stringContaining('a day') },
    ],
    [429, '', { 'x-rate-limit-problem': 'concurrent' }, { next: 'later', afterMs: 3_000, notSent: true, rests: 'budget' }],
    [429, '', { 'x-rate-limit-problem': 'appminute', 'retry-after': '9' }, { next: 'later', afterMs: 9_000, rests: 'wider' }],
    [503, '<html>offline</html>', { 'content-type': 'text/html' }, { next: 'later', notSent: false }],
    [200, '<html>', {}, { next: 'changed' }],
    [200, '[1]', {}, { next: 'changed' }],
    [200, '{"Organisations":[]}', {}, { next: 'changed' }],
    [302, '', { location: 'https://elsewhere.example/' }, { next: 'changed' }],
  ];
  for (const [status, body, headers, expected] of cases) {
    answered(status, body, headers);
    expect(await check(), `${status} ${JSON.stringify(body)}`).toMatchObject(expected);
    nock.cleanAll();
  }
});

test('nobody listens, or the line breaks', async () => {
  nock(HOST)
    .persist()
    .get(/.*/)
    .replyWithError(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }));
  expect(await check()).toMatchObject({ next: 'later', notSent: true });
  nock.cleanAll();
  nock(HOST)
    .persist()
    .get(/.*/)
    .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
  expect(await check()).toMatchObject({ next: 'later', notSent: false });
});

test('no token nor body of a request is in what is thrown', async () => {
  answered(400, { ErrorNumber: 10, Message: 'No' });
  const error = await check();
  const { accessToken } = bench.on.grant();
  const told = JSON.stringify(error, (_, value) =>
    value instanceof Error ? { ...value, message: value.message, cause: value.cause } : value,
  );
  expect(told).not.toContain(accessToken.slice(0, 20));
  expect(told).not.toContain('Bearer');
});

test('what is left of a minute rests, and what is left of a day', async () => {
  for (const [header, ms] of [
    ['x-minlimit-remaining', 60_000],
    ['x-daylimit-remaining', 3_600_000],
  ] as const) {
    answered(200, { Organisations: [{ Name: 'A', BaseCurrency: 'GBP' }] }, { [header]: '0' });
    const ctx = lent();
    await xero.check(ctx);
    await expect(xero.check(ctx)).rejects.toMatchObject({ next: 'later', afterMs: ms });
    nock.cleanAll();
  }
});

test('requests bear what Xero asks for: tenant, JSON, no body on a GET, ids with commas, a key on writes alone', async () => {
  const asked: Exchange[] = [];
  const own = await openBench({ traffic: { record: (one) => void asked.push(one), notified: () => {}, close: () => {} } });
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  const { invoices, contacts } = xero.streams;
  await invoices.fetch!(own.ctx, ids);
  await contacts.push!(own.ctx, [draft({ name: 'New' }, undefined, 'key-1')]);
  const [read, written] = asked;
  const url = new URL(read!.url);
  expect([url.searchParams.get('IDs'), url.searchParams.get('unitdp')]).toEqual([ids.join(), '4']);
  expect(read!.request.body.length).toBe(0);
  const { tenant } = own.ctx.settings;
  expect(read!.request.headers).toMatchObject({ accept: 'application/json', 'xero-tenant-id': tenant });
  expect(read!.request.headers).not.toHaveProperty('idempotency-key');
  expect(written!.request.headers).toMatchObject({ 'idempotency-key': 'key-1', 'content-type': 'application/json' });
  await own.close();
});

test('the connector keeps to the limits of the service by itself', async () => {
  const own = await openBench({ limits: { minute: 60, day: 5_000, atOnce: 5 } }, { limits: true });
  let later = 0;
  for (let n = 0; n < 200; n++) {
    const outcome = await xero.check(own.ctx).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      later++;
      own.on.clock.turn((outcome as unknown as { afterMs: number }).afterMs);
    }
  }
  expect(later).toBeGreaterThan(1);
  expect(own.on.counters.statuses[429]).toBeUndefined();
  await own.close();
});

test('the SDK is loaded by nobody who only looks at the connector, and then by its narrowest path', async () => {
  const program = `
    import { createRequire } from 'node:module';
    const { cache } = createRequire(process.cwd() + '/');
    const loaded = () => Object.keys(cache).filter((path) => /node_modules.(xero-node|openid-client).(?!.*model)/.test(path)).map((path) => path.split('node_modules').at(-1));
    const { xero } = await import('./connectors/xero/index.ts');
    const before = loaded();
    const refused = async () => { throw new Error('no call is made'); };
    await xero.check({ settings: { tenant: 't' }, base: xero.base, call: refused }).catch(() => {});
    console.log(JSON.stringify([before, loaded()]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(JSON.parse(stdout)).toEqual([[], ['/xero-node/dist/gen/api/accountingApi.js']]);
});

describe('amounts', () => {
  test('no digit is lost on the way in', () => {
    const { a, b, c } = parseAmounts('{"a":90071992547409931.23,"b":0.1,"c":229.00}') as { [name: string]: Json };
    expect(moneyOf(a, 'EUR')).toEqual({ amount: '90071992547409931.23', currency: 'EUR' });
    expect([moneyOf(b, 'EUR'), moneyOf(c, 'EUR')]).toEqual([
      { amount: '0.1', currency: 'EUR' },
      { amount: '229', currency: 'EUR' },
    ]);
    expect(moneyOf(1e21, 'EUR')).toEqual({ amount: '1000000000000000000000', currency: 'EUR' });
  });
  test('nor on the way out: what a number cannot hold is not sent', () => {
    expect(numberFor('12.30')).toBe(12.3);
    expect(numberFor('9007199254740993.11')).toBeUndefined();
  });
});

describe('notifications', () => {
  const { webhooks } = xero;
  const proof = { secrets: ['new key', 'old key'], now: NOW };
  const delivery = (body: string, key = 'old key', headers: { readonly [name: string]: string } = {}): Delivery => ({
    method: 'POST',
    headers: { 'x-xero-signature': createHmac('sha256', key).update(body).digest('base64'), ...headers },
    query: '',
    body: Buffer.from(body),
  });
  const event = (more: object = {}) => ({
    resourceId: 'r1',
    resourceUrl: 'https://api.xero.com/api.xro/2.0/Contacts/r1',
    eventDateUtc: '2026-03-01T10:00:00.123',
    ...{ eventType: 'UPDATE', eventCategory: 'CONTACT', tenantId: 't1', tenantType: 'ORGANISATION' },
    ...more,
  });

  test('the intent to receive is answered to the letter', async () => {
    const empty = '{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"ABC"}';
    expect(await webhooks.verify(delivery(empty), proof)).toEqual({
      is: 'greeting',
      answer: { status: 200, headers: {}, body: '' },
    });
    expect(await webhooks.verify(delivery(empty, 'another'), proof)).toMatchObject({ is: 'forged' });
    expect(await webhooks.verify(webhooks.greeting!('token', proof), proof)).toMatchObject({ is: 'greeting' });
  });
  test('a signature holds for the bytes that came: another body, another key, none, a GET', async () => {
    const body = JSON.stringify({ events: [event()] });
    expect(await webhooks.verify(delivery(body), proof)).toEqual({ is: 'genuine' });
    const wrong: Delivery[] = [
      { ...delivery(body), body: Buffer.from(`${body} `) },
      delivery(body, 'another'),
      { ...delivery(body), headers: {} },
      delivery(body, 'old key', { 'x-xero-signature': '' }),
      { ...delivery(body), method: 'GET' },
    ];
    for (const one of wrong) expect(await webhooks.verify(one, proof)).toMatchObject({ is: 'forged' });
  });
  test('rows are touched, of several organisations; an invoice that changed may have been paid', () => {
    const events = [
      event(),
      event({ tenantId: 't2', eventCategory: 'INVOICE', resourceId: 'i1' }),
      event({ eventCategory: 'INVOICE', eventType: 'CREATE', resourceId: 'i2' }),
      event({ eventCategory: 'CREDITNOTE', resourceId: 'c1', data: { Type: 'ACCRECCREDIT', Status: 'DRAFT' } }),
      event({ eventCategory: 'SUBSCRIPTION' }),
      event({ tenantType: 'PRACTICE' }),
    ];
    expect(webhooks.parse(delivery(JSON.stringify({ events })))).toEqual([
      { account: 't1', is: 'touched', stream: 'contacts', id: 'r1' },
      { account: 't2', is: 'touched', stream: 'invoices', id: 'i1' },
      { account: 't2', is: 'touched', stream: 'payments' },
      { account: 't1', is: 'touched', stream: 'invoices', id: 'i2' },
      { account: 't1', is: 'touched', stream: 'creditNotes', id: 'c1' },
    ]);
  });
  test('what is none is said to be none; a repetition is the same', () => {
    const odd = ['constructor', '__proto__', 'toString'].map((eventCategory) => event({ eventCategory }));
    expect(webhooks.parse(delivery(JSON.stringify({ events: odd })))).toEqual([]);
    expect(() => webhooks.parse(delivery('{}'))).toThrow('expected an object with events');
    const body = JSON.stringify({ events: [event()] });
    expect(webhooks.identity!(delivery(body))).toBe(webhooks.identity!(delivery(body)));
  });
});
