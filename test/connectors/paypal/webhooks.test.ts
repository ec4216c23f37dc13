/** Who sent it: judged offline by signature, chain, name, time and host; PayPal is asked only where that cannot be judged here. */
import { createPublicKey, verify as isSignedBy } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judge, openCertificates, placeOf } from '#connectors/paypal/certificates.ts';
import { paypal } from '#connectors/paypal/index.ts';
import { messageOf, webhooks } from '#connectors/paypal/webhooks.ts';
import type { Context } from '#kit/context.ts';
import type { Delivery, Verdict } from '#kit/webhook.ts';
import type { Emulators } from '#test/emulators/index.ts';
import { authority, issue, SIGNER } from '#test/emulators/paypal/certificates.ts';
import { DAY, NOW, openCounter } from './counter.ts';

const before = getCACertificates('default');
setDefaultCACertificates([...before, authority().root.pem]);
afterAll(() => setDefaultCACertificates(before));

const SAMPLES = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'vendors', 'samples', 'paypal');
const HOOK = '4JH86294D6297924G';
const BODY = '{"id":"WH-1-2","event_type":"INVOICING.INVOICE.PAID","resource":{"invoice":{"id":"INV2-1"}},"n":1.0}';

let on: Emulators;
let ctx: Context;
beforeEach(async () => {
  ({ on, ctx } = await openCounter());
});
afterEach(() => on.close());

function deliveryOf(body = BODY, webhook = HOOK, headers: { [name: string]: string } = {}): Delivery {
  const sent = on.paypal.webhooks.delivery(body, { id: webhook });
  const lower = Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { method: 'POST', headers: { ...lower, ...headers }, query: '', body: Buffer.from(body), subscription: 's' };
}

function judged(delivery: Delivery, { secrets = [HOOK], lend = async () => ctx, now = NOW } = {}): Verdict | Promise<Verdict> {
  return webhooks.verify(delivery, { secrets, now, lend });
}

const calls = (operation: string) => on.paypal.counters.calls[operation] ?? 0;

describe('offline', () => {
  test('what PayPal signed for our webhook is genuine; its certificate is fetched once', async () => {
    for (let n = 0; n < 5; n++) expect(await judged(deliveryOf())).toEqual({ is: 'genuine' });
    expect(await Promise.all(Array.from({ length: 20 }, () => judged(deliveryOf())))).toEqual(Array(20).fill({ is: 'genuine' }));
    expect([calls('certs.get'), calls('verify-webhook-signature.post')]).toEqual([1, 0]);
  });

  test('many at once fetch it once, too', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => judged(deliveryOf())))).toEqual(Array(20).fill({ is: 'genuine' }));
    expect(calls('certs.get')).toBe(1);
  });

  test.each<[string, (genuine: Delivery) => Delivery, string]>([
    [
      'other bytes of the same JSON',
      (one) => ({ ...one, body: Buffer.from(JSON.stringify(JSON.parse(BODY))) }),
      'wrong signature',
    ],
    ['another event', (one) => ({ ...one, body: Buffer.from(BODY.replace('INV2-1', 'INV2-2')) }), 'wrong signature'],
    [
      'another transmission',
      (one) => withHeader(one, 'transmission-id', 'b5a4c1de-0000-4000-8000-000000000000'),
      'wrong signature',
    ],
    ['another time', (one) => withHeader(one, 'transmission-time', '2026-03-01T10:29:59Z'), 'wrong signature'],
    ['no signature', (one) => withHeader(one, 'transmission-sig', ''), 'no signature'],
    ['another algorithm', (one) => withHeader(one, 'auth-algo', 'SHA1withRSA'), 'another algorithm'],
    ['a time long past', (one) => withHeader(one, 'transmission-time', '2026-02-20T10:00:00Z'), 'stale timestamp'],
    ['a time to come', (one) => withHeader(one, 'transmission-time', '2026-03-01T11:00:00Z'), 'future timestamp'],
    ['no time', (one) => withHeader(one, 'transmission-time', 'now'), 'no timestamp'],
    ['a GET', (one) => ({ ...one, method: 'GET' }), 'a GET; PayPal sends POST'],
  ])('%s is forged', async (_what, spoil, reason) => {
    expect(await judged(spoil(deliveryOf()))).toEqual({ is: 'forged', reason });
  });

  test('a signature for another webhook is forged, and what the simulator has signed is never a proof', async () => {
    expect(await judged(deliveryOf(BODY, '0AAAAAAAAAAAAAAAA'))).toEqual({ is: 'forged', reason: 'wrong signature' });
    const simulated = deliveryOf(BODY, 'WEBHOOK_ID');
    expect(await judged(simulated)).toMatchObject({ is: 'forged' });
    expect(await judged(simulated, { secrets: ['WEBHOOK_ID'] })).toMatchObject({ is: 'unproven' });
  });

  test('three days of tries are no replay', async () => {
    expect(await judged(deliveryOf(), { now: NOW + 3 * DAY })).toEqual({ is: 'genuine' });
  });

  test('until the webhook is made nothing is proven, and the sender is to try again', async () => {
    expect(await judged(deliveryOf(), { secrets: ['x'.repeat(43), 'a-b_c'] })).toMatchObject({ is: 'unproven' });
  });
});

