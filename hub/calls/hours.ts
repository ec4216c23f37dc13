/** Working hours: when something is due that takes so many working minutes. Pure; there are no holidays. */
import type { Policy } from './policy.ts';

export type Hours = Pick<Policy, 'zone' | 'days' | 'opens' | 'closes'>;

/** The instant so many working minutes after `from` (ms since the epoch). */
export function dueAfter(from: number, minutes: number, hours: Hours): Temporal.ZonedDateTime {
  let at = opened(Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(hours.zone), hours);
  let left = minutes * 60;
  for (;;) {
    const today = Math.max(0, Math.floor(at.until(closing(at, hours), { largestUnit: 'seconds' }).total('seconds')));
    if (left <= today) return at.add({ seconds: left });
    left -= today;
    at = opened(nextDay(at), hours);
  }
}

/** The same moment where people work, else the next opening. */
function opened(at: Temporal.ZonedDateTime, hours: Hours): Temporal.ZonedDateTime {
  for (let day = at; ; day = nextDay(day)) {
    if (!hours.days.includes(day.dayOfWeek)) continue;
    const opens = day.withPlainTime(Temporal.PlainTime.from(hours.opens));
    if (Temporal.ZonedDateTime.compare(day, opens) < 0) return opens;
    if (Temporal.ZonedDateTime.compare(day, closing(day, hours)) < 0) return day;
  }
}

const closing = (at: Temporal.ZonedDateTime, hours: Hours): Temporal.ZonedDateTime =>
  at.withPlainTime(Temporal.PlainTime.from(hours.closes));

const nextDay = (at: Temporal.ZonedDateTime): Temporal.ZonedDateTime => at.add({ days: 1 }).startOfDay();
