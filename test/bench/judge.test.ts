/** The judge of the month of calls sees what is amiss: figures that cannot be bad say nothing. */
import { expect, test } from 'vitest';
import type { Truth } from '#test/emulators/ringcentral/call.ts';
import { type Found, judge } from './judge.ts';

const truth = (n: number, more: Partial<Truth> = {}): Truth => ({
  ...{ story: 'told', session: 'a', telephonySessionId: `s-${n}`, sessionId: `${n}` },
  ...{ direction: 'inbound', outcome: 'answered', outside: '+14155550142', talkSeconds: 10, followUp: false },
  ...more,
});
const record = { direction: 'inbound', outcome: 'answered', contact: 'ada', ended: true };
const right: Found = { records: [record], logged: true, excluded: null };
const fax = truth(2, { exception: { reason: 'fax', why: 'a fax is no call' } });
const left: Found = { records: [], logged: true, excluded: 'fax' };

const judged = (found: { [session: string]: Found }, truths = [truth(1), fax]) =>
  judge(
    truths,
    new Map(Object.entries(found)),
    (number) => (number === '+14155550142' ? 'ada' : null),
    () => true,
  );

test('all is well', () => {
  const well = { calls: 2, complete: 2, doubles: 0, wrongContact: 0, noContact: 0, wrongOutcome: 0, amiss: [] };
  expect(judged({ 's-1': right, 's-2': left })).toEqual(well);
});

test.each<[string, { [session: string]: Found }, object]>([
  ['a call that was never logged', { 's-2': left }, { complete: 1 }],
  ['one the log has not completed', { 's-1': { ...right, logged: false }, 's-2': left }, { complete: 1 }],
  ['one whose end nobody told', { 's-1': { ...right, records: [{ ...record, ended: false }] }, 's-2': left }, { complete: 1 }],
  ['two records of one call', { 's-1': { ...right, records: [record, record] }, 's-2': left }, { doubles: 1 }],
  ['a record of a call that never was', { 's-1': right, 's-2': left, 's-2/x': right }, { doubles: 1 }],
  ['another contact', { 's-1': { ...right, records: [{ ...record, contact: 'bob' }] }, 's-2': left }, { wrongContact: 1 }],
  ['nobody', { 's-1': { ...right, records: [{ ...record, contact: null }] }, 's-2': left }, { noContact: 1 }],
  ['another outcome', { 's-1': { ...right, records: [{ ...record, outcome: 'missed' }] }, 's-2': left }, { wrongOutcome: 1 }],
  ['a fax that is logged', { 's-1': right, 's-2': right }, { complete: 1 }],
  ['a fax without its reason', { 's-1': right, 's-2': { ...left, excluded: null } }, { complete: 1 }],
])('it sees %s', (_, found, wanted) => {
  const sum = judged(found);
  expect(sum).toMatchObject(wanted);
  expect(sum.amiss).toHaveLength(1);
});

test('a contact where nobody can tell who called is wrong', () => {
  const strange = truth(1, { outside: '+14155550199' });
  expect(judged({ 's-1': right, 's-2': left }, [strange, fax])).toMatchObject({ wrongContact: 1 });
});