function withHeader(delivery: Delivery, name: string, value: string): Delivery {
  return { ...delivery, headers: { ...delivery.headers, [`paypal-${name}`]: value } };
}

describe('the address of the certificate', () => {
  const path = '/v1/notifications/certs/CERT-360caa42-fca2a594-1a5f47cb';
  test.each([
    `http://api.paypal.com${path}`,
    `https://api.paypal.com.evil.example${path}`,
    `https://evil.example${path}`,
    `https://api.paypal.com@evil.example${path}`,
    `https://user:pw@api.paypal.com${path}`,
    `https://api.paypal.com:8443${path}`,
    `https://api.paypal.com/v1/notifications/../../evil/CERT-1`,
    `https://api.paypal.com/v1/notifications/certs/../x`,
    `https://api.paypal.com/v1/notifications/certs/a%2fb`,
    `https://api.paypal.com${path}?to=evil`,
    `https://api.paypal.com${path}#x`,
    `https://api.paypal.com/v1/notifications/certs/`,
    `https://169.254.169.254${path}`,
    `HTTPS://api.paypal.com${path}`,
    'CERT-1',
    '',
  ])('%s is asked by nobody', async (url) => {
    expect(placeOf(url)).toBeUndefined();
    expect(await judged(withHeader(deliveryOf(), 'cert-url', url))).toMatchObject({ is: 'forged' });
    expect(on.paypal.counters.total()).toBe(0);
  });

  test('may be each of PayPal’s own', () => {
    for (const host of ['api.paypal.com', 'api-m.paypal.com'])
      expect(placeOf(`https://${host}${path}`)).toMatchObject({ path, house: { name: SIGNER } });
    for (const host of ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com']) {
      expect(placeOf(`https://${host}${path}`)).toMatchObject({ house: { name: 'messageverificationcerts.sandbox.paypal.com' } });
    }
  });
});

describe('the chain', () => {
  const { root, between, signer } = authority();
  const stranger = issue({ name: 'Nobody’s CA', authority: true });
  const of = (wish: Partial<Parameters<typeof issue>[0]> = {}) =>
    issue({ name: SIGNER, hosts: [SIGNER], by: between, rsa: true, ...wish });
  const say = (...certificates: readonly { pem: string }[]) => judge(certificates.map(({ pem }) => pem).join(''), SIGNER, NOW);

  test('that leads to one we trust is good, with the root or without', () => {
    expect(say(signer, between)).toMatchObject({ is: 'good' });
    expect(say(signer, between, root)).toMatchObject({ is: 'good' });
    expect(say(signer, stranger, between)).toMatchObject({ is: 'good' });
    expect(say(of({ by: root }))).toMatchObject({ is: 'good' });
  });

  test('that ends at a root nobody trusts is bad', () => {
    const reason = 'a certificate nobody vouches for';
    expect(say(of({ by: stranger }), stranger)).toEqual({ is: 'bad', reason });
    expect(say(of({ by: undefined }))).toEqual({ is: 'bad', reason });
  });

  test('of which a link is missing cannot be judged here', () => {
    expect(say(signer)).toEqual({ is: 'incomplete' });
    expect(say(of({ by: stranger }))).toEqual({ is: 'incomplete' });
  });

  test('with a link that may not issue, or that only bears the name, is none', () => {
    const own = issue({ name: between.name, authority: true });
    expect(say(of({ by: own }), own)).toEqual({ is: 'bad', reason: 'a certificate nobody vouches for' });
    const leaf = of({ name: 'shop.example', hosts: ['shop.example'] });
    expect(say(of({ by: leaf }), leaf, between)).toEqual({ is: 'incomplete' });
  });

  test('for another name, of another time, or of an authority itself is bad', () => {
    expect(say(of({ hosts: ['shop.example'] }), between)).toEqual({ is: 'bad', reason: 'a certificate of another name' });
    expect(say(of({ until: NOW - DAY }), between)).toEqual({ is: 'bad', reason: 'a certificate of another time' });
    expect(say(of({ from: NOW + DAY }), between)).toEqual({ is: 'bad', reason: 'a certificate of another time' });
    expect(say(of({ authority: true }), between)).toEqual({ is: 'bad', reason: 'a certificate of an authority' });
    expect(judge('no certificate', SIGNER, NOW)).toEqual({ is: 'bad', reason: 'no certificate' });
    expect(judge('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', SIGNER, NOW)).toMatchObject({ is: 'bad' });
  });

  test('a message signed by whoever has a chain of their own is forged, whatever PayPal’s host hands out', async () => {
    const forger = of({ by: stranger });
    on.paypal.setManners({ signer: forger, chain: forger.pem + stranger.pem });
    expect(await judged(deliveryOf())).toEqual({ is: 'forged', reason: 'a certificate nobody vouches for' });
    expect(calls('verify-webhook-signature.post')).toBe(0);
  });

  test('a message signed by another key than the certificate’s is forged', async () => {
    on.paypal.setManners({ signer: of() });
    expect(await judged(deliveryOf())).toEqual({ is: 'forged', reason: 'wrong signature' });
  });
});

