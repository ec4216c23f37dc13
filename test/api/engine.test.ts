import { beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '#api/entry.ts';
import { explainRoutes } from '#api/explain.ts';
import { heldRoutes } from '#api/held.ts';
import { mappingRoutes } from '#api/mappings.ts';
import { planRoutes } from '#api/plans.ts';
import { runRoutes } from '#api/runs.ts';
import { sourceRoutes } from '#api/sources.ts';
import { syncRoutes } from '#api/syncs.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import type { Tx } from '#store/database.ts';
import { openHeld } from '#store/held.ts';
import { beginRun, endRun, noteRun } from '#store/runs.ts';
import { openWorld, type World } from '#test/sync/world.ts';
import { serve } from './harness.ts';

const ABSENT = '01890000-0000-7000-8000-000000000000';
let world: World;
let url = '';

beforeAll(async () => {
  world = await openWorld();
  countCalls(world);
  const stranger = await world.database.workspace('Another firm');
  const caller = (workspace: number, role: Role): Caller => ({ workspace, by: role, permissions: new Set(ROLES[role]) });
  const callers: { [key: string]: Caller } = {
    admin: caller(world.workspace, 'admin'),
    editor: caller(world.workspace, 'editor'),
    reader: caller(world.workspace, 'reader'),
    stranger: caller(stranger, 'admin'),
  };
  const { engine } = world;
  const parts = [syncRoutes, planRoutes, runRoutes, heldRoutes, mappingRoutes, sourceRoutes, explainRoutes];
  const served = await serve(
    parts.flatMap((routes) => routes(engine)),
    async (key) => callers[key],
  );
  url = served.url;
});

/** The service's reads as calls through the context, as a connector makes them. */
function countCalls({ service }: World): void {
  const { pull } = service.stream;
  service.stream.pull = async function* (ctx, since) {
    await ctx.call({ name: 'list', group: 'reads' }, async () => undefined);
    yield* pull!(ctx, since);
  };
}

interface Told {
  status: number;
  body: Awaited<ReturnType<Response['json']>>;
  headers: Headers;
}

async function ask(method: string, path: string, body?: unknown, headers: { [name: string]: string } = {}): Promise<Told> {
  const sent = new Headers({ ...as('admin'), ...headers });
  if (body !== undefined) sent.set('content-type', 'application/json');
  const answer = await fetch(url + path, {
    method,
    headers: sent,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text), headers: answer.headers };
}

const get = (path: string) => ask('GET', path);
const as = (key: string) => ({ authorization: `Bearer ${key}` });

/** The events of a run from now to its end. */
async function eventsOf(run: number): Promise<{ event: string; data: { [name: string]: unknown } }[]> {
  const answer = await fetch(`${url}/api/runs/${run}/events`, { headers: as('admin') });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  return [...(await answer.text()).matchAll(/event: (.*)\ndata: (.*)\n/g)].map(([, event, data]) => ({
    event: event!,
    data: JSON.parse(data!),
  }));
}

/** Executes a plan and works until nothing is due. */
async function execute(plan: number): Promise<number> {
  const begun = await ask('POST', `/api/plans/${plan}/execute`);
  expect(begun.status).toBe(202);
  expect(begun.headers.get('location')).toBe(`/api/runs/${begun.body.run}`);
  await world.engine.drain(world.workspace, world.sync, 'test');
  return begun.body.run;
}

const rowOf = (givenName: string) => world.service.living().find((row) => row.fields.givenName === givenName)!.id;
const recordOf = async (givenName: string) => (await world.contacts()).find((c) => c.fields.givenName === givenName)!;

describe('the story of a sync', () => {
  let imported: number;

  test('waits for its first preview and says so', async () => {
    const { service, sync } = world;
    service.pageSize = 2;
    for (const name of ['Ada', 'Bob', 'Cy', 'Dee'])
      service.add({ givenName: name, familyName: 'Lace', emails: [{ value: `${name}@example.com` }], jobTitle: 'Clerk' });
    await world.contact({ givenName: 'Bob', familyName: 'Lace', emails: [{ value: 'bob@example.com' }], notes: 'ours' });
    await world.contact({ givenName: 'Eve', familyName: 'Only', emails: [{ value: 'eve@example.com' }] });
    const { items } = (await get('/api/syncs')).body;
    expect(items).toMatchObject([{ id: sync, stream: 'memory.people', state: 'waiting', moved: null, succeeded: null }]);
    expect(items[0]).not.toHaveProperty('cursor');
    expect((await get(`/api/rows/memory.people/${rowOf('Ada')}/why`)).body.items).toMatchObject([{ reason: 'sync waiting' }]);
    for (const act of ['request', 'sweep'])
      expect(await ask('POST', `/api/syncs/${sync}/${act}`, {})).toMatchObject({
        status: 409,
        body: { type: 'urn:switchboard:problem:conflict', advice: expect.stringContaining('preview') },
      });
  });

  test('is previewed: its run tells the progress, the plan what would happen, with what creations would hold', async () => {
    const begun = await ask('POST', `/api/syncs/${world.sync}/preview`);
    expect([begun.status, begun.headers.get('location')]).toEqual([202, `/api/plans/${begun.body.plan}`]);
    const events = await eventsOf(begun.body.run);
    expect(events.at(-1)).toMatchObject({
      event: 'end',
      data: { state: 'done', kind: 'preview', handled: 4, calls: 1, left: 0 },
    });
    const plan = `/api/plans/${begun.body.plan}`;
    expect((await get(plan)).body).toMatchObject({
      state: 'ready',
      counts: { read: 4, create: 3, link: 1, 'create there': 1 },
      outcomes: { 'not reached': 5 },
    });
    const created: unknown[] = [];
    for (let after = -1; ; ) {
      const { body } = await get(`${plan}/items?decision=create&limit=2&after=${after}`);
      created.push(...body.items);
      if (body.next === null) break;
      after = body.next;
    }
    expect(created).toHaveLength(3);
    expect(created[0]).toMatchObject({
      row: rowOf('Ada'),
      outcome: null,
      item: { name: 'Ada Lace', fields: { givenName: 'Ada', jobTitle: 'Clerk', emails: [{ value: 'Ada@example.com' }] } },
    });
    const [toBeTold] = (await get(`${plan}/items?decision=create%20there`)).body.items;
    expect(toBeTold).toMatchObject({ row: null, reason: 'owed', item: { fields: { givenName: 'Eve' } } });
    expect((await world.contacts()).length).toBe(2);
  });

  test('is executed as shown, once', async () => {
    const [{ id: plan }] = (await get('/api/plans?limit=1')).body.items;
    imported = await execute(plan);
    expect(await ask('POST', `/api/plans/${plan}/execute`)).toMatchObject({ status: 409, body: { advice: expect.any(String) } });
    const { body } = await get(`/api/runs/${imported}`);
    expect(body).toMatchObject({ kind: 'execute', state: 'done', total: 4, handled: 4, left: 0, by: 'admin' });
    expect(body.counts).toMatchObject({ read: 4, create: 3, 'told new': 1, told: 1 });
    expect(body.rate).toBeGreaterThan(0);
    expect((await get(`/api/plans/${plan}`)).body).toMatchObject({ state: 'done', outcomes: { 'as planned': 5 } });
    // Its pages are dropped with the execution: the records themselves tell now.
    const [item] = (await get(`/api/plans/${plan}/items?decision=create`)).body.items;
    expect(item.outcome).toBe('as planned');
    expect(item.item).not.toHaveProperty('fields');
    expect((await world.contacts()).find((c) => c.id === item.record)?.name).toBe('Ada Lace');
    expect((await eventsOf(imported)).map(({ event }) => event)).toEqual(['end']);
  });

  test('shows the evidence of what it achieved', async () => {
    const { body } = await get(`/api/syncs/${world.sync}`);
    expect(body).toMatchObject({ state: 'on', links: { live: 5 }, intents: {}, held: {}, problem: null, connectionPaused: null });
    expect(Date.parse(body.moved)).not.toBeNaN();
    expect(Date.parse(body.succeeded)).not.toBeNaN();
    const listed = (await get(`/api/runs?sync=${world.sync}&limit=1`)).body;
    expect(listed.items[0].id).toBe(imported);
    expect((await get(`/api/runs?before=${listed.next}`)).body).toMatchObject({ items: [{ kind: 'preview' }], next: null });
  });

  test('explains a value, and why something is or is not in step', async () => {
    world.service.edit(rowOf('Ada'), { familyName: 'King' });
    expect((await ask('POST', `/api/syncs/${world.sync}/request`, { full: false })).status).toBe(202);
    await world.run();
    const { id } = await recordOf('Ada');
    expect((await get(`/api/records/${id}/explain?field=familyName`)).body).toMatchObject({
      value: 'King',
      source: { stream: 'memory.people', why: 'theirs changed', replaced: 'Lace', mappingVersion: 1 },
      elsewhere: [{ row: rowOf('Ada'), value: 'King', why: 'in step' }],
    });
    expect((await get(`/api/records/${id}/why`)).body.items).toMatchObject([{ reason: 'in step', says: expect.any(String) }]);
    expect((await get('/api/rows/other.things/x/why')).body.items).toMatchObject([{ sync: null, reason: 'not mapped' }]);
    expect((await get('/api/reasons')).body.items).toContainEqual({ reason: 'unsure', says: expect.any(String) });
    const unknown = await get(`/api/records/${id}/explain?field=shoeSize`);
    expect([unknown.status, unknown.body.advice]).toEqual([404, expect.stringContaining('familyName')]);
  });

  test('is told which connection alone may overwrite a field', async () => {
    const { connection } = (await get(`/api/syncs/${world.sync}`)).body;
    const path = '/api/sources/contact/familyName';
    expect((await ask('PUT', path, { connection }, as('editor'))).status).toBe(403);
    const set = await ask('PUT', path, { connection });
    const source = { object: 'contact', field: 'familyName', connection, set: expect.any(String), by: 'admin' };
    expect([set.status, set.body]).toEqual([200, source]);
    expect((await get('/api/sources?object=contact')).body).toEqual({ items: [source] });
    expect((await ask('GET', '/api/sources', undefined, as('stranger'))).body).toEqual({ items: [] });
    const { id } = await recordOf('Ada');
    expect((await get(`/api/records/${id}/explain?field=familyName`)).body.onlyFrom).toBe(connection);
    const wrong = await ask('PUT', path, { connection: 999 });
    expect([wrong.status, wrong.body.detail]).toEqual([422, expect.stringContaining('connection 999')]);
    expect((await ask('PUT', '/api/sources/contact/shoeSize', { connection })).status).toBe(404);
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('DELETE', path)).status).toBe(404);
  });

  test('asks a person, and takes the answers the question allows', async () => {
    world.service.edit(rowOf('Ada'), { jobTitle: 'Analyst' });
    await world.change((await recordOf('Ada')).id, { jobTitle: 'Programmer' });
    await world.run();
    const { items } = (await get(`/api/held?sync=${world.sync}`)).body;
    expect(items).toMatchObject([{ kind: 'conflict', field: 'jobTitle', answers: ['crm', 'theirs', 'value', 'leave'] }]);
    const path = `/api/held/${items[0].id}`;
    expect((await get(path)).body.question).toMatchObject({ ours: 'Programmer', theirs: 'Analyst' });
    const wrong = [{ is: 'new' }, { is: 'value', value: 7 }, { is: 'value' }, { is: 'perhaps' }, { is: 'same', record: 'x' }];
    for (const answer of wrong) expect((await ask('POST', `${path}/answer`, answer)).status).toBe(422);
    const answered = await ask('POST', `${path}/answer`, { is: 'value', value: 'Countess' }, as('editor'));
    expect(answered.body).toMatchObject({ by: 'editor', answer: { is: 'value', value: 'Countess' }, answers: [] });
    expect((await ask('POST', `${path}/answer`, { is: 'leave' })).status).toBe(409);
    await world.run();
    expect(world.service.get(rowOf('Ada'))?.jobTitle).toBe('Countess');
    expect((await get('/api/held')).body).toEqual({ items: [], next: null });
    expect((await get('/api/held?open=false')).body.items).toHaveLength(1);
  });

  test('is swept: how the pairs stand, now and in the evidence', async () => {
    const path = `/api/syncs/${world.sync}`;
    expect((await get(path)).body).toMatchObject({ swept: '', drift: null });
    const swept = await ask('POST', `${path}/sweep`, { most: 2 });
    expect(swept).toMatchObject({ status: 200, body: { looked: 2, equal: 2, changed: 0, drift: 0 } });
    expect((await get(path)).body).toMatchObject({ swept: world.service.living()[1]!.id, drift: swept.body });
    world.service.edit(rowOf('Dee'), { jobTitle: 'News' });
    expect((await ask('POST', `${path}/sweep`, {})).body).toMatchObject({ looked: 3, equal: 2, changed: 1 });
    for (const most of [0, 1_001, 'all']) expect((await ask('POST', `${path}/sweep`, { most })).status).toBe(422);
    await world.run();
  });

  test('a tie is cut and mended', async () => {
    const row = rowOf('Cy');
    const path = `/api/syncs/${world.sync}`;
    expect((await ask('DELETE', `${path}/links/${row}`)).status).toBe(204);
    expect((await get(`/api/rows/memory.people/${row}/why`)).body.items).toMatchObject([{ reason: 'severed' }]);
    expect((await ask('DELETE', `${path}/links/people%2Fnobody`)).body.detail).toContain('people/nobody');
    expect((await ask('POST', `${path}/mend`, { rows: [row, 'nobody'] })).body).toEqual({ mended: 1 });
    await world.run();
    world.turn(60_000);
    await world.run();
    expect((await get(`/api/rows/memory.people/${row}/why`)).body.items).toMatchObject([{ reason: 'in step' }]);
    expect(world.service.living()).toHaveLength(5);
  });

  test('is paused with a reason, and resumed', async () => {
    const path = `/api/syncs/${world.sync}`;
    expect((await ask('POST', `${path}/pause`, { reason: 'spring cleaning' })).body).toMatchObject({ state: 'paused' });
    expect((await ask('POST', `${path}/request`, {})).body.detail).toContain('spring cleaning');
    await world.change((await recordOf('Dee')).id, { notes: 'written in the pause' });
    await world.run();
    expect(world.service.get(rowOf('Dee'))?.note).toBeUndefined();
    expect((await ask('POST', `${path}/resume`)).body).toMatchObject({ state: 'on', reason: null });
    await world.run();
    expect(world.service.get(rowOf('Dee'))?.note).toBe('written in the pause');
  });

  test('a run is undone by a plan', async () => {
    const begun = await ask('POST', `/api/runs/${imported}/undo`);
    expect(begun.status).toBe(202);
    expect((await eventsOf(begun.body.run)).at(-1)).toMatchObject({ event: 'end', data: { state: 'done' } });
    expect((await get(`/api/plans/${begun.body.plan}`)).body).toMatchObject({ kind: 'undo', state: 'ready', run: imported });
    const undoing = await execute(begun.body.plan);
    const { body } = await get(`/api/runs/${undoing}`);
    expect(body).toMatchObject({ kind: 'undo', state: 'done', left: 0 });
    expect(body.handled).toBe(body.total);
    expect((await get(`/api/runs/${imported}`)).body.undoneBy).toBe(undoing);
    expect((await get(`/api/syncs/${world.sync}`)).body).toMatchObject({
      state: 'paused',
      reason: expect.stringContaining('undone'),
    });
    expect((await ask('POST', `/api/runs/${imported}/undo`)).status).toBe(409);
  });
});

