/** Graph's patterns and RRULEs (RFC 5545, 3.3.10): pure. Graph knows six patterns, and neither RDATE nor EXDATE. */
import { isDate, isLocal } from '#kit/dates.ts';
import { type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import { instantOf, type Zoned, zonedAt } from '#kit/times.ts';

const DAYS = {
  sunday: 'SU',
  monday: 'MO',
  tuesday: 'TU',
  wednesday: 'WE',
  thursday: 'TH',
  friday: 'FR',
  saturday: 'SA',
} as const;
const INDEXES = { first: 1, second: 2, third: 3, fourth: 4, last: -1 } as const;

/** Where a month is too short for a day, Outlook takes the month's last one; a rule that names the day leaves the month out (3.3.10). */
const LAST_DAYS: ReadonlyMap<number, readonly string[]> = new Map([
  [29, ['BYMONTHDAY=28,29', 'BYSETPOS=-1']],
  [30, ['BYMONTHDAY=28,29,30', 'BYSETPOS=-1']],
  [31, ['BYMONTHDAY=-1']],
]);

/** When a series begins: its first day, and the time and zone of each occurrence unless it is all day. */
export interface Begins {
  date: string;
  zoned?: Zoned;
}

/** A rule that Graph has no pattern for, or none that we know. */
export class Unruled extends Error {}

/** The RRULE of Graph's recurrence. Throws Unruled. */
export function ruleOf(recurrence: JsonObject, begins: Begins): string {
  const [pattern, range] = [objectOf(recurrence.pattern) ?? {}, objectOf(recurrence.range) ?? {}];
  const interval = numberOf(pattern.interval) ?? 1;
  const parts = [...frequencyOf(pattern), ...(interval > 1 ? [`INTERVAL=${interval}`] : [])];
  if (range.type === 'numbered') parts.push(`COUNT=${numberOf(range.numberOfOccurrences) ?? 1}`);
  if (range.type === 'endDate') parts.push(`UNTIL=${untilOf(textOf(range.endDate) ?? begins.date, begins)}`);
  return `RRULE:${parts.join(';')}`;
}

function frequencyOf(pattern: JsonObject): string[] {
  const days = (Array.isArray(pattern.daysOfWeek) ? pattern.daysOfWeek : []).map((day) => wordOf(DAYS, day));
  const month = `BYMONTH=${numberOf(pattern.month) ?? 1}`;
  const day = numberOf(pattern.dayOfMonth) ?? 1;
  switch (pattern.type) {
    case 'daily':
      return ['FREQ=DAILY'];
    case 'weekly': {
      const first = pattern.firstDayOfWeek === undefined ? 'SU' : wordOf(DAYS, pattern.firstDayOfWeek);
      return ['FREQ=WEEKLY', `BYDAY=${days.join()}`, ...(first === 'MO' ? [] : [`WKST=${first}`])];
    }
    case 'absoluteMonthly':
      return ['FREQ=MONTHLY', ...(LAST_DAYS.get(day) ?? [`BYMONTHDAY=${day}`])];
    case 'relativeMonthly':
      return ['FREQ=MONTHLY', ...nthOf(days, wordOf(INDEXES, pattern.index ?? 'first'))];
    case 'absoluteYearly':
      return ['FREQ=YEARLY', month, `BYMONTHDAY=${day}`];
    case 'relativeYearly':
      return ['FREQ=YEARLY', month, ...nthOf(days, wordOf(INDEXES, pattern.index ?? 'first'))];
    default:
      throw new Unruled(`a pattern of the type ${JSON.stringify(pattern.type)}`);
  }
}

const nthOf = (days: readonly string[], nth: number): string[] =>
  days.length === 1 ? [`BYDAY=${nth}${days[0]}`] : [`BYDAY=${days.join()}`, `BYSETPOS=${nth}`];

function wordOf<T>(words: { readonly [word: string]: T }, word: unknown): T {
  const found = typeof word === 'string' && Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined;
  if (found === undefined) throw new Unruled(`the word ${JSON.stringify(word)}`);
  return found;
}

/** UNTIL is a date where the series begins with one, else the instant of the last start (3.3.10). */
function untilOf(endDate: string, { zoned }: Begins): string {
  if (!isDate(endDate)) throw new Unruled(`the end ${JSON.stringify(endDate.slice(0, 60))}`);
  if (zoned === undefined) return endDate.replaceAll('-', '');
  const last = instantOf({ local: `${endDate}${zoned.local.slice(10)}`, zone: zoned.zone });
  return `${last.slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Graph's recurrence for an RRULE. Throws Unruled where Graph has no pattern for it. */
export function recurrenceOf(rule: string, begins: Begins, zoneName: string | undefined): JsonObject {
  const parts = partsOf(rule);
  const interval = Number(parts.INTERVAL ?? 1);
  const pattern: JsonObject = { ...patternOf(parts, begins), interval };
  const range: JsonObject = {
    ...rangeOf(parts, begins),
    startDate: begins.date,
    ...(zoneName !== undefined && { recurrenceTimeZone: zoneName }),
  };
  return { pattern, range };
}

const KNOWN = new Set(['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYSETPOS', 'WKST']);

function partsOf(rule: string): { [part: string]: string } {
  const text = /^RRULE:(.+)$/i.exec(rule.trim())?.[1];
  if (text === undefined) throw new Unruled(`the line ${JSON.stringify(rule.slice(0, 60))}`);
  const parts = Object.fromEntries(
    text
      .toUpperCase()
      .split(';')
      .filter(Boolean)
      .map((part) => part.split('=', 2) as [string, string]),
  );
  const strange = Object.keys(parts).find((part) => !KNOWN.has(part));
  if (strange !== undefined) throw new Unruled(`${strange}=${parts[strange]}`);
  if (parts.INTERVAL !== undefined && !/^[1-9]\d{0,2}$/.test(parts.INTERVAL)) throw new Unruled(`INTERVAL=${parts.INTERVAL}`);
  return parts;
}

function patternOf(parts: { [part: string]: string }, { date }: Begins): JsonObject {
  const month = Number(parts.BYMONTH ?? date.slice(5, 7));
  if (!(month >= 1 && month <= 12)) throw new Unruled(`BYMONTH=${parts.BYMONTH}`);
  switch (parts.FREQ) {
    case 'DAILY':
      if (parts.BYDAY ?? parts.BYMONTHDAY ?? parts.BYMONTH ?? parts.BYSETPOS)
        throw new Unruled('a daily rule with further parts');
      return { type: 'daily' };
    case 'WEEKLY': {
      if (parts.BYMONTHDAY ?? parts.BYMONTH ?? parts.BYSETPOS) throw new Unruled('a weekly rule with further parts');
      const daysOfWeek = parts.BYDAY === undefined ? [weekdayOf(date)] : parts.BYDAY.split(',').map(dayNamed);
      return { type: 'weekly', daysOfWeek, firstDayOfWeek: dayNamed(parts.WKST ?? 'MO') };
    }
    case 'MONTHLY':
      if (parts.BYMONTH) throw new Unruled('a monthly rule with BYMONTH');
      return parts.BYDAY === undefined
        ? { type: 'absoluteMonthly', dayOfMonth: dayOfEachMonth(parts, date) }
        : { type: 'relativeMonthly', ...nthDays(parts) };
    case 'YEARLY':
      return parts.BYDAY === undefined
        ? { type: 'absoluteYearly', month, dayOfMonth: dayOfMonth(parts, date) }
        : { type: 'relativeYearly', month, ...nthDays(parts) };
    default:
      throw new Unruled(`FREQ=${parts.FREQ}`);
  }
}

function dayOfMonth({ BYMONTHDAY, BYSETPOS }: { [part: string]: string }, date: string): number {
  const text = BYMONTHDAY ?? date.slice(8);
  if (BYSETPOS !== undefined) throw new Unruled(`BYSETPOS=${BYSETPOS}`);
  if (!/^\d{1,2}$/.test(text) || Number(text) < 1 || Number(text) > 31) throw new Unruled(`BYMONTHDAY=${text}`);
  return Number(text);
}

function dayOfEachMonth(parts: { [part: string]: string }, date: string): number {
  const said = ['BYMONTHDAY', 'BYSETPOS'].flatMap((part) => (parts[part] === undefined ? [] : `${part}=${parts[part]}`)).join();
  for (const [day, rule] of LAST_DAYS) if (rule.join() === said) return day;
  const day = dayOfMonth(parts, date);
  if (LAST_DAYS.has(day)) throw new Unruled(`day ${day} of a month, which leaves out shorter months`);
  return day;
}

function dayNamed(short: string): string {
  const found = Object.entries(DAYS).find(([, name]) => name === short)?.[0];
  if (found === undefined) throw new Unruled(`the day ${short}`);
  return found;
}

/** `2MO`, `-1FR`, or several days of which BYSETPOS takes one. */
function nthDays({ BYDAY = '', BYSETPOS, BYMONTHDAY }: { [part: string]: string }): JsonObject {
  const days = BYDAY.split(',').map((day) => /^([+-]?\d)?([A-Z]{2})$/.exec(day));
  const numbers = new Set(days.map((day) => day?.[1]));
  const nth = Number(BYSETPOS ?? [...numbers][0]);
  const index = Object.entries(INDEXES).find(([, number]) => number === nth)?.[0];
  const numbered = !numbers.has(undefined);
  if (numbers.size > 1 || (numbered ? days.length > 1 || BYSETPOS : !BYSETPOS) || index === undefined || BYMONTHDAY)
    throw new Unruled(`BYDAY=${BYDAY}`);
  return { index, daysOfWeek: days.map((day) => dayNamed(day?.[2] ?? '')) };
}

function rangeOf({ COUNT, UNTIL }: { [part: string]: string }, begins: Begins): JsonObject {
  if (COUNT !== undefined) {
    if (!/^[1-9]\d{0,3}$/.test(COUNT)) throw new Unruled(`COUNT=${COUNT}`);
    return { type: 'numbered', numberOfOccurrences: Number(COUNT) };
  }
  return UNTIL === undefined ? { type: 'noEnd' } : { type: 'endDate', endDate: lastDate(UNTIL, begins) };
}

/** The last day on which an occurrence may begin. */
function lastDate(until: string, { zoned }: Begins): string {
  const parts = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(until);
  if (parts === null) throw new Unruled(`UNTIL=${until}`);
  const [, year, month, day, hour, minute, second, utc] = parts;
  const date = `${year}-${month}-${day}`;
  if (!isLocal({ local: `${date}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}`, zone: '' }))
    throw new Unruled(`UNTIL=${until}`);
  if (hour === undefined || zoned === undefined) return date;
  const time = `${date}T${hour}:${minute}:${second}`;
  const local = utc === undefined ? time : zonedAt(`${time}Z`, zoned.zone).local;
  if (local.slice(11) >= zoned.local.slice(11)) return local.slice(0, 10);
  return Temporal.PlainDate.from(local.slice(0, 10)).subtract({ days: 1 }).toString();
}

function weekdayOf(date: string): string {
  return Object.keys(DAYS)[Temporal.PlainDate.from(date).dayOfWeek % 7]!;
}