describe('PayPal is asked', () => {
  test('where the certificate cannot be had, over the very bytes', async () => {
    on.paypal.faults.add({ kind: 'status', status: 404, operation: 'certs.get', times: 0 });
    expect(await judged(deliveryOf())).toEqual({ is: 'genuine' });
    expect(await judged(deliveryOf(BODY, '0AAAAAAAAAAAAAAAA'))).toEqual({
      is: 'forged',
      reason: 'PayPal says it is none of its own',
    });
    expect([calls('certs.get'), calls('verify-webhook-signature.post')]).toEqual([1, 2]);
  });

  test('where a link of the chain is missing', async () => {
    on.paypal.setManners({ chain: authority().signer.pem });
    expect(await judged(deliveryOf())).toEqual({ is: 'genuine' });
    expect(await judged({ ...deliveryOf(), body: Buffer.from(BODY.replace('1.0', '1')) })).toMatchObject({ is: 'forged' });
  });

  test('and where it cannot be asked either, the sender is to try again', async () => {
    on.paypal.faults.add({ kind: 'status', status: 404, operation: 'certs.get', times: 0 });
    on.paypal.faults.add({ kind: 'status', status: 503, operation: 'verify-webhook-signature.post', times: 0 });
    expect(await judged(deliveryOf())).toEqual({ is: 'unproven', reason: 'PayPal cannot be asked' });
    const nothing = { secrets: [HOOK], now: NOW };
    expect(await webhooks.verify(deliveryOf(), nothing)).toMatchObject({ is: 'unproven' });
  });

  test('by strangers as often as a budget of its own allows, and no call of ours waits for it', async () => {
    on.paypal.faults.add({ kind: 'status', status: 404, operation: 'certs.get', times: 0 });
    const verdicts: string[] = [];
    for (let n = 0; n < 80; n++) verdicts.push((await judged(deliveryOf(BODY, '0AAAAAAAAAAAAAAAA'))).is);
    expect(verdicts.filter((is) => is === 'unproven').length).toBeGreaterThan(10);
    expect(calls('verify-webhook-signature.post')).toBeLessThan(62);
    await paypal.check(ctx);
  });

  test('a body that is no JSON breaks out of nothing', async () => {
    on.paypal.faults.add({ kind: 'status', status: 404, operation: 'certs.get', times: 0 });
    expect(await judged(deliveryOf('{}} , "verification_status": "SUCCESS"'))).toMatchObject({ is: 'unproven' });
    expect(calls('verify-webhook-signature.post')).toBe(0);
  });
});

test('strangers who name ever new certificates make us fetch few at once, and remember failures for a while', async () => {
  const read = openCertificates({ abreast: 2 });
  let [under, most, asked] = [0, 0, 0];
  const free: (() => void)[] = [];
  const download = async () => {
    asked += 1;
    most = Math.max(most, ++under);
    await new Promise<void>((resolve) => free.push(resolve));
    under -= 1;
    throw new Error('none');
  };
  const all = Array.from({ length: 50 }, (_, n) => read(`/c/${n}`, download).catch(() => 'refused'));
  for (const go of free) go();
  await Promise.all(all);
  expect([most, asked]).toEqual([2, 2]);
  await expect(read('/c/0', download)).rejects.toThrow('none');
  expect(asked).toBe(2);
});

test('whatever is sent, nothing is thrown and nothing is believed', async () => {
  const header = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('https://api.paypal.com/v1/notifications/certs/CERT-1', 'SHA256withRSA', '2026-03-01T10:30:00Z'),
  );
  const names = ['transmission-id', 'transmission-time', 'transmission-sig', 'cert-url', 'auth-algo'].map(
    (name) => `paypal-${name}`,
  );
  const headers = fc.record(Object.fromEntries(names.map((name) => [name, header])), { requiredKeys: [] });
  on.paypal.faults.add({ kind: 'status', status: 404, operation: 'certs.get', times: 0 });
  await fc.assert(
    fc.asyncProperty(headers, fc.uint8Array({ maxLength: 64 }), async (given, body) => {
      const delivery: Delivery = { method: 'POST', headers: given as Delivery['headers'], query: '', body };
      const { is } = await judged(delivery);
      expect(['forged', 'unproven']).toContain(is);
      webhooks.identity!(delivery);
    }),
    { numRuns: 200 },
  );
});