describe('a mapping', () => {
  let path: string;
  beforeAll(async () => {
    path = `/api/mappings/${(await get('/api/mappings')).body.items[0].id}`;
    await ask('POST', `/api/syncs/${world.sync}/resume`);
    await world.run();
  });

  test('is shown with its versions and exported', async () => {
    const shown = await get(path);
    expect(shown.headers.get('etag')).toBe('"1"');
    expect(shown.body).toMatchObject({
      stream: 'memory.people',
      object: 'contact',
      versions: [{ version: 1, note: 'as shipped' }],
    });
    expect((await get(`${path}/export`)).body).toEqual(shown.body.versions[0].body);
    expect((await get(`${path}/versions/1`)).body).toEqual(shown.body.versions[0]);
    expect((await get(`${path}/versions/9`)).body).toMatchObject({ status: 404, advice: 'Its versions go from 1 to 1.' });
  });

  test('is checked without being saved: all findings at once', async () => {
    const body = (await get(`${path}/export`)).body;
    expect((await ask('POST', `${path}/check`, body)).body).toMatchObject({ ok: true });
    const fields = [...body.fields, { crm: 'nope', theirs: 'note' }, { crm: 'notes', theirs: '= row.' }];
    const told = (await ask('POST', `${path}/check`, { ...body, fields })).body;
    expect(told.ok).toBe(false);
    const paths = told.findings.map((finding: { path: string }) => finding.path);
    expect(paths).toEqual(expect.arrayContaining(['fields/5/crm', 'fields/6/theirs']));
    expect((await ask('POST', `${path}/check`, { ...body, to: 'lead' })).body.findings).toMatchObject([
      { path: 'to', found: 'lead' },
    ]);
    expect((await ask('POST', `${path}/check`, { nonsense: true })).body.ok).toBe(false);
    expect((await ask('POST', `${path}/check`, [])).status).toBe(422);
  });

  test('shows its impact, then is saved on the version it was edited on, and re-maps', async () => {
    const body = (await get(`${path}/export`)).body;
    const edited = { ...body, fields: [...body.fields, { crm: 'nickname', theirs: '= row.givenName + "!"', way: 'in' }] };
    const shown = await ask('POST', `${path}/impact`, edited);
    expect(shown.status).toBe(202);
    const [{ plan, run, sync }] = shown.body.plans;
    expect(sync).toBe(world.sync);
    await eventsOf(run);
    const items = (await get(`/api/plans/${plan}/items?decision=update`)).body.items;
    expect(items[0].item.changes.nickname).toMatchObject({ to: expect.stringContaining('!') });
    expect((await ask('POST', `/api/plans/${plan}/execute`)).body.advice).toContain('Save the mapping');

    expect((await ask('PUT', path, edited)).status).toBe(428);
    expect((await ask('PUT', path, edited, { 'if-match': '"2"' })).status).toBe(412);
    expect((await ask('PUT', path, edited, { 'if-match': '"x"' })).status).toBe(412);
    const broken = await ask('PUT', path, { ...edited, winner: 'loudest' }, { 'if-match': '"1"' });
    expect([broken.status, broken.body.problems[0].path]).toEqual([422, 'winner']);
    const saved = await ask('PUT', `${path}?note=names%20that%20shout`, edited, { 'if-match': '"1"' });
    expect(saved.body).toMatchObject({ version: 2, runs: [expect.any(Number)] });
    expect(saved.headers.get('etag')).toBe('"2"');
    await world.engine.drain(world.workspace, world.sync, 'test');
    const { body: remap } = await get(`/api/runs/${saved.body.runs[0]}`);
    expect(remap).toMatchObject({ kind: 'remap', state: 'done' });
    expect(remap.handled).toBe(remap.total);
    expect((await recordOf('Ada')).fields.nickname).toBe('Ada!');
    expect((await get(path)).body).toMatchObject({ version: 2, versions: [{ note: 'names that shout', by: 'admin' }, {}] });
    expect((await get(`/api/plans/${plan}`)).body.state).toBe('ended');
  });
});

