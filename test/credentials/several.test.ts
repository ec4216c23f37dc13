/** One sign-in that opens several accounts: a connection for each, all on one grant. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { connectors } from '#connectors/index.ts';
import { openConnections } from '#hub/connections/connections.ts';
import { unlinkGrant } from '#store/connections.ts';
import { dropGrant } from '#store/grants.ts';
import { testDatabase } from '#test/database.ts';
import { openDesk } from './desk.ts';

const database = await testDatabase();
const { on, parts } = await openDesk(database.store);
const connections = openConnections({ ...parts, connectors });
afterAll(() => on.close());
beforeEach(async () => {
  await database.owner.query('delete from connections');
  on.xero.revoke();
});
const signal = new AbortController().signal;
const [BOOKS, BINDERY] = ['Quayside Books Ltd', 'Quayside Bindery'];
const tenantOf = (name: string) => on.xero.organisation(name).id;

/** Somebody signs in and leaves these organisations ticked. */
async function signIn(workspace: number, names: readonly string[], more = {}) {
  const { url } = await connections.start({ workspace, connector: 'xero', by: 'key 1', session: 'mine', ...more });
  const back = await on.xero.consent(url, { scopes: names.map(tenantOf) });
  return connections.finish(new URL(back).searchParams, 'mine');
}

const check = async (workspace: number, id: number) => (await connections.check(workspace, id, signal)).title;

async function grantsOf(workspace: number): Promise<(number | null)[]> {
  const { rows } = await database.owner.query<{ grant_id: number | null }>(
    'select grant_id from connections where workspace = $1 order by id',
    [workspace],
  );
  return rows.map(({ grant_id: grant }) => grant);
}

test('each organisation becomes a connection, all live on one grant, and each has its own settings', async () => {
  const workspace = await database.workspace();
  const arrival = await signIn(workspace, [BOOKS, BINDERY]);
  expect(arrival).toMatchObject({ title: BOOKS, made: true, missing: [], others: [{ title: BINDERY, made: true }] });
  const views = await connections.list(workspace, 0, 10);
  expect(views.map(({ title, account, settings }) => [title, account, settings.tenant, settings.currency])).toEqual([
    [BOOKS, tenantOf(BOOKS), tenantOf(BOOKS), 'GBP'],
    [BINDERY, tenantOf(BINDERY), tenantOf(BINDERY), 'NZD'],
  ]);
  const [first, second] = await grantsOf(workspace);
  expect(first).toBe(second);
  for (const { id, title } of views) expect(await check(workspace, id)).toBe(title);
});

test('only what was chosen is connected; what is connected here already moves to the new tokens', async () => {
  const workspace = await database.workspace();
  const { connection: books } = await signIn(workspace, [BOOKS]);
  expect((await connections.list(workspace, 0, 10)).map(({ title }) => title)).toEqual([BOOKS]);
  const [former] = await grantsOf(workspace);
  const again = await signIn(workspace, [BINDERY]);
  expect(again).toMatchObject({ title: BINDERY, made: true, others: [{ connection: books, title: BOOKS, made: false }] });
  const [first, second] = await grantsOf(workspace);
  expect(first).toBe(second);
  expect(first).not.toBe(former);
  expect((await database.owner.query('select 1 from grants where id = $1', [former])).rowCount).toBe(0);
  expect(await check(workspace, books)).toBe(BOOKS);
});

test('one refresh serves all connections of a grant', async () => {
  const workspace = await database.workspace();
  const { connection, others } = await signIn(workspace, [BOOKS, BINDERY]);
  on.clock.turn(31 * 60_000);
  const before = on.xero.counters.calls.token ?? 0;
  await Promise.all([connection, others[0]!.connection].map((id) => check(workspace, id)));
  expect((on.xero.counters.calls.token ?? 0) - before).toBe(1);
});

test('to disconnect one leaves the others alive, and ends that one over there', async () => {
  const workspace = await database.workspace();
  const { connection: books, others } = await signIn(workspace, [BOOKS, BINDERY]);
  const bindery = others[0]!.connection;
  expect(await connections.disconnect(workspace, books, 'key 1')).toEqual({ revoked: true, note: '' });
  expect(await connections.get(workspace, books)).toMatchObject({ status: 'disconnected' });
  expect(await check(workspace, bindery)).toBe(BINDERY);
  expect(on.xero.counters.calls.revocation).toBeUndefined();
  // Signing in for one that was disconnected here does not bring it back with another.
  await signIn(workspace, [BINDERY]);
  expect(await connections.get(workspace, books)).toMatchObject({ status: 'disconnected' });
  expect(await connections.disconnect(workspace, bindery, 'key 1')).toEqual({ revoked: true, note: '' });
  expect(await grantsOf(workspace)).toEqual([null, null]);
});

test('all disconnected at one moment, their grant is not kept', async () => {
  const workspace = await database.workspace();
  const { connection: books, others } = await signIn(workspace, [BOOKS, BINDERY]);
  const [grant] = await grantsOf(workspace);
  const both = Promise.withResolvers<void>();
  let unlinked = 0;
  const dropped = await Promise.all(
    [books, others[0]!.connection].map((id) =>
      database.store.workspace(workspace, async (tx) => {
        const former = await unlinkGrant(tx, id, 'gone');
        if ((unlinked += 1) === 2) both.resolve();
        await both.promise;
        return dropGrant(tx, former!);
      }),
    ),
  );
  expect(dropped.toSorted()).toEqual([false, true]);
  expect((await database.owner.query('select 1 from grants where id = $1', [grant])).rowCount).toBe(0);
});

test('an organisation that another workspace lives on is not ended, nor is anything of it', async () => {
  const [here, there] = [await database.workspace(), await database.workspace()];
  const { connection: mine } = await signIn(here, [BOOKS]);
  const { connection: theirs } = await signIn(there, [BOOKS]);
  expect(await connections.disconnect(here, mine, 'key 1')).toMatchObject({
    revoked: false,
    note: expect.stringContaining('another connection'),
  });
  expect(await check(there, theirs)).toBe(BOOKS);
});

test('an organisation that was disconnected over there pauses its connection alone', async () => {
  const workspace = await database.workspace();
  const { connection: books, others } = await signIn(workspace, [BOOKS, BINDERY]);
  on.xero.disconnect(tenantOf(BOOKS));
  await expect(connections.check(workspace, books, signal)).rejects.toMatchObject({ next: 'reconnect' });
  expect(await connections.get(workspace, books)).toMatchObject({ status: 'paused' });
  expect(await check(workspace, others[0]!.connection)).toBe(BINDERY);
});

test('to sign in again for one wants that one among what was opened', async () => {
  const workspace = await database.workspace();
  const { connection: books } = await signIn(workspace, [BOOKS]);
  on.xero.disconnect(tenantOf(BOOKS));
  await expect(signIn(workspace, [BINDERY], { connection: books })).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining(BINDERY),
  });
  expect(await signIn(workspace, [BOOKS], { connection: books })).toMatchObject({ connection: books, title: BOOKS, made: false });
});

test('a sign-in in which nothing was chosen is the person’s no', async () => {
  const workspace = await database.workspace();
  await expect(signIn(workspace, [])).rejects.toMatchObject({ next: 'refused' });
  expect(await connections.list(workspace, 0, 10)).toEqual([]);
});
