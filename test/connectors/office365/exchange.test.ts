/** What Microsoft Graph answers, and what becomes of it. */
import nock from 'nock';
import { afterEach, describe, expect, test } from 'vitest';
import { sendBatch } from '#connectors/office365/batch.ts';
import { ownCalendars } from '#connectors/office365/calendars.ts';
import { ask } from '#connectors/office365/client.ts';
import { CLOUDS } from '#connectors/office365/clouds.ts';
import { pathOf, readDelta } from '#connectors/office365/delta.ts';
import { isMissing, isStateLost } from '#connectors/office365/faults.ts';
import { office365 } from '#connectors/office365/index.ts';
import { Changed } from '#kit/errors.ts';
import { contextOf, NOW } from './desk.ts';

const GRAPH = 'http://graph.test';
const ctx = () =>
  contextOf(
    { graph: GRAPH },
    () => NOW,
    () => {},
  );
const get = (path = '/me') => ask(ctx(), { name: 'me.get', group: 'mailbox', path });
const said = (code: string) => ({ error: { code, message: 'so it is', innerError: { 'request-id': 'r-1' } } });

afterEach(() => nock.cleanAll());

test('a request bears the token, asks for ids that outlive a move, and goes once', async () => {
  const headers = { authorization: 'Bearer secret token', prefer: 'IdType="ImmutableId", odata.maxpagesize=5' };
  const scope = nock(GRAPH, { reqheaders: headers })
    .get('/v1.0/me/contacts/delta')
    .query({ $select: 'id' })
    .reply(200, { value: [] });
  await ask(ctx(), { name: 'x', group: 'mailbox', path: '/me/contacts/delta?$select=id', prefer: ['odata.maxpagesize=5'] });
  expect(scope.isDone()).toBe(true);
});

describe('errors by what to do next', () => {
  test.each([
    [429, 'TooManyRequests', { 'retry-after': '7.25' }, { next: 'later', afterMs: 7_250, notSent: true }],
    [429, 'TooManyRequests', {}, { next: 'later', afterMs: 10_000, notSent: true }],
    [503, 'ServiceUnavailable', { 'retry-after': '31' }, { next: 'later', afterMs: 31_000, notSent: false }],
    [509, 'activityLimitReached', { 'retry-after': '41' }, { next: 'later', afterMs: 41_000, notSent: true }],
    [401, 'InvalidAuthenticationToken', {}, { next: 'reconnect' }],
    [403, 'ErrorAccessDenied', {}, { next: 'refused', advice: expect.stringContaining('allow') }],
    [403, 'Authorization_RequestDenied', {}, { next: 'refused', advice: expect.stringContaining('administrator') }],
    [403, 'insufficient_claims', {}, { next: 'reconnect' }],
    [404, 'MailboxNotEnabledForRESTAPI', {}, { next: 'refused', advice: expect.stringContaining('no mailbox') }],
    [404, 'ErrorItemNotFound', {}, { next: 'refused', message: expect.stringContaining('r-1') }],
    [412, 'ErrorIrresolvableConflict', {}, { next: 'refused' }],
  ] as const)('%i %s', async (status, code, headers, expected) => {
    nock(GRAPH).get('/v1.0/me').times(5).reply(status, said(code), headers);
    await expect(get()).rejects.toMatchObject(expected);
  });

  test('a page of something in between is no answer of Graph', async () => {
    nock(GRAPH).get('/v1.0/me').reply(404, '<html>Not here</html>');
    await expect(get()).rejects.toBeInstanceOf(Changed);
  });

  test.each([
    [404, said('ErrorItemNotFound'), { missing: true, lost: false }],
    [404, '<html>Not here</html>', { missing: false, lost: false }],
    [410, said('syncStateNotFound'), { missing: false, lost: true }],
    // With a Location at the most (graph/delta-query-overview).
    [410, '', { missing: false, lost: true }],
    [400, said('SyncStateNotFound'), { missing: false, lost: true }],
  ])('what %i %j says of a thing, and of a round', async (status, body, expected) => {
    nock(GRAPH).get('/v1.0/me').reply(status, body);
    const error = await get().catch((thrown: unknown) => thrown);
    expect({ missing: isMissing(error), lost: isStateLost(error) }).toEqual(expected);
  });

  test('nobody there is not sent; no error tells the token', async () => {
    const error = await ask(
      contextOf(
        { graph: 'http://127.0.0.1:4' },
        () => NOW,
        () => {},
      ),
      {
        name: 'x',
        group: 'mailbox',
        path: '/me',
      },
    ).catch((error: unknown) => error);
    expect(error).toMatchObject({ next: 'later', notSent: true });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret token');
  });
});

