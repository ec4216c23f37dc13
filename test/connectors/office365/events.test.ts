/** Events of Office 365: windows, series and what differs from them, days and zones, privacy, and that no sync writes to guests. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { events } from '#connectors/office365/events.ts';
import { recurrenceOf, ruleOf, Unruled } from '#connectors/office365/recurrence.ts';
import { occurrenceUid, seriesUid } from '#kit/meetings.ts';
import type { Row } from '#kit/stream.ts';
import type { Thing } from '#test/emulators/office365/thing.ts';
import { type Desk, draft, NOW, openDesk, passOf } from './desk.ts';

const DAY = 86_400_000;
let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const at = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });
const mine = () => desk.on.mailbox().events;
const only = async (): Promise<Row> => {
  const { rows, problems } = await passOf(events, desk.ctx);
  expect(problems).toEqual([]);
  expect(rows.length).toBe(1);
  return rows[0]!;
};
const push = (...drafts: ReturnType<typeof draft>[]) => events.push!(desk.ctx, drafts);
const done = async (one: ReturnType<typeof draft>): Promise<Row> => {
  const [outcome] = await push(one);
  if (outcome?.is !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.row;
};

const STANDUP: Thing = {
  subject: 'Standup',
  start: at('2026-03-02T09:00:00', 'W. Europe Standard Time'),
  end: at('2026-03-02T09:15:00', 'W. Europe Standard Time'),
  recurrence: {
    pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday', 'thursday'], firstDayOfWeek: 'monday' },
    range: { type: 'endDate', startDate: '2026-03-02', endDate: '2026-04-16' },
  },
};

describe('series', () => {
  test('a series is one row, whatever stands in the view; what differs from it is a row of its own', async () => {
    const id = mine().add(STANDUP);
    mine().cancelDay(id, '2026-03-09');
    const exception = mine().except(id, '2026-03-30', {
      subject: 'Standup, late',
      start: at('2026-03-30T11:00:00', 'Europe/Berlin'),
      end: at('2026-03-30T11:15:00', 'Europe/Berlin'),
    });
    const { rows, gone } = await passOf(events, desk.ctx);
    expect(rows.map((row) => row.id)).toEqual([id, exception]);
    expect(gone).toEqual([]);
    const [series, late] = rows.map(({ fields }) => fields);
    expect(series).toMatchObject({
      start: { local: '2026-03-02T09:00:00', zone: 'Europe/Berlin' },
      recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260416T070000Z\nEXDATE;TZID=Europe/Berlin:20260309T090000',
      uid: seriesUid(String(series!.uid)),
    });
    expect(late).toMatchObject({
      series: id,
      // Summer time began the day before.
      occurrence: '2026-03-30T07:00:00.000Z',
      uid: occurrenceUid(String(series!.uid), '2026-03-30T07:00:00.000Z'),
      start: { local: '2026-03-30T11:00:00', zone: 'Europe/Berlin' },
      title: 'Standup, late',
    });
    expect(late!.recurrence).toBeUndefined();
  });

  test('an exception of a series that was made here bears its mark for nobody', async () => {
    const zoned = (hour: number) => ({ local: `2026-03-02T${hour}:00:00`, zone: 'Europe/Berlin' });
    const made = await done(draft({ title: 'Call', start: zoned(10), end: zoned(11), recurrence: 'RRULE:FREQ=DAILY;COUNT=5' }));
    const exception = mine().except(made.id, '2026-03-04', { subject: 'Other' });
    const { rows } = await events.fetch!(desk.ctx, [made.id, exception]);
    expect(rows.map(({ mark }) => mark)).toEqual(['mark of key', undefined]);
  });

  test.each([true, false])(
    'a day that is cancelled or put off changes the series and its exception (series in the view: %s)',
    async (shown) => {
      desk.on.accounts()[0]!.mastersInView = shown;
      const id = mine().add(STANDUP);
      const { next } = await passOf(events, desk.ctx);
      const exception = mine().except(id, '2026-03-12', { subject: 'Elsewhere' });
      mine().cancelDay(id, '2026-03-16');
      const second = await passOf(events, desk.ctx, next);
      expect(new Set(second.rows.map((row) => row.id))).toEqual(new Set([id, exception]));
      expect(second.rows.find((row) => row.id === id)!.fields.recurrence).toContain('20260316T090000');
      mine().delete(exception);
      const third = await passOf(events, desk.ctx, second.next);
      expect(third.gone).toEqual([exception]);
    },
  );

  test('a changed pattern drops the exceptions, and a series that moves begins on its day', async () => {
    const id = mine().add(STANDUP);
    const exception = mine().except(id, '2026-03-12', { subject: 'Elsewhere' });
    const { rows, next } = await passOf(events, desk.ctx);
    const moved = await done(
      draft(
        {
          start: { local: '2026-03-03T09:00:00', zone: 'Europe/Berlin' },
          end: { local: '2026-03-03T09:30:00', zone: 'Europe/Berlin' },
        },
        rows[0],
      ),
    );
    expect(moved.fields.start).toEqual({ local: '2026-03-03T09:00:00', zone: 'Europe/Berlin' });
    expect((await passOf(events, desk.ctx, next)).gone).toEqual([exception]);
    expect(mine().get(id)).toMatchObject({ recurrence: { range: { startDate: '2026-03-03' } } });
  });

  test.each([
    ['RRULE:FREQ=DAILY;BYHOUR=9,14', 'BYHOUR'],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15', 'BYMONTHDAY'],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=31', 'shorter months'],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=15;BYSETPOS=2', 'BYSETPOS'],
    ['RRULE:FREQ=MONTHLY;BYDAY=5MO', 'BYDAY'],
    ['RRULE:FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2', 'BYDAY'],
    ['RRULE:FREQ=HOURLY', 'HOURLY'],
    ['RRULE:FREQ=DAILY\nEXDATE:20260401T090000Z', 'EXDATE'],
    ['RDATE:20260401T090000Z', 'RDATE'],
    ['RRULE:FREQ=DAILY;COUNT=0', 'COUNT=0'],
    ['RRULE:FREQ=DAILY;UNTIL=20269999T100000Z', 'UNTIL'],
    ['RRULE:FREQ=DAILY;UNTIL=20260230T080000', 'UNTIL'],
    ['RRULE:FREQ=DAILY;UNTIL=20260431', 'UNTIL'],
    ['RRULE:FREQ=DAILY;UNTIL=20260401T999999Z', 'UNTIL'],
    ['Every now and then', 'Every'],
  ])('what Outlook has no pattern for is refused with the reason: %s', async (recurrence, word) => {
    const fields = {
      title: 'x',
      start: { local: '2026-04-01T09:00:00', zone: 'Europe/Berlin' },
      end: { local: '2026-04-01T09:00:00', zone: 'Europe/Berlin' },
      recurrence,
    };
    const [outcome] = await push(draft(fields));
    expect(outcome).toMatchObject({ is: 'refused', field: 'recurrence', reason: expect.stringContaining(word) });
    expect(desk.on.counters.total()).toBe(0);
  });

  test.each([
    [28, 'BYMONTHDAY=28'],
    [29, 'BYMONTHDAY=28,29;BYSETPOS=-1'],
    [30, 'BYMONTHDAY=28,29,30;BYSETPOS=-1'],
    [31, 'BYMONTHDAY=-1'],
  ])('day %i of each month is the last one of a shorter month, which a rule would leave out', (dayOfMonth, said) => {
    const recurrence = { pattern: { type: 'absoluteMonthly', interval: 1, dayOfMonth }, range: { type: 'noEnd' } };
    expect(ruleOf(recurrence, { date: '2026-01-28' })).toBe(`RRULE:FREQ=MONTHLY;${said}`);
  });

  test('every pattern becomes a rule that becomes the pattern again', () => {
    const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
    const interval = fc.integer({ min: 1, max: 99 });
    const [day, month] = [fc.integer({ min: 1, max: 31 }), fc.integer({ min: 1, max: 12 })];
    const daysOfWeek = fc.uniqueArray(fc.constantFrom(...days), { minLength: 1, maxLength: 7 });
    const index = fc.constantFrom('first', 'second', 'third', 'fourth', 'last');
    const pattern = fc.oneof(
      fc.record({ type: fc.constant('daily'), interval }),
      fc.record({ type: fc.constant('weekly'), interval, daysOfWeek, firstDayOfWeek: fc.constantFrom(...days) }),
      fc.record({ type: fc.constant('absoluteMonthly'), interval, dayOfMonth: day }),
      fc.record({ type: fc.constant('relativeMonthly'), interval, daysOfWeek, index }),
      fc.record({ type: fc.constant('absoluteYearly'), interval, month, dayOfMonth: day }),
      fc.record({ type: fc.constant('relativeYearly'), interval, month, daysOfWeek, index }),
    );
    const range = fc.oneof(
      fc.record({ type: fc.constant('noEnd') }),
      fc.record({ type: fc.constant('numbered'), numberOfOccurrences: fc.integer({ min: 1, max: 999 }) }),
      fc.record({
        type: fc.constant('endDate'),
        endDate: fc.constantFrom('2026-03-28', '2026-03-29', '2026-10-25', '2031-01-01'),
      }),
    );
    const zoned = fc.record({
      local: fc.constantFrom('2026-01-05T00:00:00', '2026-01-05T02:30:00', '2026-01-05T23:30:00'),
      zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Pacific/Auckland', 'Etc/UTC'),
    });
    fc.assert(
      fc.property(pattern, range, fc.option(zoned, { nil: undefined }), (one, ends, time) => {
        const begins = { date: '2026-01-05', ...(time && { zoned: time }) };
        const rule = ruleOf({ pattern: one, range: ends }, begins);
        expect(recurrenceOf(rule, begins, undefined)).toEqual({ pattern: one, range: { ...ends, startDate: '2026-01-05' } });
      }),
    );
    expect(() => ruleOf({ pattern: { type: 'lunar' }, range: {} }, { date: '2026-01-05' })).toThrow(Unruled);
  });
});

describe('the window', () => {
  test('what lies outside is not read; what moves out of it, or changes there, is no deletion', async () => {
    const [past, soon] = [
      mine().add({ subject: 'Past', start: at('2025-06-01T10:00:00'), end: at('2025-06-01T11:00:00') }),
      mine().add({ subject: 'Soon', start: at('2026-03-02T10:00:00'), end: at('2026-03-02T11:00:00') }),
    ];
    const { rows, next } = await passOf(events, desk.ctx);
    expect(rows.map(({ id }) => id)).toEqual([soon]);
    mine().edit(soon, { start: at('2029-03-02T10:00:00'), end: at('2029-03-02T11:00:00') });
    mine().edit(past, { subject: 'Long past' });
    const second = await passOf(events, desk.ctx, next);
    expect(second.gone).toEqual([]);
    expect(second.rows.find(({ id }) => id === soon)!.fields.start).toMatchObject({ local: '2029-03-02T10:00:00' });
    mine().delete(soon);
    expect((await passOf(events, desk.ctx, second.next)).gone).toEqual([soon]);
  });

  test('it moves on with time, and what comes into it is read, without a loss', async () => {
    const far = mine().add({ subject: 'Far', start: at('2027-04-10T10:00:00'), end: at('2027-04-10T11:00:00') });
    const { rows, next } = await passOf(events, desk.ctx);
    expect(rows).toEqual([]);
    desk.turn(6 * DAY);
    expect((await passOf(events, desk.ctx, next)).rows).toEqual([]);
    desk.turn(3 * DAY);
    const moved = await passOf(events, desk.ctx, next);
    expect([moved.rows.map(({ id }) => id), moved.lost]).toEqual([[far], undefined]);
    expect((await passOf(events, desk.ctx, moved.next)).rows).toEqual([]);
  });

  test('what was deleted before it moved on is told all the same, of every calendar', async () => {
    const other = mine().addCalendar('Travels');
    const soon = { start: at('2026-03-20T10:00:00'), end: at('2026-03-20T11:00:00') };
    const [kept, gone, away] = [mine().add(soon), mine().add(soon), mine().add(soon, other)];
    const { rows, next } = await passOf(events, desk.ctx);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([kept, gone, away]));
    for (const id of [gone, away]) mine().delete(id);
    desk.turn(8 * DAY);
    const moved = await passOf(events, desk.ctx, next);
    expect([new Set(moved.gone), moved.lost]).toEqual([new Set([gone, away]), undefined]);
    expect(moved.rows.map(({ id }) => id)).toEqual([kept]);
    mine().delete(kept);
    expect((await passOf(events, desk.ctx, moved.next)).gone).toEqual([kept]);
  });

  test('an admin says how wide it is', async () => {
    mine().add({ subject: 'Past', start: at('2025-06-01T10:00:00'), end: at('2025-06-01T11:00:00') });
    const { rows, next } = await passOf(events, desk.ctx);
    expect(rows).toEqual([]);
    const wide = { ...desk.ctx, settings: { eventsBackDays: 365 } };
    expect((await passOf(events, wide)).rows.length).toBe(1);
    expect((await passOf(events, wide, next)).rows.length).toBe(1);
  });

  test('every calendar of one’s own is read, and those of others are not; one that goes loses the cursor', async () => {
    const day = { subject: 'x', start: at('2026-03-02T10:00:00'), end: at('2026-03-02T11:00:00') };
    const side = mine().addCalendar('Side project');
    mine().add(day, side);
    mine().add(day, mine().addCalendar('Of a colleague', { owner: 'bob@contoso.example' }));
    mine().add(day, mine().addCalendar('Holidays', { canEdit: false }));
    const { rows, next } = await passOf(events, desk.ctx);
    expect(rows.map(({ fields }) => fields.calendar)).toEqual(['Side project']);
    mine().removeCalendar(side);
    expect((await passOf(events, desk.ctx, next)).lost).toMatch(/\w/);
  });
});

describe('times', () => {
  test.each([
    ['a name of Windows', 'Pacific Standard Time', 'America/Los_Angeles'],
    ['a name of IANA', 'Europe/Dublin', 'Europe/Dublin'],
    ['a zone without a name, of a single event', 'tzone://Microsoft/Custom', 'Etc/UTC'],
  ])('%s', async (_, originalStartTimeZone, zone) => {
    mine().add({ subject: 'x', start: at('2026-07-01T10:00:00'), end: at('2026-07-01T11:00:00'), originalStartTimeZone });
    const { start } = (await only()).fields;
    expect(start).toMatchObject({ zone });
    const { local } = start as { local: string };
    expect(Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant().toString()).toBe('2026-07-01T10:00:00Z');
  });

  test('a series in a zone nobody knows is held: its rules are not there', async () => {
    mine().add({
      ...STANDUP,
      originalStartTimeZone: 'Mars Standard Time',
      recurrence: {
        pattern: { type: 'daily', interval: 1 },
        range: { type: 'noEnd', startDate: '2026-03-02', recurrenceTimeZone: 'Mars Standard Time' },
      },
    });
    const { rows, problems } = await passOf(events, desk.ctx);
    expect(rows).toEqual([]);
    expect(problems).toContain('start/timeZone');
  });

  test('an hour that clocks show twice keeps its pass, there and back', async () => {
    const start = { local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset: '+01:00' };
    const made = await done(draft({ title: 'Second pass', start, end: { local: '2026-10-25T04:00:00', zone: 'Europe/Berlin' } }));
    expect(mine().get(made.id)!.start).toMatchObject({ dateTime: expect.stringContaining('2026-10-25T01:30:00') });
    mine().edit(made.id, { originalStartTimeZone: 'W. Europe Standard Time' });
    expect((await only()).fields.start).toEqual(start);
  });

  test('a day is a day in every zone, ends on its last, and becomes a time and a day again', async () => {
    mine().add({
      subject: 'Fair',
      isAllDay: true,
      start: at('2026-03-28T00:00:00', 'Pacific/Auckland'),
      end: at('2026-03-31T00:00:00', 'Pacific/Auckland'),
    });
    const fair = await only();
    expect(fair.fields).toMatchObject({ allDay: true, startDate: '2026-03-28', endDate: '2026-03-30' });
    expect(fair.fields.start).toBeUndefined();
    const timed = {
      start: { local: '2026-03-29T09:00:00', zone: 'Europe/Berlin' },
      end: { local: '2026-03-29T10:00:00', zone: 'Europe/Berlin' },
    };
    const hour = await done(draft({ startDate: null, endDate: null, ...timed }, fair));
    expect(hour.fields).toMatchObject(timed);
    expect(hour.fields.allDay).toBeUndefined();
    const again = await done(draft({ start: null, end: null, startDate: '2026-04-01', endDate: '2026-04-01' }, hour));
    expect(again.fields).toMatchObject({ allDay: true, startDate: '2026-04-01', endDate: '2026-04-01' });
    expect((await done(draft({ endDate: '2026-04-03' }, again))).fields).toMatchObject({
      startDate: '2026-04-01',
      endDate: '2026-04-03',
    });
    expect(await push(draft({ endDate: '2026-03-01' }, again))).toMatchObject([{ is: 'refused', field: 'endDate' }]);
  });

  test('an event without an end is refused before it is sent, and one that ends before it begins', async () => {
    const start = { local: '2026-03-29T09:00:00', zone: 'Europe/Berlin' };
    expect(
      await push(draft({ title: 'x', start }), draft({ start, end: { ...start, local: '2026-03-29T08:00:00' } })),
    ).toMatchObject([
      { is: 'refused', field: 'end' },
      { is: 'refused', field: 'end' },
    ]);
    expect(desk.on.counters.total()).toBe(0);
  });
});

describe('people', () => {
  const attendees = [
    { type: 'required', emailAddress: { name: 'Ada', address: 'ada@contoso.example' }, status: { response: 'organizer' } },
    { type: 'optional', emailAddress: { name: 'Zoë', address: 'zoe@work.example' }, status: { response: 'tentativelyAccepted' } },
    {
      type: 'required',
      emailAddress: { name: 'bob@work.example', address: 'bob@work.example' },
      status: { response: 'notResponded' },
    },
    { type: 'resource', emailAddress: { name: 'Room 1', address: 'room1@contoso.example' }, status: { response: 'accepted' } },
  ];
  const meeting: Thing = { subject: 'Planning', start: at('2026-03-05T10:00:00'), end: at('2026-03-05T11:00:00'), attendees };

  test('guests with their answers; a room is none', async () => {
    mine().add({ ...meeting, onlineMeeting: { joinUrl: 'https://teams.example/1' }, isOnlineMeeting: true });
    expect((await only()).fields).toMatchObject({
      attendees: [
        { address: 'ada@contoso.example', name: 'Ada', answer: 'accepted', organizer: true },
        { address: 'zoe@work.example', name: 'Zoë', answer: 'tentative', optional: true },
        { address: 'bob@work.example', answer: 'none' },
      ],
      organizer: 'ada@contoso.example',
      meetingLink: 'https://teams.example/1',
    });
  });

  test('two thousand guests are read', async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => ({ type: 'required', emailAddress: { address: `g${n}@x.example` } }));
    mine().add({ ...meeting, attendees: many });
    expect((await only()).fields.attendees).toHaveLength(2_000);
  });

  test('what a sync writes invites nobody: guests are not written, and a title is not told', async () => {
    mine().add(meeting);
    const row = await only();
    expect(await push(draft({ attendees: [{ address: 'new@x.example' }] }, row))).toMatchObject([
      { is: 'refused', field: 'attendees' },
    ]);
    await done(draft({ title: 'Plans', description: 'All of them' }, row));
    expect(mine().mails()).toEqual([]);
  });

  test('a guest’s copy says that it is one; only the organizer cancels, and then guests are told once', async () => {
    const copy = mine().add({
      ...meeting,
      isOrganizer: false,
      organizer: { emailAddress: { name: 'Bob', address: 'bob@work.example' } },
    });
    const theirs = await only();
    expect(theirs).toMatchObject({ copy: true, fields: { organizer: 'bob@work.example' } });
    expect(await push(draft({ status: 'cancelled' }, theirs))).toMatchObject([{ is: 'refused', field: 'status' }]);
    mine().delete(copy);
    mine().add(meeting);
    const own = await only();
    expect((await done(draft({ status: 'cancelled' }, own))).fields).toMatchObject({ status: 'cancelled', title: 'Planning' });
    expect(
      mine()
        .mails()
        .map(({ what }) => what),
    ).toEqual(['cancellation', 'cancellation', 'cancellation']);
    expect((await passOf(events, desk.ctx)).rows).toEqual([]);
  });

  test.each(['private', 'confidential'])(
    'of a %s event nothing is kept but when, and nothing else can be written',
    async (sensitivity) => {
      mine().add({
        ...meeting,
        sensitivity,
        body: { contentType: 'text', content: 'Secret talks' },
        location: { displayName: 'Secret place' },
      });
      const row = await only();
      expect(Object.keys(row.fields).sort()).toEqual(['end', 'private', 'start', 'status', 'uid']);
      expect(JSON.stringify(row)).not.toMatch(/Planning|Secret|zoe|Room/);
      expect(await push(draft({ title: 'Told' }, row))).toMatchObject([{ is: 'refused', field: 'title' }]);
      expect((await events.fetch!(desk.ctx, [row.id])).rows[0]!.fields.title).toBeUndefined();
    },
  );

  test('the text of an online meeting, which says how to join it, stays', async () => {
    mine().add({ ...meeting, isOnlineMeeting: true });
    const row = await only();
    expect(await push(draft({ description: 'Mine' }, row))).toMatchObject([{ is: 'refused', field: 'description' }]);
    expect(await push(draft({ title: 'Mine' }, row))).toMatchObject([{ is: 'done' }]);
  });
});

test('a repetition that the service refuses as one finds what the first has made', async () => {
  const one = draft({
    title: 'Once',
    start: { local: '2026-03-29T09:00:00', zone: 'Europe/Berlin' },
    end: { local: '2026-03-29T10:00:00', zone: 'Europe/Berlin' },
  });
  const made = await done(one);
  desk.on.accounts()[0]!.repeats = 'refused';
  expect((await done(one)).id).toBe(made.id);
  expect(mine().list().length).toBe(1);
  expect(desk.ctx.now()).toBe(NOW);
});
