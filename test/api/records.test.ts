/** Records over HTTP: versions, paging, and every wrong thing told. */
import { beforeEach, describe, expect, test } from 'vitest';
import { customFieldRoutes } from '#api/custom-fields.ts';
import { recordRoutes } from '#api/records.ts';
import { searchRoutes } from '#api/search.ts';
import { mergeRoutes, timelineRoutes } from '#api/timeline.ts';
import { openCrm } from '#crm/crm.ts';
import { PERMISSIONS, ROLES } from '#hub/permissions.ts';
import { testDatabase } from '#test/database.ts';
import { asFull, sending, serve } from './harness.ts';

const database = await testDatabase();
const crm = openCrm({ store: database.store, now: Date.now });
let workspace = await database.workspace();
const far = await database.workspace();
const { url } = await serve(
  [...recordRoutes(crm), ...searchRoutes(crm), ...timelineRoutes(crm), ...mergeRoutes(crm), ...customFieldRoutes(crm)],
  async (key) => {
    if (key === 'full') return { workspace, by: 'key 1', permissions: new Set(PERMISSIONS) };
    if (key === 'reader') return { workspace, by: 'key 2', permissions: new Set(ROLES.reader) };
    return key === 'far' ? { workspace: far, by: 'key 3', permissions: new Set(PERMISSIONS) } : undefined;
  },
);

beforeEach(async () => {
  workspace = await database.workspace();
});

/** What the tests look at in an answer: records, hits, entries and problems have their names apart. */
interface Thing {
  id: string;
  name: string;
  version: number;
  fields: { [field: string]: unknown };
  record: { name: string };
  exact: boolean;
  is: string;
  action?: string;
}

interface Reply {
  status: number;
  etag: string | null;
  body: Thing & { items: Thing[]; next: string | null; detail: string; problems: { path: string }[] };
}

async function ask(path: string, init: RequestInit = { headers: asFull }): Promise<Reply> {
  const response = await fetch(url + path, init);
  const text = await response.text();
  return { status: response.status, etag: response.headers.get('etag'), body: text === '' ? null : JSON.parse(text) };
}

const add = async (object: string, fields: object): Promise<string> =>
  (await ask('/api/records', sending({ object, fields }))).body.id;
const at = (version: number) => ({ 'if-match': `"${version}"` });

test('a record is made, read, patched, replaced and erased, each on the version that was seen', async () => {
  const made = await fetch(`${url}/api/records`, sending({ object: 'contact', fields: { givenName: 'Ada' } }));
  expect([made.status, made.headers.get('etag')]).toEqual([201, '"1"']);
  const path = made.headers.get('location')!;
  expect((await ask(path)).body).toMatchObject({ object: 'contact', name: 'Ada', version: 1, fields: { givenName: 'Ada' } });
  const patched = await ask(path, sending({ fields: { familyName: 'Lovelace' } }, 'PATCH', at(1)));
  expect([patched.status, patched.etag, patched.body.name]).toEqual([200, '"2"', 'Ada Lovelace']);
  expect((await ask(path, sending({ fields: { givenName: 'Augusta' } }, 'PUT', at(2)))).body.fields).toEqual({
    givenName: 'Augusta',
  });
  expect(await ask(path, { method: 'DELETE', headers: { ...asFull, ...at(3) } })).toMatchObject({ status: 204, body: null });
  expect((await ask(path)).status).toBe(404);
});

test.each(['PATCH', 'PUT', 'DELETE'])(
  '%s without If-Match is 428, on an old version 412 with the current one, on nonsense 412',
  async (method) => {
    const path = `/api/records/${await add('contact', { givenName: 'Ada' })}`;
    await ask(path, sending({ fields: { notes: 'x' } }, 'PATCH', at(1)));
    const body = { fields: { notes: 'y' } };
    expect((await ask(path, sending(body, method))).status).toBe(428);
    const stale = await ask(path, sending(body, method, at(1)));
    expect([stale.status, stale.body.detail]).toEqual([412, expect.stringContaining('at version 2')]);
    expect((await ask(path, sending(body, method, { 'if-match': '"x"' }))).status).toBe(412);
    expect((await ask(path)).body.fields.notes).toBe('x');
  },
);

test('everything wrong in a body is listed with its place', async () => {
  const { status, body } = await ask(
    '/api/records',
    sending({ object: 'contact', fields: { birthday: '2001-02-30', emails: 3, nope: 1 } }),
  );
  expect(status).toBe(422);
  expect(body.problems.map((problem) => problem.path).sort()).toEqual(['birthday', 'emails', 'nope']);
  for (const wrong of [
    {},
    { object: 'contact' },
    { object: 1, fields: {} },
    { object: 'contact', fields: [] },
    { object: 'contact', fields: {}, more: 1 },
    { object: 'x', fields: {} },
  ]) {
    expect((await ask('/api/records', sending(wrong))).status, JSON.stringify(wrong)).toBe(422);
  }
});

test('another workspace sees nothing, and whoever may only read changes nothing', async () => {
  const path = `/api/records/${await add('contact', { givenName: 'Ada' })}`;
  const asFar = { authorization: 'Bearer far', ...at(1) };
  for (const method of ['GET', 'DELETE']) expect((await ask(path, { method, headers: asFar })).status).toBe(404);
  for (const way of ['', '/timeline']) expect((await ask(path + way, { headers: asFar })).status).toBe(404);
  expect((await ask('/api/search?q=ada', { headers: asFar })).body.items).toEqual([]);
  const asReader = { authorization: 'Bearer reader', ...at(1) };
  expect((await ask(path, { headers: asReader })).status).toBe(200);
  for (const way of ['/archive', '/restore'])
    expect((await ask(path + way, { method: 'POST', headers: asReader })).status).toBe(403);
  expect((await ask(path, { method: 'DELETE', headers: asReader })).status).toBe(403);
});

