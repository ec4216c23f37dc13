/**
 * Eight hubs on one database ask for one grant's token at one moment, again and again, and some are killed (SIGKILL) between the
 * service's answer and its being kept. REFRESHES sets how often the token is refreshed (200), with a kill in each fifty; SEED repeats
 * the moments of a run.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectors } from '#connectors/index.ts';
import { openConnections } from '#hub/connections/connections.ts';
import { CUT_OFF_LOOK_MS } from '#hub/connections/cut-off.ts';
import { Vigil } from '#hub/vigil.ts';
import { testDatabase } from '#test/database.ts';
import { random } from '#test/emulators/kit/random.ts';
import { KEYS, openDesk } from './desk.ts';
import type { Death, Said } from './refresher-process.ts';
import { type Refresher, startRefresher } from './refreshers.ts';

const REFRESHES = Number(process.env.REFRESHES ?? 200);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const KILLED_EACH = 50;
const HUBS = 8;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const database = await testDatabase();
const { on, parts } = await openDesk(database.store);
const connections = openConnections({ ...parts, connectors });
const start = { url: database.url, hosts: on.hosts, keys: KEYS };
let hubs: Refresher[] = [];
beforeAll(async () => {
  hubs = await Promise.all(Array.from({ length: HUBS }, () => startRefresher(start)));
});
afterAll(() => {
  for (const hub of hubs) hub.stop();
  return on.close();
});

interface Account {
  workspace: number;
  connection: number;
  grant: number;
}

type Service = 'xero' | 'quickbooks' | 'ringcentral';

async function signIn(connector: Service): Promise<Account> {
  const workspace = await database.workspace();
  const { url } = await connections.start({ workspace, connector, by: 'key 1', session: 'mine' });
  const back = await on[connector].consent(url);
  const { connection } = await connections.finish(new URL(back).searchParams, 'mine');
  const { rows } = await database.owner.query<{ grant: number }>('select grant_id as grant from connections where id = $1', [
    connection,
  ]);
  return { workspace, connection, grant: rows[0]!.grant };
}

async function kept({ grant }: Account) {
  const { rows } = await database.owner.query<{ generation: number; dead: string | null; state: string; reason: string | null }>(
    'select g.generation, g.dead, c.state, c.reason from grants g join connections c on c.grant_id = g.id where g.id = $1',
    [grant],
  );
  return rows[0]!;
}

/** A dead hub's claim ends by itself after 20 s; an operator who knows that it is dead need not wait. */
async function endClaim({ grant }: Account): Promise<void> {
  await database.owner.query(
    `update grants set refresh_until = now() - interval '10 seconds' where id = $1 and refresher is not null`,
    [grant],
  );
}

const ask = ({ workspace, connection }: Account, hub: Refresher, dies: Death | null = null): Promise<Said | undefined> =>
  hub.order({ is: 'ask', workspace, connection }, on.clock.now(), dies);

/** All at one moment; whoever refreshes dies there, and the others are told no more to die. What they have been told meanwhile. */
async function askUntilDeath(account: Account, dies: Death): Promise<{ others: Promise<unknown> }> {
  const asked = hubs.map((hub) => ask(account, hub, dies));
  await Promise.race(hubs.map((hub) => hub.gone));
  await Promise.all(hubs.map((hub) => hub.order({ is: 'calm' }, on.clock.now())));
  expect(hubs.filter((hub) => hub.dead)).toHaveLength(1);
  hubs = [...hubs.filter((hub) => !hub.dead), await startRefresher(start)];
  return { others: Promise.all(asked) };
}

/** What each has: a token the service honours. */
function expectGood(said: readonly (Said | undefined)[]): void {
  for (const one of said) {
    expect(one?.problem).toBeUndefined();
    expect(on.xero.grants.find(one!.access!)).toBeDefined();
  }
}

const refreshed = (): number => on.xero.counters.calls.token ?? 0;

