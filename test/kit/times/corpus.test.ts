/** Several hundred local times, days and series, and the instants that other libraries computed for them: generate.py says how. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { occurrenceUid } from '#kit/meetings.ts';
import { checkValues } from '#kit/rows.ts';
import { dayAfter, dayBegins, instantOf, lastDay, zonedAt, zonedFrom } from '#kit/times.ts';
import { sameZone } from '#kit/zones.ts';

interface Time {
  about: string;
  local: string;
  /** By IANA's name or by Windows'. */
  zone: string;
  /** Of the second pass of an hour that clocks show twice. */
  offset?: string;
  utc: string;
  /** What clocks show instead of a time that they leave out. */
  shown?: string;
}
interface Day {
  about: string;
  day: string;
  zone: string;
  utc: string;
}
interface AllDay {
  about: string;
  first: string;
  dayAfter: string;
  last: string;
}
interface Series {
  about: string;
  zone: string;
  occurrences: { local: string; utc: string }[];
}

const cases = readFileSync(join(import.meta.dirname, 'cases.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Time | Day | AllDay | Series);
const having = <T extends object>(member: keyof T & string): T[] => cases.filter((one): one is T & typeof one => member in one);

const times = having<Time>('local');
const days = having<Day>('day');
const allDay = having<AllDay>('first');
const series = having<Series>('occurrences');

test('the corpus is whole', () => {
  expect(times.length + days.length + allDay.length + series.length).toBe(cases.length);
  expect(cases.length).toBeGreaterThan(500);
  expect(times.filter((one) => one.offset).length).toBeGreaterThan(30);
  expect(times.filter((one) => one.shown).length).toBeGreaterThan(30);
  expect(series.length).toBeGreaterThanOrEqual(25);
});

test('local times are the instants that others computed', () => {
  const wrong = times.filter(({ local, zone, offset, utc }) => instantOf(timeOf(local, zone, offset)) !== utc);
  expect(wrong).toEqual([]);
});

test('and these instants are what the clocks of the zone show', () => {
  const wrong = times.filter(({ local, zone, offset, utc, shown = local }) => {
    const found = zonedAt(utc, zone);
    return found.local !== shown || found.offset !== offset || !sameZone(found.zone, zonedFrom(local, zone).zone);
  });
  expect(wrong).toEqual([]);
});

test('each fits a field of local times', () => {
  const fields = { at: { kind: 'zoned', title: 'At' } } as const;
  const wrong = times.flatMap(({ local, zone, offset }) => checkValues(fields, { at: timeOf(local, zone, offset) }));
  expect(wrong).toEqual([]);
});

test('days begin when they can', () => {
  expect(days.filter(({ day, zone, utc }) => dayBegins(day, zone) !== utc)).toEqual([]);
});

test('all-day events are the same days in every zone', () => {
  expect(allDay.filter((one) => lastDay(one.dayAfter) !== one.last || dayAfter(one.last) !== one.dayAfter)).toEqual([]);
});

test('series keep their time of day whatever becomes of the rules', () => {
  const wrong = series.flatMap(({ about, zone, occurrences }) =>
    occurrences.flatMap(({ local, utc }) => (instantOf(zonedFrom(local, zone)) === utc ? [] : [{ about, local, utc }])),
  );
  expect(wrong).toEqual([]);
  // On the day that Samoa left out, nine in the morning is the same moment as the day after.
  const instants = series.flatMap(({ occurrences }, at) =>
    [...new Set(occurrences.map(({ utc }) => utc))].map((utc) => ({ at, utc })),
  );
  const uids = instants.map(({ at, utc }) => occurrenceUid(`${at}@x`, utc));
  expect(new Set(uids).size).toBe(uids.length);
  expect(uids.every((uid) => /^\d+@x\/\d{8}T\d{6}Z$/.test(uid))).toBe(true);
});

function timeOf(local: string, zone: string, offset: string | undefined) {
  return { ...zonedFrom(local, zone), ...(offset === undefined ? {} : { offset }) };
}
