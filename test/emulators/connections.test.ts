import { afterEach, beforeEach, expect, test } from 'vitest';
import { client, errorOf, items, object } from './client.ts';
import { GOOGLE_QUOTAS } from './gsuite/quotas.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';

let on: Emulators;
beforeEach(async () => {
  on = await startEmulators({
    clock: createClock(Date.parse('2026-03-01T10:00:00Z')),
    gsuite: { accounts: [{ email: 'ada@example.com', rows: 250 }] },
  });
});
afterEach(() => on.close());

test('pages hold everyone once, and only the last one has a sync token', async () => {
  const { people, pages, nextSyncToken } = await client(on.gsuite).all({ pageSize: '100' });
  expect(pages.map((page) => items(page.connections).length)).toEqual([100, 100, 50]);
  expect(new Set(people.map((one) => one.resourceName)).size).toBe(250);
  expect(pages.map((page) => page.nextSyncToken !== undefined)).toEqual([false, false, true]);
  expect(pages[0]).toMatchObject({ totalPeople: 250, totalItems: 250 });
  expect(nextSyncToken).not.toBe('undefined');
});

test('personFields is required and honoured', async () => {
  const { list, call } = client(on.gsuite);
  const { people } = await client(on.gsuite).all({ personFields: 'emailAddresses' });
  expect(new Set(people.flatMap((one) => Object.keys(one)))).toEqual(new Set(['resourceName', 'etag', 'emailAddresses']));
  expect((await list({ personFields: 'names,metadata' })).status).toBe(200);
  await off(async (quiet) => {
    expect((await client(quiet.gsuite).call('GET', '/v1/people/me/connections')).status).toBe(400);
    expect(errorOf(await client(quiet.gsuite).list({ personFields: 'names,shoes' })).message).toContain(
      'Invalid personFields mask path: "shoes"',
    );
    expect((await client(quiet.gsuite).list({ pageSize: '1001' })).status).toBe(400);
    expect((await client(quiet.gsuite).list({ colour: 'red' })).status).toBe(400);
    expect((await client(quiet.gsuite).call('GET', '/v1/people/c1/connections', { personFields: 'names' })).status).toBe(400);
  });
  expect((await call('GET', '/v1/people/me', { personFields: 'names,emailAddresses' })).body).toMatchObject({
    emailAddresses: [{ value: 'ada@example.com' }],
  });
});

test('a sync tells what changed and what is gone, and nothing twice', async () => {
  const api = client(on.gsuite);
  const first = await api.all();
  const people = on.gsuite.people();
  const [edited = '', deleted = ''] = first.people.map((one) => String(one.resourceName));
  people.edit(edited, { names: [{ givenName: 'Changed' }] });
  people.edit(edited, { names: [{ givenName: 'Changed', familyName: 'Twice' }] });
  people.delete(deleted);
  const added = people.add({ emailAddresses: [{ value: 'new@example.com' }] });
  const second = await api.all({ syncToken: first.nextSyncToken });
  expect(second.people.map((one) => one.resourceName)).toEqual([edited, deleted, added]);
  expect(items(second.people[0]?.names)[0]).toMatchObject({ displayName: 'Changed Twice' });
  expect(second.people[1]).toMatchObject({ metadata: { deleted: true, objectType: 'PERSON' } });
  expect(second.people[1]?.names).toBeUndefined();
  const third = await api.list({ syncToken: second.nextSyncToken });
  expect(third.body.connections).toBeUndefined();
  expect(third.body.nextSyncToken).toBeDefined();
  expect((await api.all()).people).toHaveLength(250);
});

test('a sync token dies after seven days, or on demand', async () => {
  const { nextSyncToken } = await client(on.gsuite).all();
  on.clock.turn(7 * 24 * 3_600_000 - 1);
  expect((await client(on.gsuite).list({ syncToken: nextSyncToken })).status).toBe(200);
  on.clock.turn(1);
  const expired = await client(on.gsuite).list({ syncToken: nextSyncToken });
  expect(expired.status).toBe(400);
  expect(errorOf(expired)).toMatchObject({ status: 'FAILED_PRECONDITION', details: [{ reason: 'EXPIRED_SYNC_TOKEN' }] });
  const again = (await client(on.gsuite).all()).nextSyncToken;
  on.gsuite.expireSyncTokens();
  expect(errorOf(await client(on.gsuite).list({ syncToken: again })).details).toMatchObject([{ reason: 'EXPIRED_SYNC_TOKEN' }]);
  const fresh = (await client(on.gsuite).all()).nextSyncToken;
  expect((await client(on.gsuite).list({ syncToken: fresh })).status).toBe(200);
});

test('later pages and syncs must ask as the first call did', async () => {
  const api = client(on.gsuite);
  const first = await api.list({ pageSize: '100' });
  const pageToken = String(first.body.nextPageToken);
  expect((await api.list({ pageSize: '50', pageToken })).status).toBe(400);
  expect((await api.list({ pageSize: '100', personFields: 'names,metadata', pageToken })).status).toBe(400);
  expect((await api.list({ pageSize: '100', pageToken })).status).toBe(200);
  const { nextSyncToken } = await api.all();
  expect((await api.list({ syncToken: nextSyncToken, personFields: 'names' })).status).toBe(400);
  expect((await api.list({ syncToken: nextSyncToken, sources: 'READ_SOURCE_TYPE_CONTACT' })).status).toBe(400);
});

test('someone edited while the pages are read is seen as they became', async () => {
  const api = client(on.gsuite);
  const first = await api.list({ pageSize: '200' });
  const name = String(items(first.body.connections)[0]?.resourceName);
  on.gsuite.people().edit(name, { nicknames: [{ value: 'Mid' }] });
  const rest = await api.list({ pageSize: '200', pageToken: String(first.body.nextPageToken) });
  expect(items(rest.body.connections).at(-1)?.resourceName).toBe(name);
});

