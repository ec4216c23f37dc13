/**
 * Local times with their zone, and the instants they are. RFC 5545, 3.3.5, decides where clocks are turned: a time that they leave out
 * (a gap) is read with the offset from before; of one that they show twice (a fold) the first pass is meant. The second pass is
 * said by its `offset`, which such a time alone bears: { local: '2026-10-25T02:30:00', zone: 'Europe/Berlin', offset: '+01:00' }.
 *
 * A floating time (a local time and no zone) has no instant: its connector gives it the zone of the calendar it stands in.
 */
import { ianaZone } from './zones.ts';

/** The JSON of a `zoned` field. */
export type Zoned = { local: string; zone: string; offset?: string };

/** What a service says as a local time and the name of a zone, IANA's or Windows'. Fractions of seconds are dropped. */
export function zonedFrom(local: string, zone: string): Zoned {
  return { local: local.slice(0, 19), zone: ianaZone(zone) };
}

/** The instant of a local time: 'YYYY-MM-DDTHH:mm:ss.sssZ'. Throws RangeError where date, time or zone is none. */
export function instantOf({ local, zone, offset }: Zoned): string {
  const time = Temporal.PlainDateTime.from(local);
  const at =
    offset === undefined
      ? time.toZonedDateTime(zone, { disambiguation: 'compatible' })
      : Temporal.ZonedDateTime.from(`${local}${offset}[${zone}]`, { offset: 'prefer', disambiguation: 'compatible' });
  return at.toInstant().toString({ smallestUnit: 'millisecond' });
}

/** An instant as the clocks of a zone show it, to the second. Throws RangeError where instant or zone is none. */
export function zonedAt(instant: string, name: string): Zoned {
  const zone = ianaZone(name);
  const at = Temporal.Instant.from(instant).toZonedDateTimeISO(zone);
  const time = at.toPlainDateTime();
  const plain: Zoned = { local: time.toString({ smallestUnit: 'second' }), zone };
  const first = time.toZonedDateTime(zone, { disambiguation: 'compatible' });
  return first.epochNanoseconds === at.epochNanoseconds ? plain : { ...plain, offset: at.offset };
}

/** The first moment of a day in a zone: not midnight everywhere, and of a day that a zone has left out the first one after it. */
export function dayBegins(day: string, zone: string): string {
  return Temporal.PlainDate.from(day).toZonedDateTime(ianaZone(zone)).toInstant().toString({ smallestUnit: 'millisecond' });
}

/** The last day of an all-day event of which a service says the day after it. 'YYYY-MM-DD' both. */
export const lastDay = (exclusiveEnd: string): string => Temporal.PlainDate.from(exclusiveEnd).subtract({ days: 1 }).toString();

/** The day after a day, as services want the end of an all-day event. */
export const dayAfter = (last: string): string => Temporal.PlainDate.from(last).add({ days: 1 }).toString();
