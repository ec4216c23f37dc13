/**
 * Every statement the store sends, explained as the role that sends it, under row-level security, over 300,000 rows of many firms:
 * none may read a large table from its beginning to its end.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createSeal } from '#credentials/seal.ts';
import { openStrangers } from '#crm/people/strangers.ts';
import { disconnectedThere } from '#hub/connections/disconnect.ts';
import { openHistories } from '#hub/ledger/history/history.ts';
import { openLedger } from '#hub/ledger/ledger.ts';
import { openNews } from '#hub/news/news.ts';
import type { Json } from '#kit/fields.ts';
import { actionAsked, getAction, insertAction, listActions, noteAction, repeatAction } from '#store/actions.ts';
import { listKeys } from '#store/api-keys.ts';
import { readBudgets } from '#store/budgets.ts';
import { evidenceOf, listConnections, moveConnection } from '#store/connections.ts';
import { deliveryInbox } from '#store/deliveries.ts';
import { ANY_ROW, foldGaps, heard, listGaps, noteChanged } from '#store/gaps.ts';
import { dueHistories } from '#store/histories.ts';
import { livingLinks, standingElsewhere } from '#store/links.ts';
import { claimParked } from '#store/parked.ts';
import { addressedWorkspaces } from '#store/participants.ts';
import {
  dropSubscription,
  listSubscriptions,
  subscriptionRegister,
  toldSince,
  wakeSubscription,
  wantSubscription,
} from '#store/subscriptions.ts';
import { patchSync } from '#store/syncs.ts';
import { openLedgerWorld } from '#test/ledger/world.ts';
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
  console.log(
    'HAS',
    [...sent.keys()].some((t) => t.includes('from parked_rows where sync = $1 and begun < $2')),
    [...sent.keys()].some((t) => t.includes('select record from refs where target = $1::uuid and field')),
  );
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

/** Rows and records that wait for others, in books of their own. */
async function keepBooks(): Promise<void> {
  const { workspace, books, engine, crm, who, begin, run, database, now, streamOf } = await openLedgerWorld();
  const customer = books.of.customers.add({ name: 'Acme', email: 'a@acme.example' });
  const row = books.of.invoices.add({ number: 'I1', customer });
  await begin('invoices');
  await engine.look.parked(workspace, books.sync.invoices, { after: '', limit: 10 });
  await engine.whyRow(workspace, 'books.invoices', row);
  await begin('customers');
  await engine.drain(workspace, books.sync.invoices, 'person');
  const company = await crm.add(who, 'company', { name: 'Bolt' });
  await crm.add(who, 'invoice', { kind: 'sale', number: 'I2', company: company.id });
  await run('invoices');
  await run('customers');
  await run('invoices');
  const money = { amount: '5', currency: 'EUR' };
  const deal = await crm.add(who, 'opportunity', { name: 'A deal', company: company.id, status: 'won', amount: money });
  await crm.bill(who, deal.id, 'invoice', {});
  const ledger = openLedger({ store: database.store, engine, now, log: { info: () => undefined, error: () => undefined } });
  const paid = { amount: money, payerEmail: 'a@acme.example', memo: 'I2' };
  const [one, two] = [await crm.add(who, 'payment', paid), await crm.add(who, 'payment', { ...paid, memo: '' })];
  const bill = await crm.add(who, 'invoice', { kind: 'sale', number: 'I2', company: company.id, total: money });
  await ledger.drain();
  await ledger.unmatched(workspace, { after: null, limit: 10 });
  await ledger.leave(workspace, two.id).catch(() => undefined);
  await ledger.allocate(who, one.id, [{ invoice: bill.id, amount: money }]);
  books.of.invoices.add({ number: 'I3', customer: 'p99' });
  const log = { error: () => undefined };
  const histories = openHistories({ store: database.store, engine, crm, streamOf, now, log });
  const { id } = await histories.begin(who, { connection: books.connection, since: '2020-01-01' });
  const goOn = () => histories.drain(workspace, id, (sync) => engine.drain(workspace, sync, 'person'));
  await goOn();
  await histories.execute(workspace, id);
  await goOn();
  await histories.sheet(workspace, id);
  await database.store.workspace(workspace, (tx) => patchSync(tx, books.sync.invoices, { full_wanted: true }));
  await run('invoices');
  await histories.list(workspace, null, 10);
  await histories.stopImport(workspace, id);
  await database.store.installation((tx) => dueHistories(tx, new Date(now()), 10));
}

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
  const invoice = await crm.add(who, 'invoice', { total: { amount: '1', currency: 'EUR' } });
  const paid = { amount: { amount: '1', currency: 'EUR' }, allocations: [{ invoice: invoice.id }] };
  await crm.archiveOne(who, (await crm.add(who, 'payment', paid)).id, null);
  await crm.changeRegion(who, 'DE');
  await crm.reindex(workspace);
  await hearFrom(world);
  await keepBooks();
  await meet(world);
  await promise(world, rows[0]!);
  await askFor(world, of(0).id);
  await engine.request(workspace, sync, true);
  await engine.pause(workspace, sync, 'a rest');
  engine.start();
  await engine.stop();
}

