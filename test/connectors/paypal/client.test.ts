/** The SDK as a transport: what it sends, and that nothing it stumbles over reaches the process. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask } from '#connectors/paypal/client.ts';
import { Changed, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { contextOf } from './counter.ts';

interface Got {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

let server: Server;
let got: Got[];
let answer: (response: ServerResponse, nth: number) => void;
let base: { rest: string; certs: string };
beforeEach(async () => {
  got = [];
  server = createServer(async (request, response) => {
    got.push({ method: request.method!, url: request.url!, headers: request.headers, body: await text(request) });
    answer(response, got.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  base = { rest: at, certs: at };
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise<void>((resolve) => server.close(() => resolve()));
});

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const get = { name: 'thing.get', path: '/v1/thing' };

test('one request goes as it was meant, and no token is ever asked for by the SDK', async () => {
  answer = (response) => json(response, 201, { id: 'X', big: 1 });
  const body = { a: [1, 'ü'] };
  expect(
    await ask(contextOf({ base }), {
      name: 'x',
      method: 'POST',
      path: '/v1/x',
      query: { page: 2, all: true },
      body,
      key: 'K',
      whole: true,
    }),
  ).toEqual({ id: 'X', big: 1 });
  expect(got).toHaveLength(1);
  expect(got[0]).toMatchObject({ method: 'POST', url: '/v1/x?page=2&all=true', body: JSON.stringify(body) });
  expect(got[0]!.headers).toMatchObject({
    authorization: 'Bearer T1',
    'content-type': 'application/json',
    'paypal-request-id': 'K',
    prefer: 'return=representation',
  });
  expect(got[0]!.headers['accept-encoding']).toBeUndefined();
});

test('a POST without a body sends an empty object; what the caller gave is left as it was', async () => {
  answer = (response) => response.writeHead(204).end();
  const sending = Object.freeze({ name: 'x', method: 'POST' as const, path: '/v1/x' });
  expect(await ask(contextOf({ base }), sending)).toEqual({});
  expect([got[0]!.body, got[0]!.headers['content-type']]).toEqual(['{}', 'application/json']);
});

test('for a seller it says so, with an unsigned claim', async () => {
  answer = (response) => json(response, 200, {});
  await ask(contextOf({ base, settings: { seller: 'SELLER7XK2QAB', partner: 'Board_SP' } }), get);
  const [head, claims, signature] = String(got[0]!.headers['paypal-auth-assertion']).split('.');
  expect([head, claims].map((part) => JSON.parse(Buffer.from(part!, 'base64url').toString()))).toEqual([
    { alg: 'none' },
    { iss: 'switchboard-demo', payer_id: 'SELLER7XK2QAB' },
  ]);
  expect([signature, got[0]!.headers['paypal-partner-attribution-id']]).toEqual(['', 'Board_SP']);
});

test('two addresses, and two apps, share nothing', async () => {
  answer = (response) => json(response, 200, {});
  const other = createServer((_request, response) => json(response, 200, { other: true }));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const there = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  expect(await ask(contextOf({ base: { rest: there, certs: there } }), get)).toEqual({ other: true });
  expect(await ask(contextOf({ base, token: async () => 'T2' }), get)).toEqual({});
  expect(got[0]!.headers.authorization).toBe('Bearer T2');
  other.close();
});

describe('a token that is refused', () => {
  const invalid = { error: 'invalid_token', error_description: 'Token signature verification failed' };
  test('is replaced once', async () => {
    answer = (response, nth) => json(response, nth === 1 ? 401 : 200, nth === 1 ? invalid : { ok: true });
    const token = async (refused?: string) => (refused === 'T1' ? 'T2' : 'T1');
    expect(await ask(contextOf({ base, token }), get)).toEqual({ ok: true });
    expect(got.map(({ headers }) => headers.authorization)).toEqual(['Bearer T1', 'Bearer T2']);
  });
  test('twice is an app that is dead', async () => {
    answer = (response) => json(response, 401, invalid);
    await expect(ask(contextOf({ base, token: async (refused) => (refused ? 'T2' : 'T1') }), get)).rejects.toBeInstanceOf(
      Reconnect,
    );
    expect(got).toHaveLength(2);
  });
});

describe('what the SDK throws where nobody can catch it', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['no media type', (response) => response.writeHead(200).end('what')],
    ['broken JSON', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":')],
    ['a list', (response) => json(response, 200, [1])],
    ['an error without a name', (response) => json(response, 418, { tea: true })],
  ])('%s is Changed', async (_what, how) => {
    answer = how;
    await expect(ask(contextOf({ base }), get)).rejects.toBeInstanceOf(Changed);
  });

  test('a fault of theirs in HTML is tried again, and in the end later', async () => {
    answer = (response, nth) =>
      nth === 1 ? response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>500</h1>') : json(response, 200, { ok: 1 });
    expect(await ask(contextOf({ base }), get)).toEqual({ ok: 1 });
    answer = (response) => response.writeHead(503).end();
    await expect(ask(contextOf({ base }), get)).rejects.toBeInstanceOf(TryLater);
  });

  test.each(['at once', 'under way'])('an abort %s ends it, and the connection with it', async (when) => {
    const abort = new AbortController();
    let closed = false;
    answer = (response) => {
      response.on('close', () => {
        closed = true;
      });
      abort.abort(new Error('enough'));
    };
    const asked = ask(contextOf({ base, signal: abort.signal }), get);
    if (when === 'at once') abort.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    if (when === 'under way') await expect.poll(() => closed).toBe(true);
  });

  test('an answer that never comes is late', async () => {
    answer = () => undefined;
    await expect(ask(contextOf({ base, timeout: 50 }), { ...get, method: 'PATCH' })).rejects.toMatchObject({
      next: 'later',
      notSent: false,
    });
  });

  test('a server that is not there was not reached', async () => {
    const nowhere = { rest: 'http://127.0.0.1:1', certs: 'http://127.0.0.1:1' };
    await expect(ask(contextOf({ base: nowhere }), get)).rejects.toMatchObject({ next: 'later', notSent: true });
  });
});

describe('what PayPal says', () => {
  const said = (name: string, issue: string, more = {}) => ({
    name,
    message: 'No.',
    debug_id: 'd1',
    details: [{ issue, ...more }],
  });

  test('a rule of business is refused, with its issue, its field and the debug id', async () => {
    answer = (response) =>
      json(
        response,
        422,
        said('UNPROCESSABLE_ENTITY', 'CAPTURE_FULLY_REFUNDED', { field: '/amount', description: 'All of it.' }),
      );
    const error = await ask(contextOf({ base }), get).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({
      field: '/amount',
      message: expect.stringMatching(/CAPTURE_FULLY_REFUNDED: All of it\. \[debug id d1\]/),
    });
  });

  test('what the app may not do names the remedy', async () => {
    answer = (response) => json(response, 403, said('NOT_AUTHORIZED', 'PERMISSION_DENIED'));
    await expect(ask(contextOf({ base }), get)).rejects.toMatchObject({
      next: 'refused',
      advice: expect.stringContaining('nine hours'),
    });
  });

  test('too many: as long as it says, else half a minute', async () => {
    answer = (response) =>
      json(response, 429, { name: 'RATE_LIMIT_REACHED', message: 'Slow', debug_id: 'd' }, { 'retry-after': '90' });
    await expect(ask(contextOf({ base }), get)).rejects.toMatchObject({ next: 'later', afterMs: 90_000, rests: 'account' });
    answer = (response) => json(response, 429, { name: 'RATE_LIMIT_REACHED', message: 'Slow', debug_id: 'd' });
    await expect(ask(contextOf({ base }), get)).rejects.toMatchObject({ afterMs: 30_000, notSent: true });
  });

  test('a write is repeated under a key alone', async () => {
    answer = (response, nth) => (nth === 1 ? response.destroy() : json(response, 200, { ok: 1 }));
    await expect(ask(contextOf({ base }), { name: 'x', method: 'POST', path: '/v1/x' })).rejects.toMatchObject({
      next: 'later',
      notSent: false,
    });
    got = [];
    expect(await ask(contextOf({ base }), { name: 'x', method: 'POST', path: '/v1/x', key: 'K' })).toEqual({ ok: 1 });
    expect(got.map(({ headers }) => headers['paypal-request-id'])).toEqual(['K', 'K']);
  });
});
