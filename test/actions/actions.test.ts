/** What services are asked to do beside syncing: kept before it is sent, done once, honest where no answer came. */
import { beforeEach, describe, expect, test } from 'vitest';
import { actionRoutes } from '#api/actions.ts';
import { type Actions, type Asking, openActions } from '#hub/actions/actions.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import type { Action, Connector } from '#kit/connector.ts';
import { Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { serve } from '#test/api/harness.ts';
import { openWorld, type World } from '#test/sync/world.ts';

const text = { kind: 'text', title: 'Text', max: 10 } as const;
const late = new TryLater('no answer within 30 s', 'The service is slow.', 1_000, false);

let world: World;
let actions: Actions;
let connection: number;
let asked: { action: string; input: Values; key: string }[];
/** What the next actions come to; after that they are done. */
let coming: (() => Promise<Values>)[];
let grant: Error | undefined;

function action(name: string, more: Partial<Action> = {}): { [name: string]: Action } {
  const run: Action['run'] = async (_ctx, input, key) => {
    asked.push({ action: name, input, key });
    return (await coming.shift()?.()) ?? { id: asked.length };
  };
  return { [name]: { title: name, undo: 'never', input: { text: { ...text, required: true } }, run, ...more } };
}

beforeEach(async () => {
  world = await openWorld();
  [asked, coming, grant] = [[], [], undefined];
  const connector = {
    title: 'Memory',
    actions: {
      ...action('say'),
      ...action('book', { lifetime: 60_000 }),
      ...action('look', { does: 'look' }),
      ...action('refund', { does: 'pay' }),
      ...action('greet', { upon: 'people', input: { row: { kind: 'text', title: 'Row', required: true } } }),
    },
  } as unknown as Connector;
  actions = openActions({
    store: world.database.store,
    connectorOf: () => connector,
    context: async () => {
      if (grant) throw grant;
      return {} as never;
    },
    now: world.now,
    log: { error: () => undefined },
  });
  connection = (await world.engine.look.syncs(world.workspace))[0]!.connection;
});

const who = (pays = true) => ({ workspace: world.workspace, by: 'person', pays });
const perform = (name: string, more: Partial<Asking> = {}, pays = true) =>
  actions.perform(who(pays), { connection, action: name, input: { text: 'hello' }, ...more });
/** As connectors explain a refusal: the advice bears the service's words, for it is shown alone where a row was refused. */
const twice = new Refused(
  'Service answered 404: no such invoice',
  'The service refuses this: no such invoice',
  undefined,
  new Error('no such invoice'),
);
const failing = (error: Error) => () => Promise.reject(error);

describe('an action', () => {
  test('is done, and kept with what came of it', async () => {
    const done = await perform('say');
    expect(done).toMatchObject({ action: 'say', state: 'done', answer: { id: 1 }, input: { text: 'hello' }, by: 'person' });
    expect(await actions.look(world.workspace, done.id)).toEqual(done);
    expect(await actions.list(world.workspace, { record: null, before: null, most: 10 })).toEqual([done]);
  });

  test('asked at once under one key is done once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => perform('say', { key: 'one' })));
    expect(asked).toHaveLength(1);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await perform('say', { key: 'one' })).toMatchObject({ state: 'done', answer: { id: 1 } });
    await expect(perform('book', { key: 'one' })).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('asked for something else under a key that was used is refused, and not answered with what came of the first', async () => {
    const row = world.service.add({ givenName: 'Ada', emails: [{ value: 'ada@example.com' }] });
    await world.begin();
    const [ada] = await world.contacts();
    await perform('say', { key: 'k' });
    await expect(perform('say', { key: 'k', input: { text: 'goodbye' } })).rejects.toMatchObject({ kind: 'conflict' });
    await expect(perform('say', { key: 'k', record: ada!.id })).rejects.toMatchObject({ kind: 'conflict' });
    const greeted = await perform('greet', { key: 'g', input: {}, record: ada!.id });
    expect(greeted.input).toEqual({ row });
    expect(await perform('greet', { key: 'g', input: {}, record: ada!.id.toUpperCase() })).toEqual(greeted);
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['refused', new Refused('too late', 'Ask sooner.'), 'refused', 'too late. Ask sooner.'],
    ['refused in words that the advice repeats', twice, 'refused', 'The service refuses this: no such invoice'],
    ['not sent', new TryLater('quota', 'Wait.', 5, true), 'refused', 'quota. Wait.'],
    ['without an answer', late, 'unsure', 'no answer within 30 s. The service is slow.'],
    ['an unknown failure', new Error('a slip of ours'), 'unsure', 'a slip of ours'],
  ])('that is %s says so', async (_what, error, state, said) => {
    coming = [failing(error)];
    expect(await perform('say')).toMatchObject({ state, said, answer: null });
  });

  test('that only looks is never unsure', async () => {
    coming = [failing(late)];
    expect(await perform('look')).toMatchObject({ state: 'refused' });
  });

  test('whose sign-in has died was not sent', async () => {
    grant = new Reconnect('dead', 'Sign in again.');
    expect(await perform('say')).toMatchObject({ state: 'refused', said: 'dead. Sign in again.' });
    expect(asked).toEqual([]);
  });

  test('whose hub died while it was sending is unsure once no answer can come', async () => {
    const { promise, resolve } = Promise.withResolvers<Values>();
    coming = [() => promise];
    const under = perform('say', { key: 'k' });
    await expect.poll(() => asked.length).toBe(1);
    expect(await perform('say', { key: 'k' })).toMatchObject({ state: 'sending' });
    world.turn(121_000);
    expect(await perform('say', { key: 'k' })).toMatchObject({ state: 'unsure' });
    resolve({ id: 'late' });
    expect(await under).toMatchObject({ state: 'done' });
  });
});

describe('sent again', () => {
  test('is one whose answer never came, under the key the service knows', async () => {
    coming = [failing(late)];
    const { id } = await perform('book');
    expect(await actions.repeat(who(), id)).toMatchObject({ id, state: 'done' });
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
    await expect(actions.repeat(who(), id)).rejects.toMatchObject({ kind: 'conflict', message: `Action ${id} is done.` });
  });

  test('is done, whatever the first sending comes to after it was given up', async () => {
    const first = Promise.withResolvers<Values>();
    coming = [() => first.promise];
    const under = perform('book');
    await expect.poll(() => asked.length).toBe(1);
    world.turn(50_000);
    const [{ id } = { id: 0 }] = await actions.list(world.workspace, { record: null, before: null, most: 1 });
    await world.database.owner.query('update actions set until = at where id = $1', [id]);
    expect(await actions.repeat(who(), id)).toMatchObject({ state: 'done', answer: { id: 2 } });
    first.reject(late);
    expect(await under).toMatchObject({ state: 'done', answer: { id: 2 } });
    expect(await actions.look(world.workspace, id)).toMatchObject({ state: 'done', answer: { id: 2 } });
  });

  test('is none whose key the service has forgotten, or knows none', async () => {
    coming = [failing(late), failing(late)];
    const [book, say] = [await perform('book'), await perform('say')];
    await expect(actions.repeat(who(), say.id)).rejects.toThrow(/knows no keys/);
    world.turn(60_000);
    await expect(actions.repeat(who(), book.id)).rejects.toThrow(/has forgotten its key/);
    expect(asked).toHaveLength(2);
  });
});

describe('what cannot be asked so', () => {
  test('names the place, what was found and what is allowed', async () => {
    await expect(perform('say', { input: { text: 'x'.repeat(11), other: 1 } })).rejects.toMatchObject({
      kind: 'invalid',
      problems: [{ path: 'text' }, { path: 'other' }],
    });
    await expect(perform('sing')).rejects.toMatchObject({ kind: 'missing', advice: 'It has: say, book, look, refund, greet.' });
    await expect(perform('constructor')).rejects.toMatchObject({ kind: 'missing' });
    await expect(perform('say', { record: '0198c2f0-0000-7000-8000-000000000001' })).rejects.toMatchObject({ kind: 'missing' });
    await expect(perform('say', { connection: 999_999 })).rejects.toMatchObject({ kind: 'missing' });
    await expect(actions.look(world.workspace, 999_999)).rejects.toMatchObject({ kind: 'missing' });
    expect(asked).toEqual([]);
  });

  test('money leaves the firm for those alone who may say so', async () => {
    await expect(perform('refund', {}, false)).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await perform('refund')).toMatchObject({ state: 'done' });
  });

  test('another workspace sees none of it', async () => {
    const { id } = await perform('say');
    const stranger = await world.database.workspace();
    await expect(actions.look(stranger, id)).rejects.toMatchObject({ kind: 'missing' });
    await expect(actions.repeat({ ...who(), workspace: stranger }, id)).rejects.toMatchObject({ kind: 'missing' });
    expect(await actions.list(stranger, { record: null, before: null, most: 10 })).toEqual([]);
  });
});