test('lists are paged to their end, archived records apart', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await add('note', { text: `n${n}` }));
  await ask(`/api/records/${ids[2]}/archive`, { method: 'POST', headers: asFull });
  const seen: string[] = [];
  for (let path = '/api/records?object=note&limit=3'; ; ) {
    const { body } = await ask(path);
    seen.push(...body.items.map((record) => record.id));
    if (body.next === null) break;
    path = `/api/records?object=note&limit=3&after=${body.next}`;
  }
  expect(seen).toEqual(ids.filter((id) => id !== ids[2]));
  expect((await ask('/api/records?object=note&archived=true')).body.items).toHaveLength(1);
  expect((await ask(`/api/records/${ids[2]}/restore`, { method: 'POST', headers: { ...asFull, ...at(2) } })).body.version).toBe(
    3,
  );
  for (const wrong of ['', '?object=spaceship', '?object=note&limit=0', '?object=note&after=x', '?object=note&nope=1']) {
    expect((await ask(`/api/records${wrong}`)).status, wrong).toBe(422);
  }
});

describe('finding', () => {
  test('by words and by key', async () => {
    const id = await add('contact', {
      givenName: 'Ada',
      emails: [{ value: 'ada@a.example' }],
      phones: [{ value: '+442079460958' }],
    });
    await add('company', { name: 'Adamant' });
    const { body } = await ask('/api/search?q=ada');
    expect(body.items.map((hit) => [hit.record.name, hit.exact])).toEqual([
      ['Ada', true],
      ['Adamant', false],
    ]);
    expect((await ask('/api/search?q=ada&object=company,lead')).body.items).toHaveLength(1);
    for (const key of ['kind=email&value=ADA@a.example', 'kind=phone&value=%2B44%2020%207946%200958']) {
      expect((await ask(`/api/matches?object=contact&${key}`)).body.items.map((record) => record.id)).toEqual([id]);
    }
    expect((await ask('/api/matches?object=contact&kind=phone&value=desk')).body.items).toEqual([]);
    for (const wrong of [
      '/api/search',
      '/api/search?q=!',
      '/api/search?q=a&object=x',
      '/api/matches?object=contact&kind=x&value=y',
    ]) {
      expect((await ask(wrong)).status, wrong).toBe(422);
    }
  });

  test('what happened, page by page', async () => {
    const id = await add('contact', { givenName: 'Ada' });
    await add('call', { contact: id, direction: 'inbound', from: '+442079460958' });
    await ask(`/api/records/${id}`, sending({ fields: { notes: 'x' } }, 'PATCH', at(1)));
    const first = (await ask(`/api/records/${id}/timeline?limit=2`)).body;
    const rest = (await ask(`/api/records/${id}/timeline?limit=2&after=${first.next}`)).body;
    const told = [...first.items, ...rest.items].map((entry) => entry.action ?? entry.is);
    expect(told.sort()).toEqual(['create', 'happening', 'update']);
    expect(rest.next).toBeNull();
  });
});

test('two records are merged on the survivor’s version', async () => {
  const [survivor, loser] = [await add('contact', { givenName: 'Ada' }), await add('contact', { familyName: 'Lovelace' })];
  const path = `/api/records/${survivor}/merge`;
  expect((await ask(path, sending({ loser }))).status).toBe(428);
  expect((await ask(path, sending({ loser: survivor }, 'POST', at(1)))).status).toBe(422);
  expect((await ask(path, sending({ loser, choices: { notes: 'both' } }, 'POST', at(1)))).status).toBe(422);
  const merged = await ask(path, sending({ loser, loserVersion: 1 }, 'POST', at(1)));
  expect([merged.status, merged.etag, merged.body.name]).toEqual([200, '"2"', 'Ada Lovelace']);
  expect((await ask(`/api/records/${loser}`)).body).toMatchObject({ mergedInto: survivor });
  expect((await ask(path, sending({ loser }, 'POST', at(2)))).status).toBe(409);
});

test('custom fields are added, changed, archived, and listed with their object', async () => {
  const formula = 'record.amount * 0.1';
  const field = { object: 'opportunity', name: 'commission', title: 'Commission', kind: 'money', formula };
  const made = await ask('/api/custom-fields', sending(field));
  expect([made.status, made.body]).toEqual([201, { ...field, archived: null, pending: false }]);
  expect((await ask('/api/custom-fields', sending(field))).status).toBe(409);
  expect((await ask('/api/custom-fields', sending({ ...field, name: 'x', formula: 'record.' }))).status).toBe(422);
  const path = '/api/custom-fields/opportunity/commission';
  expect((await ask(path, sending({ title: 'Cut', archived: true }, 'PATCH'))).body).toMatchObject({
    title: 'Cut',
    archived: expect.any(String),
  });
  expect((await ask(path)).body).toMatchObject({ title: 'Cut' });
  expect((await ask('/api/custom-fields?object=contact')).body.items).toEqual([]);
  expect((await ask('/api/custom-fields/contact/commission')).status).toBe(404);
  const { body } = await ask('/api/objects');
  const opportunity = body.items.find((object) => object.name === 'opportunity');
  expect(opportunity).toMatchObject({ title: 'Opportunity', custom: ['commission'] });
  expect(opportunity?.fields.commission).toMatchObject({ kind: 'money', readOnly: true });
});