test('links are followed at the host we know, in their own words', async () => {
  const link = 'https://elsewhere.example/v1.0/me/contacts/delta?$skiptoken=a%2Bb/c%3D%3D&$select=id,displayName';
  const scope = nock(GRAPH)
    .get((path) => path.startsWith('/v1.0/me/contacts/delta?') && path.includes('$skiptoken=a%2Bb/c%3D%3D'))
    .reply(200, { value: [], '@odata.deltaLink': `${GRAPH}/v1.0/me/contacts/delta?$deltatoken=z` });
  const path = pathOf({ name: 'x' }, link)!;
  expect(await readDelta(ctx(), { name: 'x', group: 'mailbox', path })).toMatchObject({
    done: '/me/contacts/delta?$deltatoken=z',
  });
  expect(scope.isDone()).toBe(true);
  for (const wrong of ['https://graph.microsoft.com/beta/me', 'file:///etc/passwd', 7]) {
    expect(() => pathOf({ name: 'x' }, wrong)).toThrow(Changed);
  }
});

test('a list of places that is none does not say that all places are gone', async () => {
  nock(GRAPH).get('/v1.0/me/calendars').query(true).reply(200, {});
  await expect(ownCalendars(ctx())).rejects.toMatchObject({ next: 'changed', message: expect.stringContaining("'value'") });
});

test('of a thing that comes twice in a page the last word counts; an empty page goes on', async () => {
  const value = [
    { id: 'a', nickName: 'first' },
    { id: 'b', '@removed': { reason: 'deleted' } },
    { id: 'a', nickName: 'last' },
    { id: 'c' },
    { id: 'c', '@removed': { reason: 'changed' } },
  ];
  nock(GRAPH)
    .get('/v1.0/x/delta')
    .reply(200, { value, '@odata.nextLink': `${GRAPH}/v1.0/x/delta?$skiptoken=1` });
  const page = await readDelta(ctx(), { name: 'x', group: 'mailbox', path: '/x/delta' });
  expect(page).toEqual({ things: [{ id: 'a', nickName: 'last' }], removed: ['b', 'c'], next: '/x/delta?$skiptoken=1' });
  nock(GRAPH).get('/v1.0/x/delta').reply(200, { value });
  await expect(readDelta(ctx(), { name: 'x', group: 'mailbox', path: '/x/delta' })).rejects.toBeInstanceOf(Changed);
});

test('answers of a batch are told apart by their ids; one that is missing may have been carried out', async () => {
  const responses = [
    { id: '2', status: 429, headers: { 'Retry-After': '3' }, body: said('ApplicationThrottled') },
    { id: '0', status: 204 },
  ];
  nock(GRAPH).post('/v1.0/$batch').reply(200, { responses });
  const parts = ['a', 'b', 'c'].map((id) => ({ method: 'DELETE' as const, url: `/me/contacts/${id}` }));
  expect(await sendBatch(ctx(), 'x', 'mailbox', parts)).toMatchObject([
    { is: 'answer', body: {} },
    { is: 'fault', fault: { http: 504 } },
    { is: 'fault', fault: { http: 429, after: 3_000 } },
  ]);
});

test('every cloud has hosts of its own, by https', () => {
  const hosts = Object.values(CLOUDS).flatMap(({ graph, login }) => [new URL(graph), new URL(login)]);
  for (const { protocol } of hosts) expect(protocol).toBe('https:');
  expect(new Set(Object.values(CLOUDS).map(({ graph }) => graph)).size).toBe(4);
  expect(office365.base).toBe(CLOUDS.global);
});
