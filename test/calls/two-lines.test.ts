/** Two people of one account are connected in one workspace: each of their calls is told twice, and is one record all the same. */
import { expect, test } from 'vitest';
import { openPhoneHub } from './hub.ts';

test.each([
  ['bob', 'ann'],
  ['ann', 'bob'],
])('%s first, then %s', async (first, second) => {
  const phone = await openPhoneHub(first);
  await phone.join(second);
  const told = ['answered-inbound', 'missed', 'answered-outbound', 'voicemail-with-transcript'].map((story) =>
    phone.emulators.ringcentral.ring(story, { cast: { ann: 'bob' }, speed: Number.POSITIVE_INFINITY }),
  );
  await phone.pass(0);
  expect(await phone.hub.calls.live(phone.workspace)).toHaveLength(told.length);
  const before = await Promise.all(told.map(({ truths }) => phone.callOf(truths[0]!.telephonySessionId)));
  await phone.pass(60_000);
  await phone.read('calls');
  await phone.read('messages');
  for (const [n, { truths }] of told.entries()) {
    const { direction, outcome, talkSeconds } = truths[0]!;
    const { id, fields } = await phone.callOf(truths[0]!.telephonySessionId);
    expect(id).toBe(before[n]!.id);
    expect({ ...fields, talkSeconds: 0 }).toMatchObject({ direction, outcome });
    expect(Math.abs(Number(fields.talkSeconds ?? 0) - talkSeconds)).toBeLessThanOrEqual(2);
  }
  const { items: asked } = await phone.hub.calls.unresolved(phone.workspace, { after: null, limit: 50 });
  expect(asked.map(({ session }) => session).toSorted()).toEqual(
    told.map(({ truths }) => truths[0]!.telephonySessionId).toSorted(),
  );
  const { items: tasks } = await phone.hub.crm.list(phone.workspace, 'task', { after: null, limit: 50 });
  expect(tasks.length).toBeLessThanOrEqual(1); // one number, one task
});
