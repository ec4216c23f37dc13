import { expect, onTestFinished, test } from 'vitest';
import { createFreshness, type Freshness, type FreshnessParts } from '#credentials/freshness.ts';
import { refresh } from '#credentials/oauth.ts';
import type { GrantRef } from '#credentials/safe.ts';
import { serviceOf } from '#credentials/service.ts';
import { tokensFromJson } from '#credentials/tokens.ts';
import { Reconnect, TryLater } from '#kit/errors.ts';
import { openDatabase, type Store } from '#store/database.ts';
import { grantSafe } from '#store/grants.ts';
import { testDatabase } from '#test/database.ts';
import { APP, desk, type OpenDesk, openDesk } from './desk.ts';

const database = await testDatabase();

interface Scene extends OpenDesk {
  workspace: number;
  connection: number;
  ref: GrantRef;
  /** A hub's own freshness over a pool of its own; `parts` replace what it is made of. */
  hub(store?: Store, parts?: Partial<FreshnessParts>): Freshness;
  refreshes(): number;
}

async function scene(rotates = true): Promise<Scene> {
  const open = await openDesk(database.store, { rotates });
  onTestFinished(() => open.on.close());
  const workspace = await database.workspace();
  const connection = await open.signIn(workspace);
  const grant = await grantOf(connection);
  const before = tokenCalls(open);
  return {
    ...open,
    workspace,
    connection,
    ref: { workspace, grant },
    refreshes: () => tokenCalls(open) - before,
    hub: (store = database.store, parts = {}) =>
      createFreshness({
        safe: grantSafe(store),
        seal: open.parts.seal,
        now: open.on.clock.now,
        refresh: (_ref, _connector, old) => refresh(serviceOf(desk, open.on.hosts), APP, old, open.on.clock.now()),
        ...parts,
      }),
  };
}

function tokenCalls({ on }: Pick<OpenDesk, 'on'>): number {
  return on.gsuite.counters.calls['oauth.token'] ?? 0;
}

async function grantOf(connection: number): Promise<number> {
  const { rows } = await database.owner.query('select grant_id from connections where id = $1', [connection]);
  return rows[0].grant_id;
}

async function kept(grant: number) {
  const { rows } = await database.owner.query(
    'select g.generation, g.dead, g.refresher, c.state, c.reason from grants g left join connections c on c.grant_id = g.id where g.id = $1',
    [grant],
  );
  return rows[0];
}

async function otherPool(): Promise<Store> {
  const store = await openDatabase({ url: database.url, data: '' });
  onTestFinished(() => store.close());
  return store;
}

test('many askers in two hubs make one refresh, and all get the same token', async () => {
  const { hub, ref, on, refreshes } = await scene();
  const [one, two] = [hub(), hub(await otherPool())];
  const first = await one.tokens(ref);
  expect(refreshes()).toBe(0);
  on.clock.turn(3_700_000);
  const all = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).tokens(ref)));
  expect(new Set(all.map(({ access }) => access)).size).toBe(1);
  expect(all[0]!.access).not.toBe(first.access);
  expect(all[0]!.refresh).not.toBe(first.refresh);
  expect(refreshes()).toBe(1);
  expect(await kept(ref.grant)).toMatchObject({ generation: 2, refresher: null, state: 'active' });
});

test('refresh after refresh, the rotated token is the one that is used', async () => {
  const { hub, ref, on, refreshes } = await scene();
  const [one, two] = [hub(), hub(await otherPool())];
  for (let n = 1; n <= 6; n++) {
    on.clock.turn(3_700_000);
    await (n % 2 ? one : two).tokens(ref);
    expect(refreshes()).toBe(n);
  }
});

test('a rotated token is kept before anyone has it, also when the database fails for a moment', async () => {
  const { hub, ref, on, refreshes } = await scene();
  on.clock.turn(3_700_000);
  const safe = grantSafe(database.store);
  const keptTokens: string[] = [];
  let failures = 2;
  const shaky = hub(database.store, {
    safe: {
      ...safe,
      async settle(at, generation, holder, result) {
        if (failures-- > 0) throw new Error('the connection was lost');
        const done = await safe.settle(at, generation, holder, result);
        if (result.is === 'refreshed') keptTokens.push(result.sealed);
        return done;
      },
    },
  });
  const tokens = await shaky.tokens(ref).finally(() => expect(keptTokens).toHaveLength(1));
  expect((await hub().tokens(ref)).access).toBe(tokens.access);
  expect(refreshes()).toBe(1);
});