/** Meetings and mails with people who are known, become known, or stay strangers. */
async function meet({ database: { store }, workspace, sync, crm, who, now }: World): Promise<void> {
  const strangers = openStrangers({ store, now, marked: () => undefined, edited: async () => undefined });
  const acme = await crm.add(who, 'company', { name: 'Acme', emails: [{ value: 'info@acme.example' }] });
  const ada = await crm.add(who, 'contact', { name: 'Ada', emails: [{ value: 'ada@acme.example' }], company: acme.id });
  await crm.add(who, 'opportunity', { name: 'Engine', contact: ada.id, company: acme.id, status: 'open' });
  const attendees = ['ada@acme.example', 'bob@x.example', 'eve@y.example'].map((address) => ({ address }));
  const event = await crm.add(who, 'event', { title: 'Review', attendees });
  await strangers.setPolicy(workspace, 'review');
  await crm.relink(workspace);
  await crm.add(who, 'email', { subject: 'Hello', from: 'eve@y.example', fromName: 'Eve' });
  const { next } = await strangers.list(workspace, { after: null, limit: 1 });
  await strangers.list(workspace, { after: next, limit: 1 });
  await strangers.dismiss(who, ['eve@y.example']);
  await strangers.accept(who, 'bob@x.example');
  await store.installation((tx) => addressedWorkspaces(tx, 10));
  await crm.relink(workspace);
  await strangers.setPolicy(workspace, 'off');
  await store.workspace(workspace, async (tx) => {
    await livingLinks(tx, [event.id]);
    await standingElsewhere(tx, sync, [event.id]);
  });
}

/** Webhooks: stored, read, parked, claimed, acted upon, looked at and read again. */
async function hearFrom({ database: { store }, workspace, sync, engine, now }: World): Promise<void> {
  const said = (account: string) => [
    ...[{ account, is: 'touched', stream: 'people', id: 'p1' } as const, { account, is: 'touched', stream: 'people' } as const],
    {
      account,
      is: 'changed',
      stream: 'people',
      row: { id: 'p2', time: '2026-01-01T00:00:00.000Z', fields: {}, raw: {} },
    } as const,
    { account, is: 'call', event: { session: 's', sequence: 1, at: 0, parties: [] } } as const,
    { account, is: 'disconnected', reason: 'gone' } as const,
  ];
  const news = openNews({
    store,
    engine,
    now,
    webhooks: {
      memory: {
        secrets: 'app',
        verify: () => ({ is: 'genuine' }),
        parse({ body }) {
          if (body.length === 0) throw new Error('empty');
          return said(Buffer.from(body).toString());
        },
      },
    },
    disconnected: (tx, connection, reason, at) => disconnectedThere(tx, connection, reason, at),
    handlers: {
      async heard() {
        throw new Error('not now');
      },
    },
    secretsOf: async () => [],
    days: 30,
    log: { info: () => undefined, error: () => undefined },
  });
  const bodies = ['a', 'nobody', ''].map((text) => Buffer.from(text));
  const at = Date.now();
  await deliveryInbox(store).keep(
    bodies.map((body, n) => ({
      connector: 'memory',
      identity: `d${n}`,
      at,
      delivery: { method: 'POST', headers: {}, query: '', body },
    })),
  );
  await news.ready();
  news.start();
  await news.stop();
  await news.drain();
  await news.look.claim('memory', 'nobody').catch(() => undefined);
  await store.installation((tx) => claimParked(tx, 'memory', 'a'));
  await news.look.parked(undefined, 20);
  const [failed] = await news.look.deliveries({ limit: 20, state: 'failed' });
  await news.look.deliveries({ limit: 20, connector: 'memory', from: new Date(at).toISOString(), before: 1_000 });
  await news.look.delivery(failed!.id);
  const from = new Date(at - 1).toISOString();
  const until = new Date(at + 1).toISOString();
  await news.look.again({ id: failed!.id });
  await news.look.again({ failed: true, from, until });
  await news.look.again({ failed: false, from, until });
  await news.look.news(workspace, { limit: 20 });
  await news.look.news(workspace, { limit: 20, connection: sync });
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
  await readBudgets(database.store, ['memory/app/a/reads']);
  await database.store.workspace(workspace, async (tx) => {
    await listConnections(tx, 0, 50);
    await moveConnection(tx, { connector: 'memory', account: 'nobody', grant: 1, scopes: [] });
    await evidenceOf(tx, [1]);
  });
}