describe('what is said', () => {
  const news = (event_type: string, resource: object, more = {}) =>
    webhooks.parse({ ...deliveryOf(JSON.stringify({ id: 'WH-1', event_type, resource, ...more })) });

  test('is which thing to look at again', () => {
    const look = (stream: string, id?: string) => ({ account: 'unnamed', is: 'touched', stream, ...(id && { id }) });
    expect(news('INVOICING.INVOICE.UPDATED', { invoice: { id: 'INV2-1', status: 'PAID' } })).toEqual([
      look('invoices', 'INV2-1'),
    ]);
    expect(news('INVOICING.INVOICE.PAID', { invoice: { id: 'INV2-1' } })).toEqual([
      look('invoices', 'INV2-1'),
      look('transactions'),
    ]);
    expect(news('CATALOG.PRODUCT.UPDATED', { id: 'PROD-1' })).toEqual([look('products', 'PROD-1')]);
    expect(news('CUSTOMER.DISPUTE.CREATED', { dispute_id: 'PP-1' })).toEqual([look('disputes', 'PP-1'), look('transactions')]);
    expect(news('PAYMENT.SALE.COMPLETED', { id: '4EU7004268015634R', amount: { total: '20.00' } })).toEqual([
      look('transactions'),
    ]);
    expect(news('PAYMENT.CAPTURE.REFUNDED', { id: '1', payee: { merchant_id: 'M1' } })).toEqual([
      { ...look('transactions'), account: 'M1' },
    ]);
    expect(news('CHECKOUT.ORDER.APPROVED', { id: '1' })).toEqual([]);
  });

  test('names itself by the event, and says what it is not', () => {
    expect(webhooks.identity!(deliveryOf())).toBe('WH-1-2');
    expect(webhooks.identity!(deliveryOf('no JSON'))).toBeUndefined();
    expect(() => webhooks.parse(deliveryOf('[]'))).toThrow('expected event_type and resource');
    expect(() => webhooks.parse(deliveryOf('{"event_type":"X"}'))).toThrow('found event_type');
  });
});

describe.skipIf(!existsSync(SAMPLES))('real deliveries (skipped where the vendors’ facts are not at hand)', () => {
  const sample = (name: string) => JSON.parse(readFileSync(join(SAMPLES, name), 'utf8'));
  const pem = (name: string) => readFileSync(join(SAMPLES, name), 'utf8');
  const signedOf = (headers: { [name: string]: string }) => ({
    id: headers['PAYPAL-TRANSMISSION-ID']!,
    time: headers['PAYPAL-TRANSMISSION-TIME']!,
  });

  test('of 2015 and 2024 are signed over just what we take them to be', () => {
    const old = sample('signed-webhook-2015-payment-sale-completed.json');
    const made = [{ ...old, key: old.public_key_pem }];
    for (const what of ['completed', 'declined', 'refunded']) {
      made.push({ ...sample(`signed-simulator-payment-capture-${what}.json`), key: pem('paypal-webhook-signing-cert-2024.pem') });
    }
    for (const { headers, webhook_id: webhook, raw_body: body, key } of made) {
      const message = messageOf(signedOf(headers), webhook, Buffer.from(body));
      expect(
        isSignedBy('RSA-SHA256', message, createPublicKey(key), Buffer.from(headers['PAYPAL-TRANSMISSION-SIG'], 'base64')),
      ).toBe(true);
    }
  });

  test('the certificate of 2024 leads to DigiCert by its intermediate, at the time it was good, and for its name', () => {
    setDefaultCACertificates([pem('digicert-high-assurance-ev-root-ca.pem')]);
    const chain = pem('paypal-webhook-signing-cert-2024.pem') + pem('digicert-sha2-ev-server-ca.pem');
    expect(judge(chain, SIGNER, Date.parse('2024-08-02T19:33:35Z'))).toMatchObject({ is: 'good' });
    expect(judge(chain, SIGNER, Date.parse('2026-03-01T00:00:00Z'))).toMatchObject({ is: 'bad' });
    expect(judge(chain, 'messageverificationcerts.sandbox.paypal.com', Date.parse('2024-08-02T19:33:35Z'))).toMatchObject({
      is: 'bad',
    });
    expect(judge(pem('paypal-webhook-signing-cert-2024.pem'), SIGNER, Date.parse('2024-08-02T19:33:35Z'))).toEqual({
      is: 'incomplete',
    });
    setDefaultCACertificates([...before, authority().root.pem]);
  });
});
