/** Local times, zones by all their names, and what a meeting or a thread is called everywhere. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isZoned } from '#kit/dates.ts';
import { occurrenceUid, seriesUid } from '#kit/meetings.ts';
import { threadOf } from '#kit/threads.ts';
import { dayAfter, instantOf, lastDay, zonedAt, zonedFrom } from '#kit/times.ts';
import { equal } from '#kit/values.ts';
import { windowsZones } from '#kit/windows-zones.ts';
import { ianaZone, isZone, sameZone, windowsZone } from '#kit/zones.ts';

describe('zones', () => {
  test.each([
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['india standard time', 'Asia/Kolkata'],
    ['FLE Standard Time', 'Europe/Kyiv'],
    ['tzone://Microsoft/Utc', 'Etc/UTC'],
    [' Asia/Calcutta ', 'Asia/Calcutta'],
    ['+05:45', '+05:45'],
    ['Customized Time Zone', 'Customized Time Zone'],
    ['__proto__', '__proto__'],
  ])('%s is %s', (name, zone) => expect(ianaZone(name)).toBe(zone));

  test.each([
    ['Europe/Oslo', 'W. Europe Standard Time'],
    ['Europe/Kiev', 'FLE Standard Time'],
    ['Europe/Kyiv', 'FLE Standard Time'],
    ['US/Pacific', 'Pacific Standard Time'],
    ['Asia/Kathmandu', 'Nepal Standard Time'],
    ['UTC', 'UTC'],
    ['Antarctica/Troll', undefined],
    ['Mars/Base', undefined],
  ])('Windows calls %s %s', (zone, name) => expect(windowsZone(zone)).toBe(name));

  test('every name of Windows leads to a zone that this runtime knows, and back', () => {
    for (const name of Object.keys(windowsZones)) {
      expect(isZone(ianaZone(name)), name).toBe(true);
      expect(windowsZone(ianaZone(name))).toBe(name);
    }
  });

  test('names of one zone are the same, zones that agree today are not', () => {
    expect(sameZone('Asia/Calcutta', 'Asia/Kolkata')).toBe(true);
    expect(sameZone('Europe/Oslo', 'Europe/Berlin')).toBe(false);
    expect(sameZone('Mars/Base', 'Mars/Base')).toBe(true);
    expect(sameZone('Mars/Base', 'Mars/Other')).toBe(false);
  });
});

describe('local times', () => {
  const zones = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
  );
  const second = fc.integer({ min: -631_152_000, max: 4_102_444_800 }).map((s) => new Date(s * 1_000).toISOString());
  const nights = fc
    .integer({ min: 0, max: 14_400 })
    .map((s) => new Date(Date.parse('2026-10-25T00:00:00Z') + s * 1_000).toISOString());

  test('an instant is told by the clocks of any zone and found again, in both passes of an hour that they show twice', () => {
    fc.assert(
      fc.property(fc.oneof(second, nights), zones, (instant, zone) => {
        expect(instantOf(zonedAt(instant, zone))).toBe(instant);
      }),
    );
  });

  test('a gap is read with the offset from before, a fold is its first pass', () => {
    expect(instantOf({ local: '2026-03-29T02:30:00', zone: 'Europe/Berlin' })).toBe('2026-03-29T01:30:00.000Z');
    expect(instantOf({ local: '2026-10-25T02:30:00', zone: 'Europe/Berlin' })).toBe('2026-10-25T00:30:00.000Z');
    expect(instantOf({ local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset: '+01:00' })).toBe('2026-10-25T01:30:00.000Z');
    expect(zonedAt('2026-10-25T01:30:00Z', 'W. Europe Standard Time')).toEqual({
      ...{ local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset: '+01:00' },
    });
  });

  test('an offset that the zone no longer has gives way to the clock', () => {
    expect(instantOf({ local: '2026-07-01T12:00:00', zone: 'Europe/Berlin', offset: '+01:00' })).toBe('2026-07-01T10:00:00.000Z');
  });

  test('as a service says it: fractions go, Windows names are read, what nobody knows is refused', () => {
    expect(zonedFrom('2026-06-15T10:00:00.0000000', 'Tokyo Standard Time')).toEqual({
      local: '2026-06-15T10:00:00',
      zone: 'Asia/Tokyo',
    });
    expect(() => instantOf(zonedFrom('2026-06-15T10:00:00', 'Customized Time Zone'))).toThrow(RangeError);
  });

  test.each(['+99:99', '-24:00', '+01:60', '1:00'])('the offset %s is none', (offset) => {
    expect(isZoned({ local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset })).toBe(false);
  });

  test('two are equal by clock and zone, whatever the zone is called', () => {
    const field = { kind: 'zoned', title: '' } as const;
    const kolkata = { local: '2026-01-01T10:00:00', zone: 'Asia/Kolkata' };
    expect(equal(field, kolkata, { ...kolkata, zone: 'Asia/Calcutta' })).toBe(true);
    expect(equal(field, kolkata, { ...kolkata, zone: 'Asia/Colombo' })).toBe(false);
    expect(equal(field, kolkata, { ...kolkata, offset: '+05:30' })).toBe(false);
  });

  test('all-day events end on their last day here, and on the day after it there', () => {
    expect(lastDay('2028-03-01')).toBe('2028-02-29');
    expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  });
});

describe('what a meeting is called', () => {
  const exchange = '040000008200E00074C5B7101A82E008';
  const made = 'A0B1C2D3E4F5060700000000000000001000000012E45A7B9C8D4E4FA1B2C3D4E5F60718';

  test('of an occurrence Exchange names the day too: the series has none', () => {
    expect(seriesUid(`${exchange}07EA0B19${made}`)).toBe(`${exchange}00000000${made}`);
    expect(seriesUid(`${exchange}07ea0b19${made}`.toLowerCase())).toBe(`${exchange}00000000${made}`);
  });

  test('a meeting made elsewhere keeps its name within Exchange’s form', () => {
    const uid = 'jmklr1fs5tuk2nlmc88lh1g324@google.com';
    const size = Buffer.alloc(4);
    size.writeUInt32LE(12 + uid.length + 1);
    const data = `7643616C2D55696401000000${Buffer.from(`${uid}\0`).toString('hex')}`;
    expect(seriesUid(`${exchange}00000000${'0'.repeat(32)}${size.toString('hex')}${data}`)).toBe(uid);
  });

  test.each(['', 'abc@example.com', '04000000', `${exchange}zz`, ` ${'x'.repeat(2_000)} `])('%s stays', (uid) =>
    expect(seriesUid(uid)).toBe(uid.trim()),
  );

  test('an occurrence is its series and when it was to begin', () => {
    expect(occurrenceUid('a@b', '2026-11-25T10:00:00+01:00')).toBe('a@b/20261125T090000Z');
    expect(occurrenceUid('a@b', '2026-11-25')).toBe('a@b/20261125');
    expect(occurrenceUid(`${exchange}07EA0B19${made}`, '2026-11-25T09:00:00.000Z')).toBe(
      `${exchange}00000000${made}/20261125T090000Z`,
    );
  });
});

test('a thread is called by the mail it began with', () => {
  expect(threadOf({ messageId: '<c@x>', references: '<a@x>\r\n <b@x>', inReplyTo: '<b@x>' })).toBe('<a@x>');
  expect(threadOf({ messageId: '<c@x>', inReplyTo: '<b@x>' })).toBe('<b@x>');
  expect(threadOf({ messageId: '<c@x>', references: 'nonsense' })).toBe('<c@x>');
  expect(threadOf({ messageId: 'bare@x' })).toBe('bare@x');
});
