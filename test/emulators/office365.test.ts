/** The emulated Microsoft 365 refuses what Microsoft refuses, and forgets what Microsoft forgets. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '#kit/fields.ts';
import { createClock } from './kit/clock.ts';
import { answerConsent } from './kit/consenting.ts';
import type { Office365 } from './office365/contract.ts';
import { startOffice365 } from './office365/emulator.ts';
import { type Thing, things } from './office365/thing.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.parse('2026-03-01T10:00:00Z');
let on: Office365;
beforeEach(async () => {
  on = await startOffice365({ clock: createClock(NOW), accounts: [{ email: 'ada@contoso.example', rows: 12 }], users: 3 });
});
afterEach(() => on.close());

interface Answered {
  status: number;
  headers: Headers;
  body: Thing;
}

async function call(method: string, path: string, body?: Json, more: { [name: string]: string } = {}): Promise<Answered> {
  const headers = {
    authorization: `Bearer ${on.grant().accessToken}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...more,
  };
  const address = path.startsWith('http') ? path : `${on.origin}v1.0${path}`;
  const response = await fetch(address, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || '{}') };
}

const codeOf = ({ status, body }: Answered) => [status, (body.error as Thing | undefined)?.code];

describe('sign-in', () => {
  const REDIRECT = 'http://127.0.0.1:1/callback';
  const authorize = (more: { [name: string]: string } = {}, tenant = 'common') =>
    `${on.origin}${tenant}/oauth2/v2.0/authorize?${new URLSearchParams({ client_id: 'switchboard-demo', redirect_uri: REDIRECT, response_type: 'code', scope: 'User.Read offline_access', state: 's', ...more })}`;
  const token = async (form: { [name: string]: string }, tenant = 'common') => {
    const body = new URLSearchParams({ client_id: 'switchboard-demo', client_secret: 'demo-secret', ...form });
    const response = await fetch(`${on.origin}${tenant}/oauth2/v2.0/token`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Thing };
  };
  const signIn = async (scope?: string) => {
    const back = new URL(await answerConsent(authorize(scope === undefined ? {} : { scope })));
    return token({ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT });
  };

  test('refresh tokens are replaced, the former goes on for a while, and an unused one dies after 90 days', async () => {
    const first = await signIn();
    expect(first.body).toMatchObject({ scope: 'https://graph.microsoft.com/User.Read', token_type: 'Bearer', expires_in: 3_599 });
    const refresh = (refresh_token: Json) => token({ grant_type: 'refresh_token', refresh_token: String(refresh_token) });
    const second = await refresh(first.body.refresh_token!);
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
    expect((await refresh(first.body.refresh_token!)).status).toBe(200);
    on.clock.turn(91 * DAY);
    expect(await refresh(second.body.refresh_token!)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_codes: [700082] },
    });
  });

  test('without offline_access there is none; a wrong secret, a stranger’s address and an unknown tenant are told', async () => {
    expect((await signIn('User.Read')).body.refresh_token).toBeUndefined();
    expect(await token({ grant_type: 'refresh_token', refresh_token: 'x', client_secret: 'y' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_codes: [7000215] },
    });
    expect(await token({ grant_type: 'refresh_token', refresh_token: 'x' }, 'nobody.example')).toMatchObject({
      status: 400,
      body: { error_codes: [90002] },
    });
    for (const [address, words] of [
      [authorize({ redirect_uri: 'https://elsewhere.example' }), 'AADSTS50011'],
      [authorize({ scope: 'Mail.Everything' }), 'AADSTS70011'],
      [authorize({}, 'nobody.example'), 'AADSTS90002'],
    ] as const)
      expect(await (await fetch(address)).text()).toContain(words);
  });

  test('a token that is too old, and one that does not cover it, are refused', async () => {
    const { accessToken } = on.grant(undefined, ['User.Read']);
    const bare = { authorization: `Bearer ${accessToken}` };
    expect((await call('GET', '/me', undefined, bare)).status).toBe(200);
    expect(codeOf(await call('GET', '/me/contacts', undefined, bare))).toEqual([403, 'ErrorAccessDenied']);
    on.clock.turn(3_600_000);
    expect(codeOf(await call('GET', '/me', undefined, bare))).toEqual([401, 'InvalidAuthenticationToken']);
  });
});

describe('requests', () => {
  test.each<[string, string, string, Json | undefined, readonly [number, string]]>([
    ['an unknown member', 'POST', '/me/contacts', { firstName: 'x' }, [400, 'RequestBodyRead']],
    ['a wrong type', 'POST', '/me/contacts', { businessPhones: '1' }, [400, 'RequestBodyRead']],
    ['what is read-only', 'POST', '/me/contacts', { id: 'x' }, [400, 'ErrorInvalidPropertySet']],
    ['a fourth address', 'POST', '/me/contacts', { emailAddresses: [{}, {}, {}, {}] }, [400, 'ErrorInvalidRequest']],
    ['an unknown property asked for', 'GET', '/me/contacts?$select=phone', undefined, [400, 'RequestBroker--ParseUri']],
    ['more than a thousand', 'GET', '/me/contacts?$top=1001', undefined, [400, 'ErrorInvalidUrlQuery']],
    ['a filter on a round', 'GET', "/me/contacts/delta?$filter=givenName eq 'x'", undefined, [400, 'ErrorInvalidUrlQuery']],
    [
      'a selection of a view',
      'GET',
      '/me/calendarView/delta?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z&$select=id',
      undefined,
      [400, 'ErrorInvalidUrlQuery'],
    ],
    ['a view without its window', 'GET', '/me/calendarView/delta', undefined, [400, 'ErrorInvalidParameter']],
    ['a thing that is not there', 'GET', '/me/contacts/4711', undefined, [404, 'ErrorItemNotFound']],
    [
      'an all-day event at nine',
      'POST',
      '/me/events',
      {
        isAllDay: true,
        start: { dateTime: '2026-03-01T09:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-03-02T09:00:00', timeZone: 'UTC' },
      },
      [400, 'ErrorInvalidRequest'],
    ],
    [
      'a time with an offset',
      'POST',
      '/me/events',
      { start: { dateTime: '2026-03-01T09:00:00Z', timeZone: 'UTC' }, end: { dateTime: '2026-03-01T10:00:00', timeZone: 'UTC' } },
      [400, 'ErrorPropertyValidationFailure'],
    ],
    [
      'a zone nobody knows',
      'POST',
      '/me/events',
      {
        start: { dateTime: '2026-03-01T09:00:00', timeZone: 'Mars' },
        end: { dateTime: '2026-03-01T10:00:00', timeZone: 'Mars' },
      },
      [400, 'TimeZoneNotSupportedException'],
    ],
    ['a task without a title', 'POST', '/me/todo/lists/LIST/tasks', { status: 'completed' }, [404, 'ErrorItemNotFound']],
    ['no such operation', 'GET', '/me/everything', undefined, [400, 'BadRequest']],
  ])('%s', async (_, method, path, body, expected) => {
    expect(codeOf(await call(method, path, body))).toEqual(expected);
  });

  test('another version than the one there is, is stale', async () => {
    const [contact] = things((await call('GET', '/me/contacts?$top=1')).body.value);
    const path = `/me/contacts/${contact!.id}`;
    const etag = { 'if-match': String(contact!['@odata.etag']) };
    expect((await call('PATCH', path, { nickName: 'x' }, etag)).status).toBe(200);
    expect(codeOf(await call('PATCH', path, { nickName: 'y' }, etag))).toEqual([412, 'ErrorIrresolvableConflict']);
  });

  test('ids change with a move, but for those who asked for others', async () => {
    const ids = async (prefer: string) =>
      things((await call('GET', '/me/contacts?$top=1', undefined, { prefer })).body.value)[0]!.id;
    const immutable = await ids('IdType="ImmutableId"');
    const plain = await ids('odata.maxpagesize=5');
    const box = on.mailbox().contacts;
    box.move(String(immutable), box.addFolder('Clients'));
    const moved = await call('GET', `/me/contacts/${immutable}`);
    expect(moved.body.id).not.toBe(plain);
    expect((await call('GET', `/me/contacts/${immutable}`, undefined, { prefer: 'IdType="ImmutableId"' })).body.id).toBe(
      immutable,
    );
  });

  test('a mailbox takes four at once', async () => {
    on.faults.add({ kind: 'slow', ms: 200, operation: 'contacts.list', times: 4 });
    const four = Array.from({ length: 4 }, () => call('GET', '/me/contacts'));
    await expect.poll(() => on.counters.calls['contacts.list']).toBe(4);
    const fifth = await call('GET', '/me/contacts');
    expect([codeOf(fifth), fifth.headers.get('retry-after')]).toEqual([[429, 'ApplicationThrottled'], '1.128']);
    expect((await Promise.all(four)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe('batches', () => {
  const get = (n: number, more: Thing = {}): Thing => ({ id: `${n}`, method: 'GET', url: '/me', ...more });

  test('at most twenty, each with an id of its own', async () => {
    expect((await call('POST', '/$batch', { requests: Array.from({ length: 21 }, (_, n) => get(n)) })).status).toBe(400);
    expect((await call('POST', '/$batch', { requests: [get(1), get(1)] })).status).toBe(400);
    expect((await call('POST', '/$batch', { requests: [] })).status).toBe(400);
  });

  test('answers come in another order; what depends on a failure fails; a body names its type', async () => {
    const requests = [
      get(1),
      get(2, { url: '/me/contacts/4711' }),
      get(3, { dependsOn: ['2'] }),
      get(4, { method: 'POST', url: '/me/contacts', body: { givenName: 'x' } }),
      get(5, { url: '/v1.0/me' }),
    ];
    const { status, body } = await call('POST', '/$batch', { requests });
    const answers = things(body.responses);
    expect(status).toBe(200);
    expect(answers.map(({ id }) => id)).not.toEqual(['1', '2', '3', '4', '5']);
    expect(Object.fromEntries(answers.map((one) => [one.id, one.status]))).toEqual({ 1: 200, 2: 404, 3: 424, 4: 400, 5: 400 });
  });
});

test('links of a round are opaque, page by page, and are forgotten; those of the directory after seven days', async () => {
  const first = await call('GET', '/me/contacts/delta?$select=givenName', undefined, { prefer: 'odata.maxpagesize=5' });
  expect(things(first.body.value).length).toBe(5);
  expect(first.body['@odata.deltaLink']).toBeUndefined();
  let page = first;
  while (page.body['@odata.nextLink'] !== undefined)
    page = await call('GET', String(page.body['@odata.nextLink']), undefined, { prefer: 'odata.maxpagesize=5' });
  const link = String(page.body['@odata.deltaLink']);
  const [one] = on.mailbox().contacts.list();
  on.mailbox().contacts.delete(String(one!.id));
  expect(things((await call('GET', link)).body.value)).toMatchObject([{ '@removed': { reason: 'deleted' } }]);
  expect(codeOf(await call('GET', `${link}&$top=5`))).toEqual([400, 'ErrorInvalidUrlQuery']);
  on.forgetRounds();
  expect(codeOf(await call('GET', link))).toEqual([410, 'SyncStateNotFound']);
  const users = String((await call('GET', '/users/delta')).body['@odata.deltaLink']);
  on.clock.turn(8 * DAY);
  expect((await call('GET', users)).status).toBe(410);
});

test('a subscription wants an address that greets back, and an end that lies ahead, by a week at most', async () => {
  const wish = (minutes: number): Json => ({
    ...{ changeType: 'updated', notificationUrl: 'http://127.0.0.1:4/x', resource: 'me/contacts', clientState: 's' },
    expirationDateTime: new Date(on.clock.now() + minutes * MINUTE).toISOString(),
  });
  expect(codeOf(await call('POST', '/subscriptions', wish(60)))).toEqual([400, 'ValidationError']);
  expect(codeOf(await call('POST', '/subscriptions', wish(10_081)))).toEqual([400, 'ExtensionError']);
  expect(codeOf(await call('POST', '/subscriptions', wish(-1)))).toEqual([400, 'InvalidRequest']);
  expect(codeOf(await call('GET', '/subscriptions/4711'))).toEqual([404, 'ResourceNotFound']);
});