test('lists lag behind writes by the delay, and sync tokens with them', async () => {
  const api = client(on.gsuite);
  const before = await api.all();
  on.gsuite.propagate({ lists: 300_000 });
  const created = await api.create({ names: [{ givenName: 'Late' }] });
  const name = String(created.body.resourceName);
  expect((await api.get(name)).status).toBe(200);
  const during = await api.all({ syncToken: before.nextSyncToken });
  expect(during.people).toEqual([]);
  expect((await api.all()).people).toHaveLength(250);
  on.clock.turn(300_000);
  expect((await api.all({ syncToken: during.nextSyncToken })).people.map((one) => one.resourceName)).toEqual([name]);
});

test('gets may lag behind too and show the values of before', async () => {
  const api = client(on.gsuite);
  const name = String((await api.all()).people[0]?.resourceName);
  const before = await api.get(name);
  on.gsuite.propagate({ gets: 60_000 });
  on.gsuite.people().edit(name, { names: [{ givenName: 'Newer' }] });
  expect((await api.get(name)).body).toEqual(before.body);
  on.clock.turn(60_000);
  expect(items((await api.get(name)).body.names)[0]?.displayName).toBe('Newer');
});

test('a changed resource name comes with the former ones, and the old one still leads there', async () => {
  const api = client(on.gsuite);
  const { people, nextSyncToken } = await api.all();
  const old = String(people[3]?.resourceName);
  const renamed = on.gsuite.people().rename(old);
  const { people: changed } = await api.all({ syncToken: nextSyncToken });
  expect(changed).toHaveLength(1);
  expect(changed[0]).toMatchObject({ resourceName: renamed, metadata: { previousResourceNames: [old] } });
  const got = await api.call('GET', '/v1/people:batchGet', { personFields: 'metadata', resourceNames: [old, 'people/c1'] });
  expect(got.body.responses).toMatchObject([
    { httpStatusCode: 200, requestedResourceName: old, person: { resourceName: renamed } },
    { httpStatusCode: 404, requestedResourceName: 'people/c1', status: { code: 5 } },
  ]);
});

test('a profile mixes in unless only contacts are asked for', async () => {
  const people = on.gsuite.people();
  const name = people.add({ emailAddresses: [{ value: 'own@example.com' }] });
  people.profile(name, { emailAddresses: [{ value: 'profile@example.com' }], names: [{ givenName: 'Profile' }] });
  const api = client(on.gsuite);
  const both = await api.get(name);
  expect(items(both.body.emailAddresses).map((one) => object(object(one.metadata).source).type)).toEqual(['CONTACT', 'PROFILE']);
  const own = await api.get(name, { sources: 'READ_SOURCE_TYPE_CONTACT' });
  expect(items(own.body.emailAddresses).map((one) => one.value)).toEqual(['own@example.com']);
  expect(own.body.names).toBeUndefined();
});

test('lists show a hundred e-mail addresses at most, a get shows all', async () => {
  const emailAddresses = Array.from({ length: 120 }, (_, i) => ({ value: `a${i}@example.com` }));
  const name = on.gsuite.people().add({ emailAddresses });
  const { people } = await client(on.gsuite).all();
  expect(items(people.find((one) => one.resourceName === name)?.emailAddresses)).toHaveLength(100);
  expect(items((await client(on.gsuite).get(name)).body.emailAddresses)).toHaveLength(120);
});

test('raw people can be loaded, with their names and what their profiles added', async () => {
  const source = (type: string) => ({ metadata: { source: { type, id: '1' } } });
  const raw = {
    resourceName: 'people/c123',
    etag: '%x',
    names: [{ ...source('CONTACT'), givenName: 'Ada', familyName: 'Lovelace' }],
    urls: [{ ...source('PROFILE'), value: 'https://p.example' }],
  };
  on.gsuite.people().load([raw]);
  const got = await client(on.gsuite).get('people/c123', { personFields: 'names,urls' });
  expect(items(got.body.names)[0]).toMatchObject({ displayName: 'Ada Lovelace', displayNameLastFirst: 'Lovelace, Ada' });
  expect(items(got.body.urls)[0]).toMatchObject({ metadata: { source: { type: 'PROFILE' } } });
});

test('people may be listed by name', async () => {
  const { people } = await client(on.gsuite).all({ sortOrder: 'LAST_NAME_ASCENDING', pageSize: '100' });
  const names = people.map((one) =>
    String(items(one.names).find((name) => object(object(name.metadata).source).type === 'CONTACT')?.familyName ?? ''),
  );
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
  expect(names).toHaveLength(250);
});

test('the ninety-first critical read of a minute is refused in Google’s words', async () => {
  on.gsuite.setQuotas(GOOGLE_QUOTAS);
  const api = client(on.gsuite);
  const name = String((await api.list()).body.connections && items((await api.list()).body.connections)[0]?.resourceName);
  for (let i = 2; i < 90; i++) expect((await api.get(name)).status).toBe(200);
  const refused = await api.get(name);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBeNull();
  expect(JSON.stringify(refused.body)).toContain('CriticalReadsPerMinutePerProjectPerUser');
  on.clock.turn(60_000);
  expect((await api.get(name)).status).toBe(200);
});

/** Runs with an emulator that keeps no traffic: for requests no client of ours may ever send. */
async function off(work: (quiet: Emulators) => Promise<void>): Promise<void> {
  const quiet = await startEmulators({ traffic: null });
  try {
    await work(quiet);
  } finally {
    await quiet.close();
  }
}