/** What is kept of subscriptions, of what they told, and of cases. */
async function promise({ database: { store }, workspace, sync, engine, now }: World, row: string): Promise<void> {
  const seal = createSeal({ keys: [{ id: 'test', bytes: new Uint8Array(32) }] });
  const register = subscriptionRegister(store, seal);
  const { connection } = await engine.look.sync(workspace, sync);
  const ref = { workspace, connection };
  const at = new Date(now());
  await store.workspace(workspace, (tx) => wantSubscription(tx, seal, { workspace, id: connection, connector: 'memory' }, at));
  await register.enrol(['memory'], now());
  await register.due(now(), 10);
  const kept = (await register.take(ref))!;
  await register.note(kept, { state: 'live', streams: ['people'], since: 0, pull: now(), every: 1, secrets: [], problem: null });
  await register.note(kept, { dropped: { at: 0, reason: 'x' } });
  await register.release(kept);
  await register.read(ref);
  await register.rotate(ref, 'x', now());
  await register.byAddress('memory', kept.address);
  await store.workspace(workspace, async (tx) => {
    await listSubscriptions(tx, [connection]);
    await toldSince(tx, connection, 'memory.people', at);
    await heard(tx, sync, [row, ANY_ROW], at);
    await noteChanged(tx, sync, [row, 'another'], at, at);
    await foldGaps(tx, sync, new Date(now() + 3_600_000));
    await listGaps(tx, connection, at);
    await wakeSubscription(tx, connection, at);
    await dropSubscription(tx, connection);
  });
  const id = await engine.cases.capture(workspace, sync, [row], 'person');
  await engine.cases.list(workspace, { limit: 50 });
  await engine.cases.get(workspace, id);
}

/** What services are asked to do beside syncing. */
async function askFor({ database: { store }, workspace, sync, engine, now }: World, record: string): Promise<void> {
  const { connection } = await engine.look.sync(workspace, sync);
  const [at, until] = [new Date(now()), new Date(now() + 1_000)];
  await store.workspace(workspace, async (tx) => {
    const asked = { connection, action: 'say', asked: 'k', record, input: {}, key: record, at, until, by: 'person' };
    const { id } = (await insertAction(tx, asked))!;
    await actionAsked(tx, 'k');
    await noteAction(tx, id, { state: 'unsure', answer: null, said: '', ended: at });
    await repeatAction(tx, id, at, until);
    await getAction(tx, id);
    for (const about of [record, null]) await listActions(tx, { record: about, before: null, most: 20 });
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
  `insert into keys (workspace, key, records) select workspace, E'event\\temail\\tn' || n || E'@example.com\\t' || n % 7, array[record] from few`,
  `insert into address_marks (workspace, address) select workspace, 'n' || n || '@example.com' from few`,
  `insert into strangers (workspace, address, last, dismissed)
   select workspace, 'n' || n || '@example.com', at - n * interval '1 second', case when n % 10 = 0 then at end from few`,
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
  `insert into connections (workspace, id, connector, account, title) select workspace, 10 + n, 'memory', 'account' || n, '' from few`,
  `insert into subscriptions (workspace, connection, connector, address, sealed, state, due)
   select workspace, 10 + n, 'memory', md5(n::text), 'x', 'live', at + n * interval '1 second' from few`,
  `insert into hearsay (workspace, sync, row, how, at) select workspace, sync, row, 'found', at + n * interval '1 second' from few`,
  `insert into gaps (workspace, connection, stream, day) select workspace, 10 + n, 'memory.people', at from few`,
  `insert into cases (workspace, sync, kind, at, stream, rows, bytes, body) select workspace, sync, 'sampled', at, 'memory.people', 1, 0, '' from few`,
  `insert into actions (workspace, connection, action, asked, record, input, key, at, until, by)
   select workspace, 10 + n, 'say', n::text, record, '{}', record, at, at, 'person' from few`,
  `insert into tallies (workspace, sync, hour, what, n) select workspace, sync, at - n * interval '1 hour', 'strangers', 1 from g on conflict do nothing`,
  `insert into deliveries (id, at, connector, method, query, headers, body)
   select 1000 + n, at - n * interval '1 second', 'memory', 'POST', '', '{}', '' from few`,
  `insert into delivery_identities (key, at) select record, at - n * interval '1 second' from few`,
  `insert into deliveries_unread (connector, delivery, at) select 'memory' || n % 3, 1000 + n, at - n * interval '1 second' from few`,
  `insert into deliveries_failed (delivery, at, connector, problem, failed) select 1000 + n, at - n * interval '1 second', 'memory', 'x', at from few`,
  `insert into news_waiting (workspace, id, at, delivery, connector, connection, kind, stream, row, ready)
   select workspace, 1000 + n, at, n, 'memory', sync, 'touched', 'people', row, at + n * interval '1 second' from few`,
  `insert into news (workspace, id, at, delivery, connector, connection, kind, times, state, outcome, handled)
   select workspace, 1000 + n, at - n * interval '1 second', n, 'memory', sync, 'touched', 1, 'done', 'x', at from few`,
  `insert into news_parked (id, at, delivery, connector, account, kind) select 1000 + n, at - n * interval '1 second', n, 'memory', 'account ' || n % 100, 'touched' from few`,
  `insert into journal (workspace, at, run, record, sync, row, side, action, changes, by)
   select workspace, at, n / 1000, record, sync, row, 'ours', 'update', '{"familyName":{"from":"a","to":"b"}}', 'schedule' from g`,
];

test('no statement of the store reads a large table from end to end', async () => {
  const { large, explained, scans } = await explainAll(sent, world.database, world.workspace);
  expect(large.size).toBeGreaterThanOrEqual(27);
  expect(explained).toBeGreaterThan(100);
  expect(scans).toEqual([]);
}, 120_000);