test('an action upon a row finds the row of the record', async () => {
  const row = world.service.add({ givenName: 'Ada', emails: [{ value: 'ada@example.com' }] });
  await world.begin();
  const [ada] = await world.contacts();
  expect(await perform('greet', { input: {}, record: ada!.id })).toMatchObject({
    state: 'done',
    record: ada!.id,
    input: { row },
  });
  expect(await actions.list(world.workspace, { record: ada!.id, before: null, most: 10 })).toHaveLength(1);
  const stranger = await world.contact({ givenName: 'Bo' });
  await world.engine.pause(world.workspace, world.sync, 'a rest');
  await expect(perform('greet', { input: {}, record: stranger.id })).rejects.toMatchObject({ kind: 'conflict' });
});

test('over HTTP: offered, performed, looked at, sent again, as far as one may', async () => {
  const callerOf = (role: Role) => ({ workspace: world.workspace, by: role, permissions: new Set(ROLES[role]) });
  const { url } = await serve(actionRoutes(actions), async (key) => callerOf(key as Role));
  const ask = async (method: string, path: string, body?: unknown, as: Role = 'admin') => {
    const headers = { authorization: `Bearer ${as}`, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: await answer.json() };
  };
  const path = `/api/connections/${connection}/actions`;
  const { body } = await ask('GET', path, undefined, 'reader');
  expect(body.items.map((one: { name: string; does: string }) => [one.name, one.does])).toContainEqual(['refund', 'pay']);
  expect((await ask('POST', `${path}/say`, { input: { text: 'hi' } }, 'reader')).status).toBe(403);
  const said = await ask('POST', `${path}/say`, { input: { text: 'hi' } }, 'editor');
  expect(said).toMatchObject({ status: 200, body: { state: 'done', answer: { id: 1 } } });
  expect((await ask('POST', `${path}/refund`, { input: { text: 'hi' } }, 'editor')).status).toBe(403);
  expect((await ask('POST', `${path}/refund`, { input: { text: 'hi' } })).body.state).toBe('done');
  expect((await ask('GET', `/api/actions/${said.body.id}`)).body).toEqual(said.body);
  expect((await ask('GET', '/api/actions')).body.items).toHaveLength(2);
  coming = [failing(late)];
  const booked = await ask('POST', `${path}/book`, { input: { text: 'hi' }, key: 'b' });
  expect(booked.body.state).toBe('unsure');
  expect((await ask('POST', `/api/actions/${booked.body.id}/repeat`)).body).toMatchObject({ state: 'done' });
});
