/**
 * A hub is killed (SIGKILL) at random moments of imports and deliveries and started again. In the end both sides are in step: every
 * row is linked once, nobody exists twice and no mark is borne twice. KILLS sets how often (default 10), SEED repeats the moments of
 * an earlier run.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Context } from '#kit/context.ts';
import { patchSync } from '#store/syncs.ts';
import { type Random, random } from '#test/emulators/kit/random.ts';
import type { Call, Orders } from './hub-process.ts';
import { openWorld, type World } from './world.ts';

const KILLS = Number(process.env.KILLS ?? 10);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const PROCESS = fileURLToPath(new URL('hub-process.ts', import.meta.url));

/** When to kill: so long (ms) after the hub began, or at which call to the service and where in it. */
type Moment =
  | { at: 'clock'; later: number }
  | { at: 'before' | 'carried out'; call: number }
  /** `later`: while the hub keeps what it heard. */
  | { at: 'answered'; call: number; later: number };

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a hub and kills it at the moment; one that ends its work before that is let go, and must have nothing to complain of. True if it was killed. */
async function hub(world: World, moment: Moment | null): Promise<boolean> {
  const orders: Orders = {
    url: world.database.url,
    workspace: world.workspace,
    sync: world.sync,
    shift: world.now() - Date.now(),
  };
  const child = fork(PROCESS, [JSON.stringify(orders)], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  running.add(child);
  const said: string[] = [];
  child.stderr!.setEncoding('utf8').on('data', (text: string) => said.push(text));
  let calls = 0;
  let ended = false;
  const kill = () => {
    ended = true;
    child.kill('SIGKILL');
  };
  child.on('message', async (call: Call) => {
    if (ended) return;
    if (call.is === 'ready') {
      if (moment?.at === 'clock') setTimeout(kill, moment.later);
      return;
    }
    calls += 1;
    const now = moment && moment.at !== 'clock' && calls === moment.call ? moment : null;
    if (now?.at === 'before') return kill();
    const answer = await carriedOut(world, call);
    if (now?.at === 'carried out') return kill();
    child.send({ id: call.id, answer }, () => undefined);
    if (now?.at === 'answered') setTimeout(kill, now.later);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  running.delete(child);
  if (signal !== 'SIGKILL') expect(code, `the hub left by itself and said: ${said.join('')}`).toBe(0);
  return signal === 'SIGKILL';
}

async function carriedOut(world: World, call: Exclude<Call, { is: 'ready' }>): Promise<unknown> {
  const { stream } = world.service;
  const ctx = {} as Context; // the service in memory asks nothing of it
  switch (call.is) {
    case 'pull': {
      const pages = stream.pull!(ctx, call.since);
      return (await pages.next()).value;
    }
    case 'fetch':
      return stream.fetch!(ctx, call.ids);
    case 'push':
      return stream.push!(ctx, call.drafts);
    case 'remove':
      return stream.remove!(ctx, call.ids);
  }
}

/** A dead hub's lease ends by itself within 30 s; an operator who knows that it is dead need not wait. */
async function endLease({ database, workspace, sync }: World): Promise<void> {
  await database.owner.query('update syncs set lease_until = null where workspace = $1 and id = $2', [workspace, sync]);
}

async function pullNow(world: World): Promise<void> {
  world.turn(5_000);
  await world.database.store.workspace(world.workspace, (tx) => patchSync(tx, world.sync, { pull_due: new Date(world.now()) }));
}

/** Every third has no address: only its mark tells who it is. */
const person = (name: string, n = 1) => ({
  givenName: name,
  familyName: `F${name}`,
  ...(n % 3 === 0 ? {} : { emails: [{ value: `${name}@example.com` }] }),
});

/** People on both sides, some on both, and the plan of their first import, claimed and not yet carried out. */
async function importing(world: World, people: number): Promise<void> {
  world.service.pageSize = 20;
  for (let n = 0; n < people; n += 1) {
    if (n % 3 !== 1) world.service.add(person(`p${n}`));
    if (n % 3 !== 0) await world.contact(person(`p${n}`));
  }
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  await world.engine.execute(world.workspace, begun.plan, 'test');
}

/** New people and edits on both sides; `round` is another each time. */
async function edits(world: World, round: number): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    world.service.add(person(`r${round}t${n}`, n));
    await world.contact(person(`r${round}o${n}`, n));
  }
  for (const [n, row] of world.service.living().entries())
    if (n % 5 === round % 5) world.service.edit(row.id, { note: `there ${round}` });
  for (const [n, record] of (await world.contacts()).entries())
    if (n % 7 === round % 7) await world.change(record.id, { givenName: `${record.fields.givenName}.${round}` });
}

/** Both sides, by the name nobody edits. */
async function sides(world: World): Promise<{ ours: unknown[][]; theirs: unknown[][] }> {
  const records = (await world.contacts()).map(({ fields: f }) => [f.familyName, f.givenName, f.notes, f.emails]);
  const rows = world.service.living().map(({ fields: f }) => [f.familyName, f.givenName, f.note, f.emails]);
  const sorted = (all: unknown[][]) => all.sort(([a], [b]) => String(a).localeCompare(String(b)));
  return { ours: sorted(records), theirs: sorted(rows) };
}

const each = (all: readonly unknown[]): number => new Set(all).size;

/** Nothing is owed any more; then `people` stand on either side, once, tied to each other, and every pair is equal. */
async function expectInStep(world: World, people: number): Promise<void> {
  for (let n = 0; n < 3; n += 1) await world.run(n === 1);
  const { ours, theirs } = await sides(world);
  expect({ here: ours.length, there: theirs.length }).toEqual({ here: people, there: people });
  expect(each(ours.map(([name]) => name)), 'nobody twice here').toBe(people);
  expect(theirs).toEqual(ours);
  expect(await world.held()).toEqual([]);
  await expectTied(world, people);
  await world.engine.sweep(world.workspace, world.sync, people + 1, 'test'); // from where the last one stopped to the end
  const swept = await world.engine.sweep(world.workspace, world.sync, people + 1, 'test');
  expect(swept).toMatchObject({ looked: people, equal: people, apart: 0, held: 0, owed: 0, changed: 0, missing: 0, drift: 0 });
}

async function expectTied({ database, workspace, service }: World, people: number): Promise<void> {
  const links = await database.owner.query<{ row: string; record: string; state: string }>(
    'select row, record, state from links where workspace = $1',
    [workspace],
  );
  const recordOf = new Map(links.rows.map((link) => [link.row, link.record]));
  expect(links.rows.filter((link) => link.state !== 'live')).toEqual([]);
  expect(links.rows).toHaveLength(people);
  expect(each([...recordOf.values()]), 'a row for each record').toBe(people);
  const rows = service.living();
  expect(rows.filter((row) => !recordOf.has(row.id))).toEqual([]);
  const marked = rows.filter((row) => row.mark !== undefined);
  expect(each(marked.map((row) => row.mark)), 'no mark twice').toBe(marked.length);
  expect(marked.filter((row) => row.mark !== recordOf.get(row.id))).toEqual([]);
}

/** The first import is killed by the clock, for it asks the service nothing; what follows at its calls too. */
function moment(chance: Random, importing: boolean): Moment {
  const at = importing ? 'clock' : chance.pick(['clock', 'before', 'carried out', 'answered'] as const);
  if (at === 'clock') return { at, later: chance.below(250) };
  return { at, call: 1 + chance.below(6), later: chance.below(30) };
}

async function imported({ database, workspace }: World): Promise<boolean> {
  const { rows } = await database.owner.query('select 1 from syncs where workspace = $1 and succeeded is not null', [workspace]);
  return rows.length > 0;
}

test.concurrent(`killed ${KILLS} times, at any moment (SEED=${SEED}): in step, nobody twice`, {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const chance = random(SEED);
  const world = await openWorld();
  await importing(world, 150);
  let people = 150;
  let kills = 0;
  for (let round = 0; kills < KILLS; round += 1) {
    const killed = await hub(world, moment(chance, !(await imported(world))));
    if (killed) kills += 1;
    await endLease(world);
    if (!killed || chance.oneIn(2)) {
      await edits(world, round);
      people += 10;
    }
    await pullNow(world);
  }
  await hub(world, null);
  await expectInStep(world, people);
});

test.concurrent('work goes on by itself when the dead hub’s lease has ended', { timeout: 120_000 }, async () => {
  const world = await openWorld();
  await importing(world, 60);
  expect(await hub(world, { call: 1, at: 'carried out' })).toBe(true);
  const { rows } = await world.database.owner.query<{ soon: boolean }>(
    `select lease_until <= clock_timestamp() + interval '30 seconds' as soon from syncs where workspace = $1`,
    [world.workspace],
  );
  expect(rows).toEqual([{ soon: true }]);
  await hub(world, null); // waits for it
  await expectInStep(world, 60);
});

test.concurrent('a creation made while an older pass was under way is looked for by a younger one', {
  timeout: 120_000,
}, async () => {
  const world = await openWorld();
  await world.begin();
  world.service.pageSize = 2;
  for (let n = 0; n < 10; n += 1) world.service.add(person(`p${n}`));
  await pullNow(world);
  expect(await hub(world, { call: 4, at: 'before' })).toBe(true); // pages are kept, the pass is not at its end
  await endLease(world);
  await world.contact(person('created'));
  expect(await hub(world, { call: 1, at: 'carried out' })).toBe(true); // delivered first, and the answer is lost
  await endLease(world);
  expect(world.service.living().filter((row) => row.fields.givenName === 'created')).toHaveLength(1);
  await hub(world, null);
  await expectInStep(world, 11);
});
