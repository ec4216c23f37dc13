/** The gap detector: changes that webhooks told, and those they did not. */
import { beforeEach, expect, test } from 'vitest';
import { ANY_ROW, foldGaps, heard, listGaps } from '#store/gaps.ts';
import { openRoom, type Room } from './room.ts';

const MINUTE = 60_000;

let room: Room;
let rows: string[];

beforeEach(async () => {
  room = await openRoom();
  rows = ['Ada', 'Grace', 'Edsger'].map((givenName) => room.service.add({ givenName, familyName: 'X' }));
  await room.begin();
});

const within = <T>(work: Parameters<typeof room.database.store.workspace<T>>[1]) =>
  room.database.store.workspace(room.workspace, work);
const news = (row: string) =>
  within((tx) =>
    room.engine.hear(tx, { connection: room.ref.connection, stream: 'memory.people', news: [{ is: 'touched', id: row }] }),
  );
const edit = (row: string) => room.service.edit(row, { familyName: `Y${room.now()}` });
const drain = () => room.engine.drain(room.workspace, room.sync, 'test');

async function live(): Promise<void> {
  await room.subscriptions.attend(room.ref);
  room.turn(MINUTE);
  await room.run();
}

async function gaps(): Promise<{ told: number; found: number }> {
  const listed = await within(async (tx) => {
    await foldGaps(tx, null, new Date(room.now()));
    return listGaps(tx, room.ref.connection, new Date(room.now() - 86_400_000));
  });
  const sum = (of: 'told' | 'found') => listed.reduce((all, gap) => all + gap[of], 0);
  return { told: sum('told'), found: sum('found') };
}

test('what news told is told, and what only a pull found is a gap, once minutes have passed', async () => {
  await live();
  edit(rows[0]!);
  await news(rows[0]!);
  await drain();
  expect(await gaps()).toEqual({ told: 1, found: 0 });
  edit(rows[1]!);
  await room.run();
  expect(await gaps()).toEqual({ told: 1, found: 0 });
  room.turn(6 * MINUTE);
  expect(await gaps()).toEqual({ told: 1, found: 1 });
  const listed = await within((tx) => listGaps(tx, room.ref.connection, new Date(0)));
  expect(listed.every(({ stream, day }) => stream === 'memory.people' && /^\d{4}-\d\d-\d\d$/.test(day))).toBe(true);
});

test('news that comes minutes after a pull was quicker has told; what comes later still has not', async () => {
  await live();
  edit(rows[0]!);
  edit(rows[1]!);
  await room.run();
  room.turn(MINUTE);
  await news(rows[0]!);
  room.turn(6 * MINUTE);
  await news(rows[1]!);
  await drain();
  room.turn(90 * MINUTE);
  expect(await gaps()).toEqual({ told: 1, found: 1 });
});

test('news of a stream tells of whatever the next pull brings', async () => {
  await live();
  edit(rows[0]!);
  edit(rows[1]!);
  await within((tx) => heard(tx, room.sync, [ANY_ROW], new Date(room.now())));
  await room.run();
  room.turn(6 * MINUTE);
  expect(await gaps()).toEqual({ told: 2, found: 0 });
  await room.run();
  edit(rows[2]!);
  await room.run();
  room.turn(6 * MINUTE);
  expect(await gaps()).toEqual({ told: 2, found: 1 });
});

test('what lists hide and only a sweep finds is a gap', async () => {
  await live();
  room.service.hide();
  edit(rows[0]!);
  await room.engine.sweep(room.workspace, room.sync, 10, 'test');
  await drain();
  room.turn(6 * MINUTE);
  expect(await gaps()).toEqual({ told: 0, found: 1 });
});

test('neither what came before the subscription nor what we wrote ourselves is asked of it', async () => {
  edit(rows[0]!);
  await room.run();
  const [ada] = await room.contacts();
  await live();
  await room.change(ada!.id, { familyName: 'Here' });
  await drain();
  await news(rows[0]!);
  await room.run();
  room.turn(90 * MINUTE);
  await room.run();
  expect(await gaps()).toEqual({ told: 0, found: 0 });
});
