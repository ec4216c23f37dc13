import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { items, object } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { phone } from './phone.ts';
import { endOf, type Moment, momentsOf, placeCall, type StoryCall, truthsOf } from './ringcentral/call.ts';
import { createCompany } from './ringcentral/company.ts';
import { calls, numberOf } from './ringcentral/month.ts';
import { stories } from './ringcentral/stories/corpus.ts';
import type { Story } from './ringcentral/stories/story.ts';

const company = createCompany();
const everyone = [...stories.values()];
const begins = Date.parse('2026-03-02T09:00:00Z');
const told = (story: Story) => placeCall(story, company, { begins, serial: 1 });

/** Stretches of time, ms. */
type Stretch = readonly [from: number, to: number];

/** When each party of a user was in conversation, by the order the sequence numbers tell. */
function conversations(call: StoryCall, session: string): Stretch[][] {
  const ordered = momentsOf(call, company)
    .filter((one) => one.session === session)
    .sort((a, b) => a.sequence - b.sequence);
  const users = new Map<string, Moment[]>();
  for (const one of ordered) {
    const { extensionId = '' } = one.party;
    if (company.find(extensionId)?.type === 'User') users.set(one.party.number, [...(users.get(one.party.number) ?? []), one]);
  }
  return [...users.values()].map((moments) =>
    moments.flatMap((one, n): Stretch[] =>
      one.party.status.code === 'Answered' ? [[one.at, moments[n + 1]?.at ?? endOf(call)]] : [],
    ),
  );
}

/** Milliseconds during which `least` of them were in conversation. */
function during(parties: readonly (readonly Stretch[])[], least: number): number {
  const marks = parties.flat().flatMap(([from, to]) => [
    [from, 1],
    [to, -1],
  ]);
  marks.sort(([a = 0, x = 0], [b = 0, y = 0]) => a - b || x - y);
  let [sum, open, last] = [0, 0, 0];
  for (const [at = 0, step = 0] of marks) {
    if (open >= least) sum += at - last;
    open += step;
    last = at;
  }
  return sum;
}

describe('the corpus', () => {
  test('has more than forty stories, each with the truth about each of its sessions and a record for each', () => {
    expect(everyone.length).toBeGreaterThan(60);
    for (const story of everyone) {
      const sessions = Object.keys(story.sessions).sort();
      expect([story.name, story.expected.map((one) => one.session).sort()]).toEqual([story.name, sessions]);
      expect([story.name, [...new Set(story.log.map((one) => one.session))].sort()]).toEqual([story.name, sessions]);
    }
  });

  test.each(everyone.filter(({ events }) => events.length > 0).map((story) => [story.name, story] as const))(
    '%s: the talk time that is expected is what its events say',
    (_, story) => {
      const call = told(story);
      for (const { session, direction, talkSeconds, exception } of story.expected) {
        if (exception !== undefined && exception.reason !== 'internal') continue;
        const parties = conversations(call, session);
        if (parties.length === 0) continue;
        const both = direction === 'internal' && parties.length > 1;
        expect(Math.abs(during(parties, both ? 2 : 1) / 1000 - talkSeconds)).toBeLessThan(0.2);
      }
    },
  );

  test.each(everyone.map((story) => [story.name, story] as const))('%s: what happened agrees with itself', (_, story) => {
    const call = told(story);
    for (const truth of truthsOf(call)) {
      const missed = ['missed', 'voicemail', 'busy', 'rejected', 'failed'].includes(truth.outcome);
      if (truth.exception === undefined) {
        expect(truth.talkSeconds > 0).toBe(!missed);
        expect(truth.followUp).toBe(missed && truth.direction === 'inbound' && truth.outside !== undefined);
        if (truth.outcome === 'answered') expect(truth.extensionId).toBeDefined();
      }
      if (truth.outside !== undefined) expect(truth.outside).toMatch(/^\+\d{8,15}$/);
    }
    const ends = new Map<string, string>();
    for (const { party } of momentsOf(call, company)) ends.set(party.id, party.status.code);
    if (story.name !== 'end-never-told')
      expect([...new Set(ends.values())].filter((code) => !/Disconnected|Gone/.test(code))).toEqual([]);
  });
});

describe('told through the service', () => {
  let all: Emulators;
  beforeAll(async () => {
    all = await startEmulators({ clock: createClock(begins), ringcentral: { lag: { least: 0, most: 0 } } });
  });
  afterAll(() => all.close());

  test('every story leaves the records it says, and none that the truth does not know', async () => {
    const { ringcentral } = all;
    const truths = everyone.flatMap((story) => ringcentral.ring(story, { begins: begins - 3_600_000 * 5 }).truths);
    const records: { sessionId?: unknown }[] = [];
    for (let page = 1, more = true; more; page++) {
      const query = { perPage: '50', page: String(page), view: 'Detailed', showDeleted: 'true' };
      const { body } = await phone(ringcentral).get('~/call-log', query);
      records.push(...items(body.records));
      more = object(body.navigation).nextPage !== undefined;
    }
    expect(new Set(records.map((one) => one.sessionId))).toEqual(new Set(truths.map((one) => one.sessionId)));
    const deleted = truths.filter(({ story }) => story === 'record-deleted').map((one) => one.telephonySessionId);
    expect(new Set([...ringcentral.logged(), ...deleted])).toEqual(new Set(truths.map((one) => one.telephonySessionId)));
  });

  test('a story with an hour of its own keeps to it when asked', async () => {
    const { truths } = all.ringcentral.ring('dst-change', { begins: 'as written' });
    all.clock.turn(8 * 86_400_000);
    const [record] = await phone(all.ringcentral).list('~/call-log', { telephonySessionId: truths[0]?.telephonySessionId });
    expect(record?.startTime).toBe('2026-03-08T06:55:00.000Z');
  });

  test('a month is the same for the same seed, in order, and its calls can be told', () => {
    const some = [...calls(2000, 5)];
    expect(some).toEqual([...calls(2000, 5)]);
    expect(some).not.toEqual([...calls(2000, 6)]);
    expect(some.map((one) => one.begins)).toEqual(some.map((one) => one.begins).sort((a, b) => a - b));
    expect(new Set(some.map((one) => one.story.name)).size).toBeGreaterThan(55);
    for (const call of some) expect(all.ringcentral.ring(call.story, { ...call, silent: true }).truths.length).toBeGreaterThan(0);
  });

  test('the numbers of a month are numbers', () => {
    for (let n = 0; n < 3000; n++)
      expect([numberOf(3, n), parsePhoneNumberFromString(numberOf(3, n))?.isValid()]).toEqual([numberOf(3, n), true]);
  });
});
