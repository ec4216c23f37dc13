/** The hub cares for what is due by itself, once started. */
import { expect, test } from 'vitest';
import { openRoom } from './room.ts';

test('what is due is cared for until the hub stops, and a nudge is enough', async () => {
  const room = await openRoom();
  room.subscriptions.start();
  await expect.poll(async () => (await room.kept()).state).toBe('live');
  [...room.calling.living.values()][0]!.dropped = 'Blacklisted';
  room.turn(2 * 3_600_000);
  room.subscriptions.wake();
  await expect.poll(() => room.kept()).toMatchObject({ state: 'live', drops: 1 });
  await room.subscriptions.stop();
  room.turn(2 * 3_600_000);
  const asked = room.calling.asked.length;
  room.subscriptions.wake();
  expect(room.calling.asked).toHaveLength(asked);
  const { rows } = await room.database.owner.query('select from subscriptions where lease_until is not null');
  expect(rows).toEqual([]);
});
