/** PayPal through a whole hub: connected as the app, by the API; notified, and told by nobody else; money back by whoever may. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { authority } from '#test/emulators/paypal/certificates.ts';
import { draftOf } from '#test/emulators/till.ts';

const before = getCACertificates('default');
setDefaultCACertificates([...before, authority().root.pem]);
afterAll(() => setDefaultCACertificates(before));

const database = await testDatabase();
const SELLER = 'SELLER7XK2QAB';

let on: Emulators;
let hub: Hub;
let url: string;
let workspace: number;
let close: () => Promise<void>;
beforeEach(async () => {
  workspace = await database.workspace();
  on = await startEmulators();
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    PAYPAL_CLIENT_ID: 'switchboard-demo',
    PAYPAL_CLIENT_SECRET: 'demo-secret',
  });
  const log = openLog('silent');
  hub = await openHub(config, log, { store: Promise.resolve(database.store), now: on.clock.now });
  await hub.news.ready();
  const identify = async (role: string) => ({ workspace, by: role, permissions: new Set(ROLES[role as Role]) });
  const server = openServer(routesOf(hub), { identify, log, first: hub.gate.take });
  const { port } = await server.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${port}`;
  hub.publicUrl = url;
  close = async () => {
    await server.close(0);
    await hub.connections.idle();
    await on.close();
  };
});
afterEach(() => close());

async function call(method: string, path: string, body?: object, role: Role = 'admin') {
  const headers = { authorization: `Bearer ${role}`, 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text || 'null') };
}

const connect = async (more = {}) => (await call('POST', '/api/connections/app', { connector: 'paypal', ...more })).body;

test('an account is connected without a browser, and no answer bears a secret', async () => {
  const { body } = await call('GET', '/api/connectors');
  expect(body.items.find(({ name }: { name: string }) => name === 'paypal')).toMatchObject({
    signIn: 'app',
    app: { of: 'installation' },
  });
  const made = await call('POST', '/api/connections/app', { connector: 'paypal' });
  expect([made.status, made.body]).toEqual([
    200,
    { connection: expect.any(Number), title: 'PayPal account V58TVTDQEAVDC', made: true, missing: [] },
  ]);
  const shown = await call('GET', `/api/connections/${made.body.connection}`);
  expect(shown.body.syncs.map(({ stream }: { stream: string }) => stream)).toContain('paypal.invoices');
  expect(made.text + shown.text).not.toMatch(/A21AA|demo-secret/);
  expect((await call('POST', '/api/connections', { connector: 'paypal' })).body.detail).toContain('in a browser');
  expect((await call('POST', '/api/connections/app', { connector: 'gsuite' })).status).toBe(422);
  expect(await connect({ connection: made.body.connection })).toMatchObject({ connection: made.body.connection, made: false });
});

test('a partner connects each seller as an account of its own, and no other than the one that was connected', async () => {
  on.paypal.addAccount(SELLER, 'seller@example.com');
  const refused = await call('POST', '/api/connections/app', { connector: 'paypal', settings: { seller: SELLER } });
  expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining('PERMISSION_DENIED')]);
  on.paypal.allowPartner(SELLER, 'switchboard-demo');
  const own = await connect();
  const theirs = await connect({ settings: { seller: SELLER } });
  expect(theirs).toMatchObject({ title: `PayPal account ${SELLER}` });
  expect(theirs.connection).not.toBe(own.connection);
  expect(await connect({ connection: theirs.connection })).toMatchObject({ connection: theirs.connection, made: false });
  const other = await call('POST', '/api/connections/app', {
    connector: 'paypal',
    connection: own.connection,
    settings: { seller: SELLER },
  });
  expect(other.status).toBe(409);
  const wrong = await call('POST', '/api/connections/app', { connector: 'paypal', settings: { sellr: 'x' } });
  expect(wrong.body.problems ?? wrong.body.errors ?? wrong.text).toBeTruthy();
  expect(wrong.status).toBe(422);
});

test('what the app lacks is named by stream; without reports nobody can tell whose account it is', async () => {
  on.paypal.setScopes(['reporting/search/read', 'invoicing']);
  const { missing } = await connect();
  expect(missing.map(({ stream }: { stream: string }) => stream)).toEqual(['products', 'disputes']);
  on.paypal.setScopes(['invoicing']);
  const none = await call('POST', '/api/connections/app', { connector: 'paypal' });
  expect([none.status, none.body.detail]).toEqual([422, expect.stringContaining('reporting/search/read')]);
});

test('an app that is gone pauses the connection with the reason, and revives it', async () => {
  const { connection } = await connect();
  on.paypal.removeApp();
  on.clock.turn(10 * 3_600_000);
  const health = await call('GET', `/api/connections/${connection}/health`);
  expect(health.status).toBeGreaterThanOrEqual(400);
  const { body } = await call('GET', `/api/connections/${connection}`);
  expect(body).toMatchObject({ status: 'paused', because: expect.stringMatching(/client secret.*--again/) });
  const syncs = await call('GET', `/api/connections/${connection}/actions`);
  expect(syncs.status).toBe(200);
});

describe('notifications', () => {
  const subscribe = async () => {
    const { connection } = await connect();
    await database.owner.query(`update syncs set state = 'on' where connection = $1`, [connection]);
    await hub.subscriptions.attend({ workspace, connection });
    return connection as number;
  };
  const kinds = async () =>
    (await hub.news.look.news(workspace, { limit: 50 } as never)).map(({ kind, stream, row }) => [kind, stream, row]);

  test('are asked for, proven by the id that PayPal gave the webhook, and read', async () => {
    const connection = await subscribe();
    const [hook] = on.paypal.hooks();
    expect(hook).toMatchObject({
      url: expect.stringMatching(/\/webhooks\/paypal\/[\w-]{43}$/),
      types: expect.arrayContaining(['INVOICING.INVOICE.PAID']),
    });
    const { body } = await call('GET', `/api/connections/${connection}`);
    expect(body.subscription).toMatchObject({ state: 'live', id: hook!.id });
    const { id } = on.paypal.addInvoice(draftOf('A-1'), true);
    on.paypal.pay({ amount: '25.00', invoice: id });
    await on.paypal.settled();
    expect(on.paypal.events().flatMap(({ transmissions }) => transmissions.map(({ http }) => http))).toEqual([
      200, 200, 200, 200,
    ]);
    await hub.news.drain();
    const said = await kinds();
    expect(said).toContainEqual(['touched', 'invoices', id]);
    expect(said).toContainEqual(['touched', 'transactions', null]);
    expect(on.paypal.counters.calls['certs.get']).toBe(1);
  });

  test('of others, and what the simulator has signed, come to nothing', async () => {
    await subscribe();
    const [hook] = on.paypal.hooks();
    const post = async (body: string, webhook: string, headers = {}) => {
      const sent = on.paypal.webhooks.delivery(body, { id: webhook });
      return (await fetch(hook!.url, { method: 'POST', headers: { ...sent.headers, ...headers }, body: sent.body })).status;
    };
    const body = JSON.stringify({ id: 'WH-1', event_type: 'INVOICING.INVOICE.PAID', resource: { invoice: { id: 'INV2-1' } } });
    expect(await post(body, hook!.id)).toBe(200);
    expect(await post(body, 'WEBHOOK_ID')).toBe(401);
    expect(await post(body, hook!.id, { 'PAYPAL-CERT-URL': 'https://evil.example/v1/notifications/certs/CERT-1' })).toBe(401);
    expect(await post(body, hook!.id, { 'PAYPAL-TRANSMISSION-TIME': '2020-01-01T00:00:00Z' })).toBe(401);
  });

  test('that cannot be judged now are asked for again', async () => {
    await subscribe();
    on.paypal.faults.add({ kind: 'status', status: 503, operation: 'certs.get', times: 0 });
    on.paypal.faults.add({ kind: 'status', status: 503, operation: 'verify-webhook-signature.post', times: 0 });
    on.paypal.pay({ amount: '25.00' });
    await on.paypal.settled();
    const [event] = on.paypal.events();
    expect(event!.transmissions.map(({ http, status }) => [http, status])).toEqual([[503, 'PENDING']]);
  });

  test('go on through an exchange of secrets: PayPal’s id stays what proves them', async () => {
    const connection = await subscribe();
    expect(await hub.subscriptions.rotate({ workspace, connection })).toBe(true);
    const pay = async () => {
      on.paypal.pay({ amount: '1.00' });
      await on.paypal.settled();
      return on.paypal
        .events()
        .at(-1)!
        .transmissions.map(({ http }) => http);
    };
    expect(await pay()).toEqual([200]);
    on.clock.turn(60_000);
    await hub.subscriptions.attend({ workspace, connection });
    on.clock.turn(2 * 3_600_000);
    expect(await pay()).toEqual([200]);
    expect(on.paypal.hooks()).toHaveLength(1);
  });

  test('end with the connection', async () => {
    const connection = await subscribe();
    expect((await call('DELETE', `/api/connections/${connection}`)).body).toMatchObject({ revoked: false });
    expect(on.paypal.hooks()).toEqual([]);
  });

  test('are not asked for in the name of a seller: the webhook is the app’s', async () => {
    on.paypal.addAccount(SELLER, 'seller@example.com');
    on.paypal.allowPartner(SELLER, 'switchboard-demo');
    const { connection } = await connect({ settings: { seller: SELLER } });
    await database.owner.query(`update syncs set state = 'on' where connection = $1`, [connection]);
    await hub.subscriptions.attend({ workspace, connection });
    expect(on.paypal.hooks()).toEqual([]);
    const { body } = await call('GET', `/api/connections/${connection}`);
    expect(body.subscription).toMatchObject({ state: 'refused', problem: { advice: expect.stringContaining('intervals') } });
  });
});

test('money goes back only by whoever may give it; other actions need less', async () => {
  const { connection } = await connect();
  const path = `/api/connections/${connection}/actions`;
  const listed = await call('GET', path);
  expect(listed.body.items.map(({ name, needs }: { name: string; needs: string[] }) => [name, needs.join()])).toEqual([
    ['createInvoice', 'actions:run'],
    ['sendInvoice', 'actions:run'],
    ['paymentLink', 'actions:run'],
    ['refund', 'actions:run,money:refund'],
  ]);
  const { id: transaction } = on.paypal.pay({ amount: '25.00' });
  const refund = { input: { transaction, amount: { amount: '10.00', currency: 'USD' }, key: 'case 7' } };
  const byEditor = await call('POST', `${path}/refund`, refund, 'editor');
  expect([byEditor.status, byEditor.body.detail]).toEqual([403, expect.stringContaining('money:refund')]);
  expect((await call('POST', `${path}/refund`, refund, 'reader')).status).toBe(403);
  expect(on.paypal.account().refunds.size).toBe(0);
  expect((await call('POST', `${path}/refund`, refund)).body).toEqual({
    output: { refund: expect.any(String), status: 'COMPLETED', amount: { amount: '10.00', currency: 'USD' } },
  });
  const link = { input: { number: 'L-1', amount: { amount: '5.00', currency: 'EUR' }, name: 'Tea bowl' } };
  expect((await call('POST', `${path}/paymentLink`, link, 'editor')).body.output).toMatchObject({ status: 'UNPAID' });
  const unfit = await call('POST', `${path}/paymentLink`, { input: { amount: 5 } }, 'editor');
  expect([unfit.status, unfit.text]).toEqual([422, expect.stringContaining('amount')]);
  expect((await call('POST', `${path}/toString`, { input: {} })).status).toBe(404);
});
