/** Dates and times as text: does the calendar have them? */
import type { Json } from './fields.ts';
import { isZone } from './zones.ts';

/** 'YYYY-MM-DD' that the calendar has: no February 30. */
export function isDate(text: string): boolean {
  if (text.length !== 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  const year = digits(text, 0, 4);
  return year > 0 && isDay(digits(text, 5, 7), digits(text, 8, 10), year);
}

/** '--MM-DD', February 29 included. */
export function isDayOfYear(text: string): boolean {
  return text.length === 7 && text.startsWith('--') && text[4] === '-' && isDay(digits(text, 2, 4), digits(text, 5, 7), 2000);
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(month: number, day: number, year: number): boolean {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1]! + (month === 2 && leap ? 1 : 0);
}

function isTime(text: string, from: number): boolean {
  const [hour, minute, second] = [
    digits(text, from, from + 2),
    digits(text, from + 3, from + 5),
    digits(text, from + 6, from + 8),
  ];
  return (
    text[from + 2] === ':' &&
    text[from + 5] === ':' &&
    hour >= 0 &&
    hour < 24 &&
    minute >= 0 &&
    minute < 60 &&
    second >= 0 &&
    second < 60
  );
}

export function isInstant(text: string): boolean {
  if (text.length !== 24 || text[10] !== 'T' || text[19] !== '.' || text[23] !== 'Z') return false;
  return isDate(text.slice(0, 10)) && isTime(text, 11) && digits(text, 20, 23) >= 0;
}

/** A local time with a zone that there is, and with the offset of the second pass where clocks show it twice. */
export function isZoned(value: Json): boolean {
  return isLocal(value) && isZone(value.zone);
}

/** The same, whatever the zone is called. */
export function isLocal(value: Json): value is { local: string; zone: string; offset?: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { local, zone, offset } = value;
  return (
    typeof local === 'string' &&
    local.length === 19 &&
    local[10] === 'T' &&
    isDate(local.slice(0, 10)) &&
    isTime(local, 11) &&
    typeof zone === 'string' &&
    (offset === undefined || (typeof offset === 'string' && /^[+-]([01]\d|2[0-3]):[0-5]\d$/.test(offset)))
  );
}

/** The number that the digits from..to stand for, or -1 where one is no digit. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}
