import { type Thing, text } from './thing.ts';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** The days, in their order, on which a series takes place, up to and with `until`. */
export function daysOf(recurrence: Thing, until: string): string[] {
  const [pattern, range] = [recurrence.pattern as Thing, recurrence.range as Thing];
  const first = Temporal.PlainDate.from(text(range.startDate));
  const end = range.type === 'endDate' && text(range.endDate) < until ? text(range.endDate) : until;
  const most = range.type === 'numbered' ? Number(range.numberOfOccurrences ?? 1) : Number.POSITIVE_INFINITY;
  const days: string[] = [];
  for (let day = first; day.toString() <= end && days.length < most; day = day.add({ days: 1 })) {
    if (takesPlace(pattern, first, day)) days.push(day.toString());
  }
  return days;
}

function takesPlace(pattern: Thing, first: Temporal.PlainDate, day: Temporal.PlainDate): boolean {
  const interval = Number(pattern.interval ?? 1);
  const months = (day.year - first.year) * 12 + day.month - first.month;
  switch (pattern.type) {
    case 'daily':
      return first.until(day).days % interval === 0;
    case 'weekly': {
      const begins = DAYS.indexOf(text(pattern.firstDayOfWeek).toLowerCase() || 'sunday');
      const week = (date: Temporal.PlainDate) => date.subtract({ days: (date.dayOfWeek - 1 - begins + 7) % 7 });
      return isNamed(pattern, day) && (week(first).until(week(day)).days / 7) % interval === 0;
    }
    case 'absoluteMonthly':
      return months % interval === 0 && day.day === Math.min(Number(pattern.dayOfMonth), day.daysInMonth);
    case 'relativeMonthly':
      return months % interval === 0 && isNth(pattern, day);
    case 'absoluteYearly':
      return (months / 12) % interval === 0 && day.month === pattern.month && day.day === Number(pattern.dayOfMonth);
    default:
      return day.month === pattern.month && (day.year - first.year) % interval === 0 && isNth(pattern, day);
  }
}

function isNamed({ daysOfWeek }: Thing, day: Temporal.PlainDate): boolean {
  return Array.isArray(daysOfWeek) && daysOfWeek.some((name) => text(name).toLowerCase() === DAYS[day.dayOfWeek - 1]);
}

/** Is it the first, second … or last of the month among the days that are named? */
function isNth(pattern: Thing, day: Temporal.PlainDate): boolean {
  if (!isNamed(pattern, day)) return false;
  const among = Array.from({ length: day.daysInMonth }, (_, i) => day.with({ day: i + 1 })).filter((one) =>
    isNamed(pattern, one),
  );
  const nth = ['first', 'second', 'third', 'fourth'].indexOf(text(pattern.index) || 'first');
  return (nth < 0 ? among.at(-1) : among[nth])?.day === day.day;
}
