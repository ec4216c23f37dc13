/**
 * Every statement the store sends, explained as the role that sends it, under row-level security, over 300,000 rows of many firms:
 * none may read a large table from its beginning to its end.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Json } from '#kit/fields.ts';
import { listKeys } from '#store/api-keys.ts';
import { evidenceOf, listConnections } from '#store/connections.ts';
import { MAPPING, openWorld, type World } from '#test/sync/world.ts';
import { explainAll, listen, type Sent } from './sent.ts';

const ROWS = 300_000;
const FIRMS = 30;
let world: World;
let sent: Map<string, Sent>;

beforeAll(async () => {
  world = await openWorld();
  sent = listen();
  await live(world);
  vi.restoreAllMocks();
  await fill(world);
}, 120_000);

afterAll(() => vi.restoreAllMocks());

const body = (mapping: object): Json => JSON.parse(JSON.stringify(mapping)) as Json;
const person = (n: number) => ({
  givenName: `N${n}`,
  familyName: `F${n}`,
  emails: [{ value: `n${n}@example.com` }],
  jobTitle: 'x',
});

/** A firm's life: everything the engine, the CRM and the API ask of the store. */
async function live(world: World): Promise<void> {
  const { workspace, sync, engine, crm, service, who } = world;
  const done = async (begun: { plan: number; done: Promise<Error | null> }): Promise<void> => {
    expect(await begun.done).toBeNull();
    await engine.execute(workspace, begun.plan, 'person');
    await engine.drain(workspace, sync, 'person');
  };
  const rows = Array.from({ length: 8 }, (_, n) => service.add(person(n)));
  await world.contact({ ...person(50) });
  await world.contact({ ...person(1) });
  await world.begin();
  const records = await world.contacts();
  const of = (n: number) => records.find((r) => r.fields.givenName === `N${n}`)!;
  // Changes on both sides, a conflict and its answer, a duplicate, a rendering, a lost answer.
  service.edit(rows[0]!, { familyName: 'There', jobTitle: 'there' });
  await world.change(of(0).id, { jobTitle: 'here' });
  await world.change(of(2).id, { familyName: 'Here' });
  service.add(person(1));
  service.loseAnswers = 1;
  await world.contact(person(60));
  const { run } = await world.run();
  for (const question of await world.held())
    await engine.answer(workspace, question.id, question.kind === 'duplicate' ? { is: 'new' } : { is: 'crm' }, 'person');
  world.turn(60_000);
  await world.run(true);
  await done(await engine.undo(workspace, run!, 'person'));
  await engine.resume(workspace, sync);
  // Deletions, told and by absence; ties cut and mended.
  service.erase(rows[3]!);
  await world.run();
  service.rows.delete(rows[4]!);
  service.forgetCursors();
  await world.run();
  await world.run(true);
  await engine.sever(workspace, sync, rows[5]!);
  await engine.mend(workspace, sync, [rows[5]!]);
  world.turn(60_000);
  await world.run();
  // An edited mapping.
  const mapping = (await engine.look.mappings(workspace))[0]!;
  const edited = body({ ...MAPPING, fields: MAPPING.fields.slice(0, -1) });
  await engine.checkMapping(workspace, mapping.id, edited);
  for (const impact of await engine.impactOfMapping(workspace, mapping.id, edited, 'person')) await impact.done;
  await engine.saveMapping(workspace, mapping.id, mapping.version, edited, 'person', 'shorter');
  await engine.drain(workspace, sync, 'person');
  const preview = await engine.preview(workspace, sync, 'person');
  await preview.done;
  await readAll(world, preview.plan, run!, of(0).id, rows[0]!);
  // People at work.
  const [a, b, c] = [await world.contact(person(70)), await world.contact(person(71)), await world.contact(person(72))];
  await crm.merge(who, { survivor: a.id, expected: a.version, loser: b.id, choices: {} });
  await crm.archiveOne(who, c.id, null);
  const restored = await crm.restoreOne(who, c.id, null);
  await crm.eraseOne(who, c.id, restored.version);
  await crm.addCustomField(who, {
    object: 'contact',
    name: 'initials',
    title: 'Initials',
    kind: 'text',
    formula: 'record.givenName',
  });
  await crm.changeRegion(who, 'DE');
  await crm.reindex(workspace);
  await engine.request(workspace, sync, true);
  await engine.pause(workspace, sync, 'a rest');
  engine.start();
  await engine.stop();
}

