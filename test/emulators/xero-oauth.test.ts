import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClock } from './kit/clock.ts';
import { ledger } from './ledger.ts';
import { listener } from './phone.ts';
import type { Xero } from './xero/contract.ts';
import { startXero } from './xero/emulator.ts';

const MINUTE = 60_000;
const BACK = 'http://127.0.0.1:9/back';
let xero: Xero;
beforeEach(async () => {
  xero = await startXero({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
});
afterEach(() => xero.close());

const VERIFIER = 'a-verifier-that-is-long-enough-for-the-rules-of-pkce';

function authorise(more: { readonly [name: string]: string } = {}): string {
  const url = new URL('identity/connect/authorize', xero.hosts.login);
  const params = {
    response_type: 'code',
    client_id: 'switchboard-demo',
    redirect_uri: BACK,
    scope: 'openid offline_access accounting.invoices',
    state: 's1',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

async function token(form: { readonly [name: string]: string }, secret = 'demo-secret') {
  const headers = { authorization: `Basic ${Buffer.from(`switchboard-demo:${secret}`).toString('base64')}` };
  const response = await fetch(new URL('connect/token', xero.hosts.identity), {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: await response.json() };
}

async function signIn(more: { readonly [name: string]: string } = {}, tenants?: readonly string[]) {
  const back = new URL(await xero.consent(authorise(more), tenants && { scopes: tenants }));
  const code = back.searchParams.get('code') ?? '';
  return token({ grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: VERIFIER });
}

const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });

async function connections(accessToken: string, event?: string) {
  const url = new URL('connections', xero.hosts.api);
  if (event !== undefined) url.searchParams.set('authEventId', event);
  const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
  return (await response.json()) as { id: string; tenantName: string; authEventId: string; createdDateUtc: string }[];
}

const eventOf = (jwt: string): string =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()).authentication_event_id;

test('a code is traded once, within five minutes, with its verifier; without offline_access there is nothing to refresh with', async () => {
  expect(await signIn()).toMatchObject({
    status: 200,
    body: { expires_in: 1800, token_type: 'Bearer', refresh_token: expect.any(String) },
  });
  expect((await signIn({ scope: 'openid accounting.invoices' })).body).not.toHaveProperty('refresh_token');
  const back = new URL(await xero.consent(authorise()));
  const form = { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: BACK };
  expect(await token(form)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
  expect(await token({ ...form, code_verifier: VERIFIER }, 'wrong')).toEqual({ status: 400, body: { error: 'invalid_client' } });
  xero.clock.turn(5 * MINUTE);
  expect(await token({ ...form, code_verifier: VERIFIER })).toEqual({ status: 400, body: { error: 'invalid_grant' } });
});

test('broad scopes are none for a new app', async () => {
  const back = new URL(await xero.consent(authorise({ scope: 'accounting.transactions' })));
  expect(back.searchParams.get('error')).toBe('invalid_scope');
});

test('each refresh gives another refresh token; the old one goes on for half an hour, then the grant cannot be had by it', async () => {
  const { body: first } = await signIn();
  const second = await refresh(first.refresh_token);
  const beside = await refresh(first.refresh_token); // the answer got lost
  expect([second.status, beside.status]).toEqual([200, 200]);
  expect(new Set([first, second.body, beside.body].map((body) => body.refresh_token)).size).toBe(3);
  xero.clock.turn(30 * MINUTE);
  expect(await refresh(first.refresh_token)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
  expect((await refresh(second.body.refresh_token)).status).toBe(200);
  xero.clock.turn(60 * 24 * 60 * MINUTE);
  expect((await refresh(beside.body.refresh_token)).status).toBe(400);
});

test('what was chosen in a sign-in is told by its event; what was connected before is there too', async () => {
  const [books, bindery] = ['Quayside Books Ltd', 'Quayside Bindery'].map((name) => xero.organisation(name).id);
  await signIn({}, [books!]);
  const { body } = await signIn({}, [bindery!]);
  const all = await connections(body.access_token);
  expect(all.map(({ tenantName }) => tenantName)).toEqual(['Quayside Books Ltd', 'Quayside Bindery']);
  expect(all[0]!.createdDateUtc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$/);
  const chosen = await connections(body.access_token, eventOf(body.access_token));
  expect(chosen.map(({ tenantName }) => tenantName)).toEqual(['Quayside Bindery']);
  const url = new URL(`connections/${all[0]!.id}`, xero.hosts.api);
  const gone = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${body.access_token}` } });
  expect(gone.status).toBe(204);
  expect((await connections(body.access_token)).map(({ tenantName }) => tenantName)).toEqual(['Quayside Bindery']);
});

test('to revoke a token ends all organisations of the person', async () => {
  const { body } = await signIn();
  const headers = { authorization: `Basic ${Buffer.from('switchboard-demo:demo-secret').toString('base64')}` };
  const form = new URLSearchParams({ token: body.refresh_token });
  await fetch(new URL('connect/revocation', xero.hosts.identity), { method: 'POST', headers, body: form });
  expect((await refresh(body.refresh_token)).status).toBe(400);
  expect((await ledger(xero, body.access_token).get('Items')).status).toBe(401);
});

const KEY = 'webhook-key';
const signed = (body: string) => createHmac('sha256', KEY).update(body).digest('base64');

test('an address becomes active when it takes what is signed right and refuses what is not', async () => {
  const naive = await listener((_, response) => response.writeHead(200).end());
  expect(await xero.subscribe(naive.url, KEY)).toMatchObject({ state: 'intent' });
  const strict = await listener(({ headers, body }, response) =>
    response.writeHead(headers['x-xero-signature'] === signed(body) ? 200 : 401).end(),
  );
  expect(await xero.subscribe(strict.url, KEY)).toMatchObject({ state: 'active' });
  const intents = strict.notifications.map(({ body }) => JSON.parse(body));
  expect(intents).toEqual(
    intents.map(() => ({ events: [], firstEventSequence: 0, lastEventSequence: 0, entropy: expect.any(String) })),
  );
  await Promise.all([naive.close(), strict.close()]);
});

test('contacts, invoices and credit notes are told, over all organisations, until they are taken; after a day it is given up', async () => {
  let status = 200;
  const hub = await listener(({ headers, body }, response) =>
    response.writeHead(headers['x-xero-signature'] === signed(body) ? status : 401).end(),
  );
  await xero.subscribe(hub.url, KEY);
  hub.notifications.length = 0;
  const { accessToken } = xero.grant();
  const books = ledger(xero, accessToken);
  const bindery = ledger(xero, accessToken, 'Quayside Bindery');
  status = 500;
  const [contact] = await books.write('PUT', 'Contacts', [{ Name: 'Told' }]);
  await bindery.write('PUT', 'Contacts', [{ Name: 'Told too' }]);
  await books.write('PUT', 'Items', [{ Code: 'UNTOLD' }]);
  await xero.settled();
  expect(hub.notifications).toHaveLength(1);
  expect(xero.pendingEvents()).toBe(2);
  status = 200;
  xero.clock.turn(10 * MINUTE);
  await xero.settled();
  const { events, firstEventSequence, lastEventSequence } = JSON.parse(hub.notifications.at(-1)!.body);
  expect([firstEventSequence, lastEventSequence]).toEqual([1, 2]);
  expect(events[0]).toMatchObject({
    resourceId: contact!.ContactID,
    eventCategory: 'CONTACT',
    eventType: 'CREATE',
    tenantType: 'ORGANISATION',
  });
  expect(new Set(events.map(({ tenantId }: { tenantId: string }) => tenantId)).size).toBe(2);
  await xero.redeliver();
  expect(hub.notifications.at(-1)!.body).toBe(hub.notifications.at(-2)!.body);
  status = 500;
  await books.write('POST', 'Contacts', [{ ContactID: contact!.ContactID!, FirstName: 'Lost' }]);
  for (let hour = 0; hour <= 24; hour++) {
    await xero.settled();
    xero.clock.turn(60 * MINUTE * 5);
  }
  expect(xero.subscription()).toMatchObject({ state: 'disabled' });
  await hub.close();
});