test('a token that cannot be kept is given to nobody', async () => {
  const { hub, ref, on } = await scene();
  on.clock.turn(3_700_000);
  const safe = { ...grantSafe(database.store), settle: () => Promise.reject(new Error('the disk is full')) };
  await expect(hub(database.store, { safe }).tokens(ref)).rejects.toThrow('the disk is full');
});

test('an answer that was lost on its way is remembered for the day the service says no', async () => {
  const { hub, ref, on } = await scene();
  on.clock.turn(3_700_000);
  on.gsuite.faults.add({ kind: 'lost', operation: 'oauth.token' });
  await expect(hub().tokens(ref)).rejects.toBeInstanceOf(TryLater);
  await expect(hub().tokens(ref)).rejects.toMatchObject({ next: 'reconnect', advice: expect.stringContaining('cut off') });
});

test('while another refreshes, a token that still lives is used', async () => {
  const { hub, ref, on } = await scene();
  const { access } = await hub().tokens(ref);
  on.clock.turn(3_400_000);
  const claimed = await grantSafe(database.store).claim(ref, 1, '00000000-0000-4000-8000-000000000001');
  expect(claimed).toEqual({ interrupted: false });
  expect((await hub().tokens(ref)).access).toBe(access);
});

test('a service that cannot refresh now costs nothing while the token lives, and is said when it does not', async () => {
  const { hub, ref, on } = await scene();
  const { access } = await hub().tokens(ref);
  on.clock.turn(3_400_000);
  const down: FreshnessParts['refresh'] = () => Promise.reject(new TryLater('429', 'Later.', 1000, true));
  expect((await hub(database.store, { refresh: down }).tokens(ref)).access).toBe(access);
  on.clock.turn(400_000);
  await expect(hub(database.store, { refresh: down }).tokens(ref)).rejects.toBeInstanceOf(TryLater);
  expect(await kept(ref.grant)).toMatchObject({ generation: 1, dead: null, refresher: null, state: 'active' });
  expect((await hub().tokens(ref)).access).not.toBe(access);
});

test('a token the service refuses is exchanged although it should live, once for all who were refused', async () => {
  const { hub, ref, on, refreshes } = await scene();
  const one = hub();
  const { access } = await one.tokens(ref);
  on.gsuite.expireAccess();
  const all = await Promise.all(Array.from({ length: 10 }, () => one.tokens(ref, access)));
  expect(new Set(all.map((tokens) => tokens.access)).size).toBe(1);
  expect(all[0]!.access).not.toBe(access);
  expect(refreshes()).toBe(1);
});

test('a dead grant pauses its connection with a reason, asks the service no more, and never looks like success', async () => {
  const { hub, ref, on, refreshes, connections, workspace, connection } = await scene();
  on.gsuite.revoke();
  on.clock.turn(3_700_000);
  await expect(hub().tokens(ref)).rejects.toBeInstanceOf(Reconnect);
  await expect(hub(await otherPool()).tokens(ref)).rejects.toBeInstanceOf(Reconnect);
  expect(refreshes()).toBe(1);
  expect(await kept(ref.grant)).toMatchObject({ state: 'paused', reason: expect.stringContaining('Sign in again') });
  await expect(connections.context(workspace, connection, new AbortController().signal)).rejects.toMatchObject({
    next: 'reconnect',
  });
  expect(await connections.get(workspace, connection)).toMatchObject({
    status: 'paused',
    because: expect.stringContaining('revoked'),
  });
});

test('a wrong client secret is no dead grant: it works again once it is mended', async () => {
  const { hub, ref, on } = await scene();
  on.clock.turn(3_700_000);
  const wrong: FreshnessParts['refresh'] = (_ref, _name, old) =>
    refresh(serviceOf(desk, on.hosts), { ...APP, secret: 'guess' }, old, on.clock.now());
  await expect(hub(database.store, { refresh: wrong }).tokens(ref)).rejects.toMatchObject({ next: 'refused' });
  expect(await kept(ref.grant)).toMatchObject({ dead: null, state: 'active', refresher: null });
  await hub().tokens(ref);
});

