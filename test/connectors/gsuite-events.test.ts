/** Calendars as they are: several of them, series with exceptions, whole days, zones, guests, and what is private. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gsuite } from '#connectors/gsuite/index.ts';
import { Reconnect } from '#kit/errors.ts';
import type { Row, Stream } from '#kit/stream.ts';
import { type Bench, createBench, draftOf } from '../conformance/bench.ts';
import { EMAIL, signedIn } from '../conformance/drivers/gsuite.ts';
import type { World } from '../conformance/world.ts';
import type { GivenEvent } from '../emulators/gsuite/agenda-desk.ts';
import type { Gsuite } from '../emulators/gsuite/contract.ts';

const stream: Stream = gsuite.streams.events;
const BOB = 'bob@example.com';
const at = (time: string, timeZone = 'Europe/London') => ({ dateTime: time, timeZone });
const HOUR: GivenEvent = { summary: 'Call', start: at('2026-03-02T10:00:00'), end: at('2026-03-02T11:00:00') };
const WEEKLY: GivenEvent = { ...HOUR, id: 'series1', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'] };

let google: Gsuite;
let bench: Bench;
let world: Omit<World, 'ids' | 'misfit'>;

beforeEach(async () => {
  const on = await signedIn({});
  google = on.gsuite;
  google.addAccount({ email: BOB, zone: 'America/New_York' });
  world = on.world;
  bench = benchOf();
});
afterEach(() => world.close());

const benchOf = (more: Partial<World> = {}) =>
  createBench(gsuite, stream, { ...world, ids: () => [], misfit: () => '', ...more });
const id = (event: string, calendar = EMAIL) => `${calendar}/${event}`;

async function fetched(event: string, calendar = EMAIL): Promise<Row> {
  const { rows } = await stream.fetch!(bench.ctx, [id(event, calendar)]);
  return rows[0]!;
}

async function written(fields: Row['fields'], row?: Row): Promise<Row> {
  const [outcome] = await bench.push([draftOf(fields, row)]);
  expect(outcome).toMatchObject({ is: 'done' });
  return (outcome as { row: Row }).row;
}

describe('calendars', () => {
  test('each has a token of its own; those that are only shown are not read', async () => {
    const agenda = google.agenda();
    agenda.addCalendar({ id: 'team@group.calendar.google.com', role: 'writer', zone: 'Asia/Tokyo' });
    agenda.add({ ...HOUR, id: 'holiday1' }, 'en.uk#holiday@group.v.calendar.google.com');
    agenda.add({ ...HOUR, id: 'same1' });
    agenda.add({ ...HOUR, id: 'same1' }, 'team@group.calendar.google.com');
    const first = await bench.read();
    expect(first.rows.map((row) => row.id)).toEqual([id('same1'), id('same1', 'team@group.calendar.google.com')]);
    expect(Object.keys((first.cursors.at(-1) as { tokens: object }).tokens)).toHaveLength(2);
    agenda.edit('same1', { summary: 'Moved' }, 'team@group.calendar.google.com');
    const { rows } = await bench.read(first.cursors.at(-1));
    expect(rows.map((row) => row.fields.title)).toEqual(['Moved']);
  });

  test('one that is new is read whole; one that was left makes the cursor lost', async () => {
    const agenda = google.agenda();
    const { cursors } = await bench.read();
    agenda.addCalendar({ id: 'new@group.calendar.google.com' });
    agenda.add({ ...HOUR, id: 'first1' }, 'new@group.calendar.google.com');
    const second = await bench.read(cursors.at(-1));
    expect(second.rows.map((row) => row.id)).toEqual([id('first1', 'new@group.calendar.google.com')]);
    agenda.removeCalendar('new@group.calendar.google.com');
    expect((await bench.read(second.cursors.at(-1))).lost).toMatch(/new@group/);
  });

  test('an account without any calendar of its own has no events', async () => {
    google.agenda().removeCalendar(EMAIL);
    expect(await bench.read()).toMatchObject({ rows: [], lasts: [true] });
  });

  test('a page may be empty and have a next one', async () => {
    const agenda = google.agenda();
    for (let n = 0; n < 1001; n++) agenda.add({ ...HOUR, id: `gone${String(n).padStart(4, '0')}` });
    for (let n = 0; n < 1001; n++) agenda.delete(`gone${String(n).padStart(4, '0')}`);
    agenda.add({ ...HOUR, id: 'stays1' });
    const { rows, lasts } = await bench.read();
    expect(rows.map((row) => row.id)).toEqual([id('stays1')]);
    expect(lasts.length).toBe(3);
  });

  test('pages that are lost within a sync are read again from its token', async () => {
    google.agenda().fill(1500);
    const { cursors } = await bench.read();
    for (const row of google.agenda().list().slice(0, 1100)) google.agenda().edit(String(row.id), { location: 'Elsewhere' });
    const [page] = (await bench.read(cursors.at(-1))).cursors;
    google.faults.add({ kind: 'status', status: 410, operation: 'calendar.events.list' });
    expect((await bench.read(page)).rows.length).toBe(1100);
  });
});

describe('series', () => {
  test('a master, its exceptions, and occurrences that do not take place are rows; the others are none', async () => {
    const agenda = google.agenda();
    agenda.add(WEEKLY);
    agenda.edit('series1_20260309T100000Z', { start: at('2026-03-09T15:00:00'), end: at('2026-03-09T16:00:00') });
    agenda.delete('series1_20260316T100000Z');
    const { rows, cursors } = await bench.read();
    expect(rows.map((row) => row.id)).toEqual([id('series1'), id('series1_20260309T100000Z'), id('series1_20260316T100000Z')]);
    const [master, moved, cancelled] = rows.map((row) => row.fields);
    expect(master).toMatchObject({ uid: 'series1@google.com', recurrence: 'RRULE:FREQ=WEEKLY;COUNT=5' });
    expect(moved).toMatchObject({
      ...{ series: id('series1'), uid: 'series1@google.com/20260309T100000Z', occurrence: '2026-03-09T10:00:00.000Z' },
      start: { local: '2026-03-09T15:00:00', zone: 'Europe/London' },
    });
    expect(cancelled).toEqual({
      ...{ series: id('series1'), occurrence: '2026-03-16T10:00:00.000Z', status: 'cancelled', calendar: EMAIL },
    });
    agenda.delete('series1');
    const { gone } = await bench.read(cursors.at(-1));
    expect(gone).toEqual(expect.arrayContaining([id('series1'), id('series1_20260309T100000Z')]));
  });

  test('an exception of a series that was made here has its mark over there, and bears it for nobody', async () => {
    const zoned = (hour: number) => ({ local: `2026-03-02T${hour}:00:00`, zone: 'Europe/London' });
    const made = await written({ title: 'Call', start: zoned(10), end: zoned(11), recurrence: 'RRULE:FREQ=WEEKLY;COUNT=5' });
    expect(made.mark).toBeDefined();
    const exception = `${made.id.split('/')[1]}_20260309T100000Z`;
    google.agenda().edit(exception, { summary: 'Other' });
    expect(google.agenda().get(exception)!.extendedProperties).toEqual(
      google.agenda().get(made.id.split('/')[1]!)!.extendedProperties,
    );
    expect((await fetched(exception)).mark).toBeUndefined();
  });

  test('an exception of an all-day series is known by its day', async () => {
    const agenda = google.agenda();
    agenda.add({ ...WEEKLY, start: { date: '2026-03-02' }, end: { date: '2026-03-03' } });
    agenda.edit('series1_20260309', { summary: 'Other' });
    const row = await fetched('series1_20260309');
    expect(row.fields).toMatchObject({ uid: 'series1@google.com/20260309', occurrence: '2026-03-09T00:00:00.000Z' });
  });

  test('one occurrence is written without the others', async () => {
    google.agenda().add(WEEKLY);
    const occurrence = await fetched('series1_20260309T100000Z');
    const moved = await written({ title: 'Only this' }, occurrence);
    expect(moved.fields).toMatchObject({ title: 'Only this', series: id('series1') });
    expect((await fetched('series1')).fields.title).toBe('Call');
    expect(await stream.remove!(bench.ctx, [moved.id])).toEqual([{ is: 'done' }]);
    expect((await bench.read()).rows.map((row) => row.fields.status)).toEqual(['confirmed', 'cancelled']);
  });
});

describe('times', () => {
  test('whole days end on their last one, and become times and days again', async () => {
    const made = await written({ title: 'Fair', startDate: '2026-03-28', endDate: '2026-03-30' });
    expect(google.agenda().list()[0]).toMatchObject({ start: { date: '2026-03-28' }, end: { date: '2026-03-31' } });
    expect(made.fields).toMatchObject({ allDay: true, startDate: '2026-03-28', endDate: '2026-03-30' });
    const noon = { local: '2026-03-28T12:00:00', zone: 'Pacific/Auckland' };
    const one = { local: '2026-03-28T13:00:00', zone: 'Pacific/Auckland' };
    const timed = await written({ startDate: null, endDate: null, start: noon, end: one }, made);
    expect(timed.fields).toMatchObject({ start: noon, end: one });
    expect(timed.fields).not.toHaveProperty('allDay');
    const again = await written({ start: null, end: null, startDate: '2026-01-01', endDate: '2026-01-01' }, timed);
    expect(again.fields).toMatchObject({ allDay: true, startDate: '2026-01-01', endDate: '2026-01-01' });
    expect(again.fields).not.toHaveProperty('start');
  });

  test('an event keeps the zone it is meant in, though Google shows it in that of the calendar', async () => {
    const start = { local: '2026-07-01T09:00:00', zone: 'America/Los_Angeles' };
    const made = await written({ start, end: { local: '2026-07-01T19:00:00', zone: 'Europe/Berlin' } });
    expect(google.agenda().list()[0]).toMatchObject({ start: { dateTime: '2026-07-01T17:00:00+01:00' } });
    expect(made.fields).toMatchObject({ start, end: { local: '2026-07-01T19:00:00', zone: 'Europe/Berlin' } });
  });

  test('the second pass of an hour that clocks show twice stays the second', async () => {
    const start = { local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset: '+01:00' };
    const made = await written({ start, end: { local: '2026-10-25T02:45:00', zone: 'Europe/Berlin', offset: '+01:00' } });
    expect(made.fields.start).toEqual(start);
    expect(google.agenda().list()[0]).toMatchObject({ start: { dateTime: '2026-10-25T01:30:00Z' } });
  });
});

describe('guests', () => {
  const MEETING: GivenEvent = { ...HOUR, id: 'meet1', attendees: [{ email: BOB }, { email: 'eve@else.example' }] };

  test('a copy of what others organize is read and not written; an answer comes back to the organizer', async () => {
    google.agenda(BOB).add({ ...MEETING, attendees: [{ email: EMAIL }] });
    const copy = await fetched('meet1');
    expect(copy).toMatchObject({ copy: true, fields: { organizer: BOB, uid: 'meet1@google.com' } });
    expect(await bench.push([draftOf({ title: 'Mine' }, copy)])).toMatchObject([
      { is: 'refused', reason: expect.stringMatching(/organizer/) },
    ]);
    const answered = await written({ attendees: [{ address: EMAIL, answer: 'accepted' }] }, copy);
    expect(answered.fields.attendees).toMatchObject([{ address: EMAIL, answer: 'accepted' }]);
    expect(google.agenda(BOB).get('meet1')).toMatchObject({ attendees: [{ responseStatus: 'accepted' }] });
  });

  test('a sync sends no mail, whatever it writes, unless the connection is set so', async () => {
    const guests = { attendees: [{ address: BOB }] };
    const when = { start: { local: '2026-03-02T10:00:00', zone: 'UTC' }, end: { local: '2026-03-02T11:00:00', zone: 'UTC' } };
    const made = await written({ title: 'Quiet', ...when, ...guests });
    await written({ title: 'Quieter' }, made);
    await stream.remove!(bench.ctx, [made.id]);
    expect(google.agenda().mails()).toEqual([]);
    bench = benchOf({ settings: { invitations: 'all' } });
    await written({ title: 'Loud', ...when, ...guests });
    expect(google.agenda().mails()).toMatchObject([{ to: BOB, kind: 'invited' }]);
  });

  test('two thousand of them are written and read', async () => {
    const attendees = Array.from({ length: 2000 }, (_, n) => ({ address: `guest${n}@example.com`, answer: 'none' }));
    google.agenda().add({ ...HOUR, id: 'large1' });
    const row = await written({ attendees }, await fetched('large1'));
    expect(row.fields.attendees).toHaveLength(2000);
  });
});

describe('private events', () => {
  const SECRET: GivenEvent = {
    ...{ ...HOUR, id: 'secret1', summary: 'SECRET', description: 'SECRET', location: 'SECRET', visibility: 'private' },
    attendees: [{ email: BOB, comment: 'SECRET' }],
  };

  test('are busy and nothing else, also in what is kept', async () => {
    google.agenda().add(SECRET);
    google.agenda(BOB).add({ ...SECRET, id: 'secret2', attendees: [{ email: EMAIL }], visibility: 'confidential' });
    const { rows } = await bench.read();
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/SECRET|bob@/);
    expect(rows[0]!.fields).toEqual({
      ...{ calendar: EMAIL, uid: 'secret1@google.com', status: 'confirmed', private: true },
      ...{
        start: { local: '2026-03-02T10:00:00', zone: 'Europe/London' },
        end: { local: '2026-03-02T11:00:00', zone: 'Europe/London' },
      },
    });
    expect(rows.map((row) => row.copy)).toEqual([undefined, 'bare']);
  });

  test('of one only the times are written', async () => {
    google.agenda().add(SECRET);
    const row = await fetched('secret1');
    expect(await bench.push([draftOf({ title: 'Open' }, row)])).toMatchObject([{ is: 'refused', field: 'title' }]);
    await written({ end: { local: '2026-03-02T12:00:00', zone: 'Europe/London' } }, row);
    expect(google.agenda().get('secret1')).toMatchObject({ summary: 'SECRET', end: { dateTime: '2026-03-02T12:00:00Z' } });
  });
});

describe('what goes wrong', () => {
  test('a scope that was not allowed is named, with what to do', async () => {
    const { accessToken } = google.grant(EMAIL, ['https://www.googleapis.com/auth/contacts', 'openid']);
    const narrow = benchOf({ token: async () => accessToken });
    const error: unknown = await narrow.read().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Reconnect);
    expect((error as Reconnect).advice).toMatch(/events.*calendar\.events and .*calendar\.calendarlist\.readonly.*Connect again/);
  });

  test.each([
    ['no end', { start: { local: '2026-03-02T10:00:00', zone: 'UTC' } }, 'end'],
    ['a rule that is none', { recurrence: 'EVERY FRIDAY' }, 'recurrence'],
    ['a zone nobody knows', { start: { local: '2026-03-02T10:00:00', zone: 'Mars/Olympus' } }, 'start'],
    ['who made it', { organizer: BOB }, 'organizer'],
  ])('a draft with %s is refused with its field, and not sent', async (_, fields, field) => {
    expect(await bench.push([draftOf(fields)])).toMatchObject([{ is: 'refused', field, reason: expect.stringContaining(field) }]);
    expect(world.calls('calendar.events.insert')).toBe(0);
  });

  test('what Google refuses is refused in its words', async () => {
    const backwards = {
      start: { local: '2026-03-02T10:00:00', zone: 'UTC' },
      end: { local: '2026-03-02T09:00:00', zone: 'UTC' },
    };
    expect(await bench.push([draftOf(backwards)])).toMatchObject([
      { is: 'refused', reason: 'The specified time range is empty.' },
    ]);
  });

  test('a row in a zone nobody knows is held, with the place', async () => {
    google.agenda().add({ ...HOUR, id: 'mars1', raw: { start: at('2026-03-02T10:00:00Z', 'Mars/Olympus') } });
    const { rows, misfits } = await bench.read();
    expect(rows).toEqual([]);
    expect(misfits).toMatchObject([{ id: id('mars1'), problems: [{ path: 'start/timeZone', found: '"Mars/Olympus"' }] }]);
  });

  test('an event that was made, and deleted over there before its answer came, is not made again', async () => {
    const draft = draftOf({
      start: { local: '2026-03-02T10:00:00', zone: 'UTC' },
      end: { local: '2026-03-02T11:00:00', zone: 'UTC' },
    });
    const [outcome] = await bench.push([draft]);
    google.agenda().delete((outcome as { row: Row }).row.id.slice(EMAIL.length + 1));
    expect(await bench.push([draft])).toMatchObject([{ is: 'refused', reason: expect.stringMatching(/deleted/) }]);
    expect(google.agenda().list()).toEqual([]);
  });

  test('a quota of Calendar’s own is waited for', async () => {
    google.setQuotas({ calendar: { calls: 1, perMs: 60_000 } });
    await expect(bench.read()).rejects.toMatchObject({ next: 'later', afterMs: 60_000 });
  });
});
