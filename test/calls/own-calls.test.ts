/** Whoever connects without being an administrator is told of their own part of calls alone: those end all the same, before the log speaks. */
import { expect, test } from 'vitest';
import { openPhoneHub } from './hub.ts';

test.each([
  ['answered-outbound', 'answered'],
  ['busy-outbound', 'busy'],
  ['cancelled-outbound', 'missed'],
])('%s', async (story, outcome) => {
  const phone = await openPhoneHub('bob');
  const { truths } = phone.emulators.ringcentral.ring(story, { cast: { ann: 'bob' } });
  await phone.pass(0);
  const { id, fields } = await phone.callOf(truths[0]!.telephonySessionId);
  expect(fields).toMatchObject({ direction: 'outbound', outcome, ended: expect.any(String) });
  expect(Math.abs(Number(fields.talkSeconds ?? 0) - truths[0]!.talkSeconds)).toBeLessThanOrEqual(2);
  await phone.pass(60_000);
  await phone.read('calls');
  expect(await phone.callOf(truths[0]!.telephonySessionId)).toMatchObject({ id, fields: { outcome } });
});