describe('the events of a run', () => {
  const within = <T>(work: (tx: Tx) => Promise<T>) => world.database.store.workspace(world.workspace, work);
  const begin = () =>
    within((tx) => beginRun(tx, { sync: world.sync, kind: 'sync', by: 'test', at: new Date(world.now() - 10_000) }));

  test('come as it moves, with speed and time left, and end with it', async () => {
    const run = await begin();
    await within((tx) => noteRun(tx, run, { read: 100, calls: 3 }, 400));
    const reader = (await fetch(`${url}/api/runs/${run}/events`, { headers: as('reader') }))
      .body!.pipeThrough(new TextDecoderStream())
      .getReader();
    const first = (await reader.read()).value!;
    expect(first).toContain('event: progress');
    const data = JSON.parse(/data: (.*)/.exec(first)![1]!);
    expect(data).toMatchObject({ state: 'running', handled: 100, total: 400, calls: 3, problem: null });
    expect(data.rate).toBeGreaterThan(0);
    expect(data.left).toBeGreaterThan(0);
    await within((tx) => noteRun(tx, run, { read: 200, calls: 5 }, null));
    expect((await reader.read()).value).toMatch(/event: progress\ndata: .*"handled":200/);
    await within((tx) => endRun(tx, run, 'failed', new Date(world.now()), { message: 'no line' }));
    expect((await reader.read()).value).toMatch(/event: end\ndata: .*"message":"no line"/);
    expect((await reader.read()).done).toBe(true);
  });

  test('end with a run that found nothing to do and left no trace', async () => {
    const run = await begin();
    const reader = (await fetch(`${url}/api/runs/${run}/events`, { headers: as('reader') }))
      .body!.pipeThrough(new TextDecoderStream())
      .getReader();
    await reader.read();
    await within((tx) => tx.run('delete from runs where id = $1', [run]));
    expect((await reader.read()).value).toMatch(/event: end\ndata: .*"state":"done"/);
  });
});