async function readAll(world: World, plan: number, run: number, record: string, row: string): Promise<void> {
  const { workspace, sync, engine, crm, database } = world;
  const { look } = engine;
  await look.syncs(workspace);
  await look.sync(workspace, sync);
  await look.plans(workspace, { sync, limit: 50 });
  await look.plan(workspace, plan);
  await look.items(workspace, plan, { after: -1, limit: 50 });
  await look.items(workspace, plan, { after: -1, limit: 50, decision: 'create' });
  await look.runs(workspace, { limit: 50 });
  await look.run(workspace, run);
  await look.held(workspace, { open: true, after: 0, limit: 50 });
  await look.held(workspace, { sync, open: false, after: 0, limit: 50 });
  await look.mapping(workspace, (await look.mappings(workspace))[0]!.id);
  await engine.explain(workspace, record, 'familyName');
  await engine.whyRecord(workspace, record);
  await engine.whyRow(workspace, 'memory.people', row);
  await crm.get(workspace, record);
  const { next } = await crm.list(workspace, 'contact', { after: null, limit: 2 });
  await crm.list(workspace, 'contact', { after: next, limit: 50 });
  await crm.list(workspace, 'contact', { after: null, limit: 50, archived: true });
  await crm.bearers(workspace, 'contact', 'email', 'n1@example.com');
  await crm.search(workspace, 'n1 f1', { after: null, limit: 20 });
  await crm.timeline(workspace, record, { after: null, limit: 20 });
  await listKeys(database.store, workspace, 0, 50);
  await database.store.workspace(workspace, async (tx) => {
    await listConnections(tx, 0, 50);
    await evidenceOf(tx, [1]);
  });
}

/** What years leave behind, a page of one firm after a page of another. */
async function fill(world: World): Promise<void> {
  const { workspace, sync } = world;
  const { owner } = world.database;
  await owner.query(`set session_replication_role = replica`);
  await owner.query(`create temp table g as
    select n, case when f = 0 then ${workspace} else 1000 + f end as workspace, case when f = 0 then ${sync} else 1000 + f end as sync,
      gen_random_uuid() as record, 'r' || n as row, now() as at
    from (select n, (n / 100) % ${FIRMS} as f from generate_series(1, ${ROWS}) n) s`);
  await owner.query('create temp table few as select * from g where n <= 60000');
  await owner.query('begin');
  for (const sql of FILLED) await owner.query(sql);
  await owner.query('commit');
  await owner.query('analyze');
}

const FILLED = [
  `insert into records (workspace, id, object, name, fields, created, updated)
   select workspace, record, 'contact', 'Name ' || n, json_build_object('givenName', 'Given' || n, 'familyName', 'Family' || n), at, at from g`,
  `insert into keys (workspace, key, records) select workspace, E'contact\\temail\\tn' || n || E'@example.com\\t' || n % 7, array[record] from g`,
  `insert into refs (workspace, target, at, record, field) select workspace, record, at, gen_random_uuid(), 'company' from few`,
  `insert into links (workspace, sync, row, record, version, raw, shape, mapping_version, ours, begun)
   select workspace, sync, row, record, '1', json_build_object('id', row, 'fields', json_build_object('givenName', 'Given' || n)), 1, 1,
     json_build_object('givenName', 'Given' || n), n from g on conflict do nothing`,
  `insert into seen (workspace, sync, row) select workspace, sync, row from few on conflict do nothing`,
  `insert into touched (workspace, sync, row, due, why) select workspace, sync, row, at + n * interval '1 second', 'settling' from few on conflict do nothing`,
  `insert into departures (workspace, sync, row, how) select workspace, sync, row, 'told' from few on conflict do nothing`,
  `insert into intents (workspace, sync, record, marked) select workspace, sync, record, n from g on conflict do nothing`,
  `insert into held (workspace, sync, subject, field, kind, row, record, question, closed)
   select workspace, sync, row, '', 'conflict', row, record, '{}', case when n % 10 > 0 then at end from few on conflict do nothing`,
  `insert into runs (workspace, sync, kind, state, begun, by) select workspace, sync, 'sync', 'done', at, 'schedule' from few`,
  `insert into plans (workspace, kind, sync, state, created, expires, by) select workspace, 'sync', sync, 'done', at, at, 'test' from few where n % 2 = 0`,
  `insert into plan_items (workspace, plan, seq, row, record, decision, item) select workspace, 1 + n % 9, n, row, record, 'create', '{}' from few on conflict do nothing`,
  `insert into plan_keys (workspace, plan, object, kind, token, record, name)
   select workspace, 1 + n % 9, 'contact', 'email', 'n' || n || '@example.com', record, 'Name' from few`,
  `insert into stage (workspace, plan, page, body) select workspace, 100 + n, 0, '{}' from few where n % 2 = 0 on conflict do nothing`,
  `insert into tallies (workspace, sync, hour, what, n) select workspace, sync, at - n * interval '1 hour', 'strangers', 1 from g on conflict do nothing`,
  `insert into journal (workspace, at, run, record, sync, row, side, action, changes, by)
   select workspace, at, n / 1000, record, sync, row, 'ours', 'update', '{"familyName":{"from":"a","to":"b"}}', 'schedule' from g`,
];

test('no statement of the store reads a large table from end to end', async () => {
  const { large, explained, scans } = await explainAll(sent, world.database, world.workspace);
  expect(large.size).toBeGreaterThanOrEqual(16);
  expect(explained).toBeGreaterThan(100);
  expect(scans).toEqual([]);
}, 120_000);