test(`${REFRESHES} refreshes of one rotating token by ${HUBS} hubs, one killed in each ${KILLED_EACH} (SEED=${SEED}): nothing is lost`, {
  timeout: 60_000 + REFRESHES * 1_000,
}, async () => {
  const chance = random(SEED);
  const account = await signIn('xero');
  const before = refreshed();
  const lost = { answered: 0, kept: 0 };
  for (let n = 1; n <= REFRESHES; n++) {
    // Mostly the token at hand is too old and yet alive, so that who does not refresh need not wait; now and then it has ended.
    const ended = chance.oneIn(20);
    on.clock.turn(ended ? 31 * MINUTE : 26 * MINUTE);
    if (n % KILLED_EACH === 0) {
      const dies = chance.pick(['answered', 'answered', 'kept'] as const);
      const { others } = await askUntilDeath(account, dies);
      await endClaim(account);
      await others;
      lost[dies] += 1;
    }
    const said = await Promise.all(hubs.map((hub) => ask(account, hub)));
    expectGood(said);
    if (ended) expect(new Set(said.map((one) => one!.access)).size).toBe(1);
    expect(await kept(account)).toEqual({ generation: 1 + n, dead: null, state: 'active', reason: null });
  }
  expect(lost.answered + lost.kept).toBe(Math.floor(REFRESHES / KILLED_EACH));
  expect(refreshed() - before, 'done by the service = kept + lost on the way').toBe(REFRESHES + lost.answered);
  expect(await connections.check(account.workspace, account.connection, new AbortController().signal)).toBeTruthy();
});

/** A hub was killed while it refreshed a token that is too old and yet alive: nobody has to wait for another, and nobody asks again. */
async function cutOff(service: Service, ...turns: readonly number[]): Promise<Account> {
  const account = await signIn(service);
  for (const turn of turns.slice(0, -1)) {
    on.clock.turn(turn);
    await ask(account, hubs[0]!);
  }
  on.clock.turn(turns.at(-1)!);
  const { others } = await askUntilDeath(account, 'answered');
  await others;
  expect(await kept(account)).toEqual({ generation: turns.length, dead: null, state: 'active', reason: null });
  return account;
}

const repeat = (): Promise<unknown> => Promise.all(hubs.map((hub) => hub.order({ is: 'repeat' }, on.clock.now())));

test.each<[service: Service, turn: number, why: string]>([
  ['xero', 26 * MINUTE, 'honours the former token for half an hour'],
  ['ringcentral', 56 * MINUTE, 'answers the same again until the new token is used'],
  ['quickbooks', 56 * MINUTE, 'gives a new refresh token once a day'],
])('%s, after %d ms: a refresh that was cut off is done again though nobody asks, for it %s', async (service, turn) => {
  const account = await cutOff(service, turn);
  await repeat();
  expect(await kept(account), 'its claim has not ended').toMatchObject({ generation: 1 });
  await endClaim(account);
  await repeat();
  expect(await kept(account)).toEqual({ generation: 2, dead: null, state: 'active', reason: null });
});

/** A day after the sign-in QuickBooks gives a new refresh token, and the former one is dead at once. */
const ROTATION = [23.5 * HOUR, 56 * MINUTE] as const;
const LOST = expect.stringMatching(/Sign in again.*cut off/s);

test('where the former token is dead at once, the connection is paused though nobody asks, and says that a refresh was cut off', async () => {
  const account = await cutOff('quickbooks', ...ROTATION);
  await endClaim(account);
  await repeat();
  expect(await kept(account)).toEqual({ generation: 2, dead: LOST, state: 'paused', reason: LOST });
  expect((await ask(account, await startedAnew()))?.problem).toMatchObject({ next: 'reconnect' });
});

test.runIf(REFRESHES >= 10_000)(
  'that is so within a minute after the death, as often as hubs look',
  { timeout: 120_000 },
  async () => {
    const account = await cutOff('quickbooks', ...ROTATION);
    const looking = new Vigil({ every: CUT_OFF_LOOK_MS, round: repeat, name: 'looking', log: { error: () => undefined } });
    looking.start();
    await expect.poll(() => kept(account), { timeout: 60_000, interval: 250 }).toMatchObject({ state: 'paused', reason: LOST });
    await looking.stop();
  },
);

async function startedAnew(): Promise<Refresher> {
  const hub = await startRefresher(start);
  hubs.push(hub);
  return hub;
}