/** A hub that vanished after the service answered and before the answer was kept. */
async function vanish({ ref, on, parts }: Scene): Promise<void> {
  const safe = grantSafe(database.store);
  await safe.claim(ref, 1, '00000000-0000-4000-8000-000000000002');
  const row = (await safe.read(ref))!;
  const place = { kind: 'grant', connector: row.connector, workspace: ref.workspace } as const;
  const old = tokensFromJson(await parts.seal.open(place, row.sealed));
  await refresh(serviceOf(desk, on.hosts), APP, old, on.clock.now());
  await database.owner.query(`update grants set refresh_until = now() - interval '10 seconds' where id = $1`, [ref.grant]);
}

test('a hub that vanished between answer and keeping does no harm where the service keeps refresh tokens', async () => {
  const at = await scene(false);
  at.on.clock.turn(3_700_000);
  await vanish(at);
  expect((await at.hub().tokens(at.ref)).access).toBeTruthy();
  expect(await kept(at.ref.grant)).toMatchObject({ generation: 2, dead: null });
});

test('where the service rotates without mercy, the reason names what happened', async () => {
  const at = await scene(true);
  at.on.clock.turn(3_700_000);
  await vanish(at);
  await expect(at.hub().tokens(at.ref)).rejects.toMatchObject({
    advice: expect.stringContaining('An earlier refresh was cut off'),
  });
  expect(await kept(at.ref.grant)).toMatchObject({ state: 'paused', reason: expect.stringContaining('cut off') });
});

test('a refresh that was cut off is done again although nobody asks, and where that is too late its connection says why', async () => {
  for (const rotates of [false, true]) {
    const at = await scene(rotates);
    at.on.clock.turn(3_700_000);
    await vanish(at);
    expect(await at.connections.repeatCutOff()).toBe(rotates ? 0 : 1);
    expect(await kept(at.ref.grant)).toMatchObject(
      rotates ? { state: 'paused', reason: expect.stringContaining('cut off') } : { generation: 2, refresher: null },
    );
    expect(await at.connections.repeatCutOff()).toBe(0);
  }
});

test('one that was cut off while the access token was good is done again all the same, and one that goes on is left alone', async () => {
  const at = await scene(false);
  await vanish(at);
  expect(await at.connections.repeatCutOff()).toBe(1);
  expect(await kept(at.ref.grant)).toMatchObject({ generation: 2, refresher: null });
  await grantSafe(database.store).claim(at.ref, 2, '00000000-0000-4000-8000-000000000005');
  expect(await at.connections.repeatCutOff()).toBe(0);
});

test('a claim keeps others away, lapses with its holder, and a slow winner of the same generation revives the grant', async () => {
  const { ref, parts } = await scene();
  const safe = grantSafe(database.store);
  const [slow, quick] = ['00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000004'];
  expect(await safe.claim(ref, 1, slow)).toEqual({ interrupted: false });
  expect(await safe.claim(ref, 1, quick)).toBeUndefined();
  expect(await safe.claim(ref, 2, quick)).toBeUndefined();
  await database.owner.query(`update grants set refresh_until = now() - interval '1 second' where id = $1`, [ref.grant]);
  expect(await safe.claim(ref, 1, quick)).toEqual({ interrupted: true });
  expect(await safe.settle(ref, 1, slow, { is: 'open', unsure: false })).toBe(false);
  expect(await safe.settle(ref, 1, quick, { is: 'dead', reason: 'used up' })).toBe(true);
  expect(await kept(ref.grant)).toMatchObject({ dead: 'used up', state: 'paused' });
  const sealed = await parts.seal.close({ kind: 'grant', connector: 'gsuite', workspace: ref.workspace }, 1);
  expect(await safe.settle(ref, 1, slow, { is: 'refreshed', sealed, expires: null })).toBe(true);
  expect(await kept(ref.grant)).toMatchObject({ dead: null, generation: 2, state: 'active', reason: null });
  expect(await safe.settle(ref, 1, quick, { is: 'dead', reason: 'late' })).toBe(false);
});

test('a grant that was dropped meanwhile asks for a new sign-in, and the hub waits for a refresh under way before it stops', async () => {
  const { hub, ref, on, connections, workspace, connection } = await scene();
  on.clock.turn(3_700_000);
  const one = hub();
  let done = false;
  const flight = one.tokens(ref).then(() => (done = true));
  await one.idle();
  expect(done).toBe(true);
  await flight;
  await connections.disconnect(workspace, connection, 'key 1');
  await expect(one.tokens(ref)).rejects.toBeInstanceOf(Reconnect);
});
