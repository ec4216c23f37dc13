/** What the room of calls asks of the store, explained over 300,000 calls of many firms: no large table is read from end to end. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { putVoicemails, tellVoicemails, transcriptsOf, unclaimedVoicemail } from '#store/call-voicemails.ts';
import { explainAll, listen, type Sent } from '#test/store/sent.ts';
import { ADA, called, calling, STORIES, told } from './stories.ts';
import { NOON, openWorld, type World } from './world.ts';

const ROWS = 300_000;
const FIRMS = 30;
const DAY = 86_400_000;
const { signal } = new AbortController();

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

/** A firm's telephone for a while. */
async function live({ calls, telephone, who, workspace, connection, ...world }: World): Promise<void> {
  const page = { after: null, limit: 20 };
  await world.database.owner.query(
    `insert into connections (workspace, connector, account, title) values ($1, 'phone', 'b', 'B')`,
    [workspace],
  );
  for (const [n, name] of Object.keys(STORIES).entries())
    await world.hear(...told(STORIES[name as keyof typeof STORIES], { session: `s-${n}`, began: NOON + n * 1_000 }));
  await calls.live(workspace);
  world.turn(3_600_000);
  await calls.drain();
  const user = await world.add('user', { name: 'Ann', email: 'ann@firm.example' });
  await calls.setPolicy(who, connection, { unknown: 'lead', owners: { '101': user.id } });
  await calls.policies(workspace);
  const first = await calls.unresolved(workspace, page);
  await calls.unresolved(workspace, { after: first.next, limit: 1 });
  const ada = await world.add('contact', { givenName: 'Ada', phones: [{ value: '+14155550007' }, { value: '030 123456' }] });
  await world.add('opportunity', { name: 'A deal', status: 'open', contact: ada.id });
  await calls.belongs(who, first.items[0]!.id!, { is: 'record', record: ada.id });
  await calls.drain();
  const placed = await calls.place(who, { record: ada.id, from: '101', key: 'k' }, signal);
  await calls.place(who, { record: ada.id, from: '101', key: 'k' }, signal);
  world.turn(5_000);
  const events = [[0, calling('1', 'setup')] as const, [4, called('answered')] as const, [9, called('ended')] as const];
  await world.hear(...told(events, { session: 'placed', began: NOON + 3_605_000, more: { placed: true } }));
  await calls.placedList(workspace, null, 5);
  await calls.cancel(workspace, placed.id, signal).catch(() => undefined);
  const started = new Date(NOON).toISOString();
  telephone.tell('s-0', { direction: 'inbound', outcome: 'answered', started, from: ADA });
  telephone.tell('s-99', { direction: 'internal', outcome: 'answered', started, from: '101', to: '102' });
  await world.readLog();
  await calls.reconcile(who, { connection, day: '2026-03-02', mend: true }, signal);
  const period = { connection, since: new Date(NOON - DAY).toISOString(), until: new Date(NOON).toISOString() };
  await calls.backfill(who, period);
  await calls.drain();
  const { id } = await calls.backfill(who, period);
  await calls.endBackfill(workspace, id);
  const span = { connection, from: new Date(NOON - DAY), to: new Date(NOON + DAY) };
  const some = await calls.between(workspace, span, { after: null, limit: 2 });
  await calls.between(workspace, span, { after: some.next, limit: 2 });
  await world.database.store.workspace(workspace, async (tx) => {
    const left = { message: 'm-1', number: ADA, at: new Date(NOON).toISOString(), transcript: 'Hello' };
    await tellVoicemails(tx, connection, await putVoicemails(tx, connection, [left]), new Date(NOON));
    await unclaimedVoicemail(tx, connection, { other: ADA, started, ended: null });
    await transcriptsOf(tx, connection, ['m-1']);
  });
  world.turn(2 * DAY);
  await calls.drain();
}

/** What years leave behind. */
async function fill({ database: { owner }, workspace, connection }: World): Promise<void> {
  await owner.query('set session_replication_role = replica');
  const of = `case when (n / 100) % ${FIRMS} = 0 then ${workspace} else 1000 + (n / 100) % ${FIRMS} end`;
  await owner.query(`insert into records (workspace, id, object, name, fields, created, updated)
    select ${of}, gen_random_uuid(), 'contact', 'Name', '{}', now(), now() from generate_series(1, ${ROWS}) n`);
  await owner.query(`insert into keys (workspace, key, records)
    select ${of}, E'contact\\tphone\\t+1415' || n || E'\\t1', array[gen_random_uuid()] from generate_series(1, ${ROWS}) n`);
  await owner.query(`insert into refs (workspace, target, at, record, field)
    select ${of}, gen_random_uuid(), now(), gen_random_uuid(), 'contact' from generate_series(1, ${ROWS}) n`);
  await owner.query(`insert into calls (workspace, connection, session, record, stage, other, started, news, question, listed, due, voicemail)
    select ${of}, ${connection}, 'old-' || n, gen_random_uuid(), case when n % 50 = 0 then 'live' else 'done' end, '+1415' || n,
      now() - n * interval '1 minute', now(), case when n % 20 = 0 then 'unknown' end, n % 40 = 0, case when n % 50 = 0 then now() end, case when n % 30 = 0 then 'old-' || n end
    from generate_series(1, ${ROWS}) n`);
  await owner.query(`insert into call_ties (workspace, connection, session, other)
    select ${of}, ${connection}, 'old-' || n, 'old-' || n + 1 from generate_series(1, 60000) n`);
  await owner.query(`insert into call_numbers (workspace, number, record, at, by)
    select ${of}, '+1415' || n, gen_random_uuid(), now(), 'test' from generate_series(1, 60000) n`);
  await owner.query(`insert into call_tasks (workspace, number, task, missed)
    select ${of}, '+1415' || n, gen_random_uuid(), now() from generate_series(1, 60000) n`);
  await owner.query(`insert into call_marks (workspace, number) select ${of}, '+1415' || n from generate_series(1, 60000) n`);
  await owner.query(`insert into placed_calls (workspace, connection, key, record, calling, called, state, at, by)
    select ${of}, ${connection}, 'k' || n, gen_random_uuid(), '+1', '+1415' || n, 'over', now(), 'test' from generate_series(1, 60000) n`);
  await owner.query(`insert into call_voicemails (workspace, connection, message, number, at)
    select ${of}, ${connection}, 'old-' || n, '+1415' || n, now() - n * interval '1 minute' from generate_series(1, 60000) n`);
  await owner.query('analyze');
}

test('no statement about calls reads a large table from end to end', async () => {
  const { large, explained, scans } = await explainAll(sent, world.database, world.workspace);
  expect([...large]).toEqual(
    expect.arrayContaining(['calls', 'call_ties', 'call_numbers', 'call_tasks', 'call_marks', 'placed_calls', 'call_voicemails']),
  );
  expect(explained).toBeGreaterThan(90);
  expect(scans).toEqual([]);
}, 120_000);
