/** What the doctor says of webhooks: the address, what services promised, the gate, and what they did not tell. */
import { expect, test } from 'vitest';
import { checkWebhooks } from '#hub/cli/doctor/webhooks.ts';
import type { Hub } from '#hub/open.ts';
import { connectionsOf, openRoom, type Room } from '#test/webhooks/room.ts';

const never = new AbortController().signal;

const examine = (room: Room, publicUrl = room.publicUrl()) => {
  const { subscriptions, now } = room;
  const hub = { connections: connectionsOf(room), subscriptions, now, publicUrl, config: { hosts: {} } } as unknown as Hub;
  return checkWebhooks(hub, room.workspace, never);
};

test('all is well where the address answers and greets, and the service keeps its promise', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  const findings = await examine(room);
  expect(findings.map(({ name, state }) => [name.replace(/connection \d+/, 'connection'), state])).toEqual([
    ['webhook address', 'well'],
    ['connection (memory, a): subscription', 'well'],
    ['connection (memory, a): webhook', 'well'],
  ]);
});

test('an address that leads nowhere is wrong, and so is what was refused for it', async () => {
  const room = await openRoom();
  room.setPublicUrl('http://127.0.0.1:9');
  await room.subscriptions.attend(room.ref);
  const findings = await examine(room);
  expect(findings).toMatchObject([
    { name: 'webhook address', state: 'wrong', advice: expect.stringContaining('PUBLIC_URL') },
    { state: 'wrong', found: expect.stringMatching(/^refused: .*polled meanwhile/), advice: 'Look at the public URL.' },
  ]);
});

test('a gate that no longer knows the address is wrong', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  room.blindGate();
  expect((await examine(room)).find(({ name }) => name.endsWith('webhook'))).toMatchObject({
    state: 'wrong',
    found: expect.stringContaining('status 404 in place of 200'),
  });
});

test('changes that no webhook told are a warning', async () => {
  const room = await openRoom();
  const rows = ['Ada', 'Grace'].map((givenName) => room.service.add({ givenName }));
  await room.begin();
  await room.subscriptions.attend(room.ref);
  room.turn(60_000);
  await room.run();
  for (const row of rows) room.service.edit(row, { familyName: 'There' });
  await room.run();
  room.turn(6 * 60_000);
  expect((await examine(room)).find(({ name }) => name.endsWith('gaps'))).toMatchObject({
    state: 'warning',
    found: 'in 7 days 0 changes were told, 2 only found',
  });
});
