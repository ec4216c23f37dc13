/** A message that no log names belongs to the call of its number and time, and to no other; before the call is heard of, or after. */
import { expect, test } from 'vitest';
import type { Row } from '#kit/stream.ts';
import type { SyncRow } from '#store/syncs.ts';
import { ADA, STORIES, told } from './stories.ts';
import { NOON, openWorld, type World } from './world.ts';

const SECOND = 1_000;

/** The engine keeps these messages. */
async function keep(world: World, ...messages: { id: string; from?: string; at: number; transcript?: string }[]): Promise<void> {
  const rows = messages.map(
    ({ id, at, ...rest }): Row => ({ id, fields: { ...rest, at: new Date(at).toISOString() }, raw: null }),
  );
  const kept = rows.map(({ id }) => ({ row: id, record: null, reason: null }));
  const beside = world.calls.besideOf('phone.messages')!;
  const sync = { connection: world.connection } as SyncRow;
  await world.database.store.workspace(world.workspace, (tx) => beside.kept(tx, sync, rows, kept));
  await world.calls.drain();
}

/** A call that goes to a mailbox, twenty seconds after it began for half a minute. */
const left = (session: string, began: number) => told(STORIES.voicemail, { session, began });

async function ended(world: World): Promise<void> {
  world.turn(60 * SECOND);
  await world.calls.drain();
}

const shown = async (world: World) =>
  (await world.all('call')).map(({ fields: { session, voicemail, transcript } }) => [
    session,
    voicemail === undefined ? null : String(voicemail).replace(/[\da-f-]{36}/, 'id'),
    transcript ?? null,
  ]);

const LINK = 'http://hub.test/api/calls/id/voicemail';

test('the message comes after the call, its transcript later', async () => {
  const world = await openWorld();
  await world.hear(...left('s-1', NOON));
  await ended(world);
  await keep(world, { id: 'm-1', from: ADA, at: NOON + 48 * SECOND });
  expect(await shown(world)).toEqual([['s-1', LINK, null]]);
  await keep(world, { id: 'm-1', from: ADA, at: NOON + 48 * SECOND, transcript: 'Call me back' });
  expect(await shown(world)).toEqual([['s-1', LINK, 'Call me back']]);
});

test('it comes before the end of the call is known', async () => {
  const world = await openWorld();
  await keep(world, { id: 'm-1', from: ADA, at: NOON + 48 * SECOND, transcript: 'Call me back' });
  await world.hear(...left('s-1', NOON));
  await ended(world);
  expect(await shown(world)).toEqual([['s-1', LINK, 'Call me back']]);
});

test('two calls within the hour, each with its own; another number’s and an anonymous one’s are nobody’s', async () => {
  const world = await openWorld();
  await world.hear(...left('s-1', NOON), ...left('s-2', NOON + 300 * SECOND));
  world.turn(400 * SECOND);
  await world.calls.drain();
  await keep(
    world,
    { id: 'm-2', from: ADA, at: NOON + 350 * SECOND, transcript: 'second' },
    { id: 'm-1', from: ADA, at: NOON + 48 * SECOND, transcript: 'first' },
    { id: 'm-3', from: '+14155550199', at: NOON + 49 * SECOND, transcript: 'another' },
    { id: 'm-4', at: NOON + 49 * SECOND, transcript: 'anonymous' },
    { id: 'm-5', from: ADA, at: NOON + 3_600 * SECOND, transcript: 'much later' },
  );
  expect((await shown(world)).sort()).toEqual([
    ['s-1', LINK, 'first'],
    ['s-2', LINK, 'second'],
  ]);
});

test('what a person wrote in place of the transcript stays', async () => {
  const world = await openWorld();
  await world.hear(...left('s-1', NOON));
  await ended(world);
  const { id } = await world.call();
  await world.change(id, { transcript: 'Wants a quote' });
  await keep(world, { id: 'm-1', from: ADA, at: NOON + 48 * SECOND, transcript: 'Wands a goat' });
  expect((await world.call()).fields.transcript).toBe('Wants a quote');
});
