/** Codecs of dates and times: date, epoch, zoned, instant, day. No conversion without its zone being said. */

import { z } from 'zod';
import { isLocal } from '#kit/dates.ts';
import type { Json } from '#kit/fields.ts';
import { dayBegins, instantOf as instantAt, zonedAt } from '#kit/times.ts';
import { isZone } from '#kit/zones.ts';
import { asText, codec, show, textKinds, Unfit } from './step.ts';

const zone = z.string().refine(isZone, { message: 'is no IANA time zone such as Europe/Berlin' });
const zoneArgs = z.strictObject({ zone });

/** Runs a conversion; what Temporal refuses is unfit. */
function reading<T>(value: Json, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Unfit(`${show(value)} is no ${what}`);
    throw error;
  }
}

const instantOf = (value: Json): Temporal.Instant =>
  reading(value, 'instant such as 2026-07-01T09:30:00.000Z', () => Temporal.Instant.from(asText(value, 'instant')));
const instantText = (instant: Temporal.Instant): string => instant.toString({ smallestUnit: 'millisecond' });

export const date = codec({
  does: 'Their text of a date in a given order of YYYY, MM and DD.',
  args: z.strictObject({
    format: z.string().refine((text) => ['YYYY', 'MM', 'DD'].every((part) => text.split(part).length === 2), {
      message: 'names YYYY, MM and DD once each, as in DD/MM/YYYY',
    }),
  }),
  takes: textKinds,
  gives: (theirs) => ({ kind: 'date', title: theirs.title }),
  make({ format }) {
    const escaped = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(
      `^${escaped.replace('YYYY', '(?<y>\\d{4})').replace('MM', '(?<m>\\d{2})').replace('DD', '(?<d>\\d{2})')}$`,
    );
    return {
      name: `date ${format}`,
      in(value) {
        const found = pattern.exec(asText(value, 'date').trim())?.groups;
        if (!found) throw new Unfit(`${show(value)} is not written as ${format}`);
        const iso = `${found.y}-${found.m}-${found.d}`;
        return reading(value, 'day of the calendar', () => Temporal.PlainDate.from(iso, { overflow: 'reject' }).toString());
      },
      out(value) {
        const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(asText(value, 'date'));
        if (!found) throw new Unfit(`${show(value)} is no full date such as 2026-07-01`);
        return format.replace('YYYY', found[1]!).replace('MM', found[2]!).replace('DD', found[3]!);
      },
    };
  },
  examples: [{ use: { date: { format: 'DD/MM/YYYY' } }, theirs: '01/07/2026', ours: '2026-07-01' }],
});

export const epoch = codec({
  does: 'Their seconds or milliseconds since 1970 to an instant.',
  args: z.strictObject({ unit: z.enum(['s', 'ms']) }),
  takes: ['number'],
  gives: (theirs) => ({ kind: 'instant', title: theirs.title }),
  make: ({ unit }) => ({
    name: `epoch ${unit}`,
    in(value) {
      if (typeof value !== 'number') throw new Unfit(`epoch reads a number, found ${show(value)}`);
      const ms = unit === 's' ? Math.round(value * 1000) : Math.floor(value);
      return reading(value, 'time since 1970', () => instantText(Temporal.Instant.fromEpochMilliseconds(ms)));
    },
    out(value) {
      const ms = instantOf(value).epochMilliseconds;
      return unit === 's' ? ms / 1000 : ms;
    },
  }),
  examples: [{ use: { epoch: { unit: 's' } }, theirs: 1_751_360_400, ours: '2025-07-01T09:00:00.000Z' }],
});

export const zoned = codec({
  does: 'Their instant to a local time in a zone.',
  args: zoneArgs,
  takes: ['instant'],
  gives: (theirs) => ({ kind: 'zoned', title: theirs.title }),
  loses: () => 'fractions of seconds',
  make: (args) => ({
    name: `zoned ${args.zone}`,
    in: (value) => zonedAt(instantText(instantOf(value)), args.zone),
    out: (value) => asInstant(value),
  }),
  examples: [
    {
      use: { zoned: { zone: 'Europe/Berlin' } },
      theirs: '2026-07-01T09:30:00.000Z',
      ours: { local: '2026-07-01T11:30:00', zone: 'Europe/Berlin' },
    },
    {
      use: { zoned: { zone: 'Europe/Berlin' } },
      theirs: '2026-10-25T01:30:00.000Z',
      ours: { local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset: '+01:00' },
    },
  ],
});

export const instant = codec({
  does: 'Their local time with zone to an instant; written back as local time of the given zone.',
  args: zoneArgs,
  takes: ['zoned'],
  gives: (theirs) => ({ kind: 'instant', title: theirs.title }),
  loses: () => 'the zone it was planned in',
  make: (args) => ({
    name: `instant from ${args.zone}`,
    in: (value) => asInstant(value),
    out(value) {
      const meant = instantText(instantOf(value));
      const time = zonedAt(meant, args.zone);
      if (asInstant(time) !== meant)
        throw new Unfit(`${show(value)} has no local time of its own in ${args.zone}: it has fractions of seconds`);
      return time;
    },
  }),
  examples: [
    {
      use: { instant: { zone: 'Europe/Berlin' } },
      theirs: { local: '2026-07-01T11:30:00', zone: 'Europe/Berlin' },
      ours: '2026-07-01T09:30:00.000Z',
    },
  ],
});

export const day = codec({
  does: 'Their instant to the date it falls on in a zone; written back as the first moment of that day.',
  args: zoneArgs,
  takes: ['instant'],
  gives: (theirs) => ({ kind: 'date', title: theirs.title }),
  loses: () => 'the time of day',
  make: (args) => ({
    name: `day in ${args.zone}`,
    in: (value) => instantOf(value).toZonedDateTimeISO(args.zone).toPlainDate().toString(),
    out: (value) => reading(value, 'full date such as 2026-07-01', () => dayBegins(asText(value, 'day'), args.zone)),
  }),
  examples: [
    {
      use: { day: { zone: 'America/New_York' } },
      theirs: '2026-07-01T02:00:00.000Z',
      ours: '2026-06-30',
      back: '2026-06-30T04:00:00.000Z',
    },
  ],
});

function asInstant(value: Json): string {
  if (isLocal(value)) return reading(value, 'local time with zone', () => instantAt(value));
  throw new Unfit(`${show(value)} is no local time such as {"local":"2026-07-01T11:30:00","zone":"Europe/Berlin"}`);
}