describe('what is refused', () => {
  test('what is not there, or another firm’s, is 404', async () => {
    const own = world.sync;
    const mapping = (await get('/api/mappings')).body.items[0].id;
    const paths = ['/api/syncs/', '/api/plans/', '/api/runs/', '/api/held/', '/api/mappings/'];
    for (const path of paths)
      expect((await get(`${path}999999`)).body).toMatchObject({ status: 404, advice: expect.any(String) });
    for (const path of [`/api/syncs/${own}`, `/api/mappings/${mapping}`, '/api/plans/1', '/api/plans/1/items', '/api/runs/1'])
      expect((await ask('GET', path, undefined, as('stranger'))).status).toBe(404);
    expect((await ask('GET', '/api/syncs', undefined, as('stranger'))).body.items).toEqual([]);
    for (const path of ['/api/runs/999999/events', `/api/records/${ABSENT}/explain?field=name`, `/api/records/${ABSENT}/why`])
      expect((await get(path)).status).toBe(404);
    const posts: [string, unknown?][] = [
      ['/api/syncs/999999/preview'],
      ['/api/syncs/999999/request', {}],
      ['/api/syncs/999999/sweep', {}],
      ['/api/syncs/999999/pause', {}],
      ['/api/syncs/999999/resume'],
      ['/api/syncs/999999/mend', {}],
      ['/api/plans/999999/execute'],
      ['/api/runs/999999/undo'],
      ['/api/held/999999/answer', { is: 'leave' }],
      ['/api/mappings/999999/check', {}],
      ['/api/mappings/999999/impact', {}],
    ];
    for (const [path, body] of posts) expect([path, (await ask('POST', path, body)).status]).toEqual([path, 404]);
  });

  test('an id, a place or a body that can be none is 422', async () => {
    const wrong = [
      '/api/syncs/x',
      '/api/syncs/3000000000',
      '/api/plans/1.5',
      '/api/runs/0',
      '/api/runs?limit=9999',
      '/api/held?open=maybe',
    ];
    for (const path of [...wrong, '/api/records/x/why', '/api/plans/1/items?after=x']) expect((await get(path)).status).toBe(422);
    expect((await ask('POST', `/api/syncs/${world.sync}/request`, { full: 'yes' })).status).toBe(422);
    expect((await ask('POST', `/api/syncs/${world.sync}/pause`, { why: 'x' })).body.problems[0].path).toBe('body/why');
  });

  test('who may only read may not act', async () => {
    const mapping = (await get('/api/mappings')).body.items[0].id;
    const acts: [string, string, unknown?][] = [
      ['POST', `/api/syncs/${world.sync}/preview`],
      ['POST', `/api/syncs/${world.sync}/sweep`, {}],
      ['POST', `/api/syncs/${world.sync}/pause`, {}],
      ['DELETE', `/api/syncs/${world.sync}/links/p1`],
      ['POST', '/api/plans/1/execute'],
      ['POST', '/api/runs/1/undo'],
      ['POST', '/api/held/1/answer', { is: 'leave' }],
      ['PUT', `/api/mappings/${mapping}`, {}],
    ];
    for (const [method, path, body] of acts) expect((await ask(method, path, body, as('reader'))).status).toBe(403);
    expect((await ask('GET', '/api/syncs', undefined, as('reader'))).status).toBe(200);
  });

  test('a stranger is not said to be somebody who is not there, or something else', async () => {
    const flo = await world.contact({ givenName: 'Flo', familyName: 'Night', emails: [{ value: 'flo@example.com' }] });
    await world.run();
    world.service.add({ givenName: 'Flo', familyName: 'Night', note: 'twin', emails: [{ value: 'flo@example.com' }] });
    await world.run();
    const [{ id, row, answers }] = (await get('/api/held')).body.items;
    expect([world.service.get(row)?.note, answers]).toEqual(['twin', ['same', 'new', 'leave']]);
    const asked = { reason: 'duplicate', row, record: flo.id, detail: expect.stringContaining(`held question ${id}`) };
    expect((await get(`/api/records/${flo.id}/why`)).body.items).toMatchObject([{ reason: 'in step' }, asked]);
    expect((await get(`/api/rows/memory.people/${row}/why`)).body.items).toMatchObject([asked]);
    const company = await world.crm.add(world.who, 'company', { name: 'Engines' });
    for (const record of [ABSENT, company.id]) {
      const told = await ask('POST', `/api/held/${id}/answer`, { is: 'same', record });
      expect([told.status, told.body.problems[0].path]).toEqual([422, 'record']);
    }
    expect((await ask('POST', `/api/held/${id}/answer`, { is: 'new' })).status).toBe(200);
    await world.run();
    expect((await world.contacts()).filter(({ name }) => name === 'Flo Night')).toHaveLength(2);
  });

  test('a brake is released only by who may execute runs', async () => {
    const question = { brake: 'deletions here', found: 9, allowed: 5 };
    const brake = { subject: 'brake:deletions here', field: '', kind: 'brake', row: null, record: null, question };
    await world.database.store.workspace(world.workspace, (tx) => openHeld(tx, world.sync, [brake], new Date(world.now())));
    const [{ id, kind }] = (await get('/api/held')).body.items;
    expect(kind).toBe('brake');
    expect((await ask('POST', `/api/held/${id}/answer`, { is: 'go on' }, as('editor'))).status).toBe(403);
    expect((await ask('POST', `/api/held/${id}/answer`, { is: 'go on' })).status).toBe(200);
  });
});
