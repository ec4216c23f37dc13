/**
 * Values against their declared fields: every problem at once, each with its path, what was found and what is allowed.
 * From here on the types are true. Compiled once per `Fields`, so keep one object per declaration.
 */
import type { FieldProblem } from './connector.ts';
import type { Field, Fields, Json, Values } from './fields.ts';

/** A raw row breaks its declared fields. Thrown by `toRow`; the caller holds the row and goes on with its page. */
export class Misfits extends Error {
  readonly problems: readonly FieldProblem[];
  constructor(problems: readonly FieldProblem[]) {
    super(problems.map((problem) => `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`).join('; '));
    this.name = 'Misfits';
    this.problems = problems;
  }
}

/** All problems of values against their fields; none when they fit. Blank values fit every field that is not required. */
export function checkValues(fields: Fields, values: Values): FieldProblem[] {
  const problems: FieldProblem[] = [];
  compile(fields)(values, '', problems);
  return problems;
}

/**
 * Text that no database keeps, anywhere in JSON: NUL characters and lone surrogates (PostgreSQL refuses both in jsonb).
 * For what is kept beside the declared fields.
 */
export function checkText(json: Json): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!isClean(json)) findUnclean(json, '', problems);
  return problems;
}

/** The same JSON with every NUL and lone surrogate replaced by U+FFFD: for showing a misfit, never for sending back. */
export function cleaned(json: Json): Json {
  if (typeof json === 'string') return cleanText(json);
  if (Array.isArray(json)) return json.map(cleaned);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [cleanText(name), cleaned(value)]));
}

type Check = (value: Json, path: string, problems: FieldProblem[]) => void;
type CheckAll = (values: Values, prefix: string, problems: FieldProblem[]) => void;

const compiled = new WeakMap<Fields, CheckAll>();

function compile(fields: Fields): CheckAll {
  const known = compiled.get(fields);
  if (known !== undefined) return known;
  const checks = new Map<string, Check>();
  for (const name in fields) checks.set(name, checkOf(fields[name]!));
  const required = Object.keys(fields).filter((name) => fields[name]!.required);
  const checkAll: CheckAll = (values, prefix, problems) => {
    for (const name in values) {
      const value = values[name];
      if (value === undefined || value === null || value === '') continue;
      const check = checks.get(name);
      if (check !== undefined) check(value, prefix === '' ? name : `${prefix}/${name}`, problems);
      else problems.push(problem(join(prefix, name), value, `one of the fields ${Object.keys(fields).join(', ')}`));
    }
    for (const name of required) {
      const value = values[name];
      if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) {
        problems.push({ path: join(prefix, name), found: 'nothing', allowed: `a ${fields[name]!.kind}: the field is required` });
      }
    }
  };
  compiled.set(fields, checkAll);
  return checkAll;
}

function checkOf(field: Field): Check {
  switch (field.kind) {
    case 'text':
    case 'email':
    case 'phone':
    case 'link':
    case 'ref':
      return (value, path, problems) => void checkString(field, value, path, problems);
    case 'choice':
      return choice(field);
    case 'number':
      return simple((value) => typeof value === 'number' && Number.isFinite(value), 'a finite number');
    case 'flag':
      return simple((value) => typeof value === 'boolean', 'true or false');
    case 'date':
      return field.partial
        ? simple(
            (value) => typeof value === 'string' && (isDate(value) || isDayOfYear(value)),
            "a calendar date 'YYYY-MM-DD', or '--MM-DD'",
          )
        : simple((value) => typeof value === 'string' && isDate(value), "a calendar date 'YYYY-MM-DD'");
    case 'instant':
      return simple((value) => typeof value === 'string' && isInstant(value), "an instant 'YYYY-MM-DDTHH:mm:ss.sssZ'");
    case 'money':
      return simple(isMoney, "{ amount: '12.30', currency: 'EUR' } with a decimal string and an ISO 4217 code");
    case 'zoned':
      return simple(isZoned, "{ local: 'YYYY-MM-DDTHH:mm:ss', zone: 'Europe/Berlin' }");
    case 'list':
    case 'lines':
      return items(field);
    case 'json':
      return (value, path, problems) => void (isClean(value) || findUnclean(value, path, problems));
  }
}

function checkString(field: Field, value: Json, path: string, problems: FieldProblem[]): value is string {
  if (typeof value !== 'string') {
    problems.push(problem(path, value, 'a text'));
    return false;
  }
  if (!isCleanText(value)) problems.push(unclean(path, value));
  if (field.max !== undefined && value.length > field.max) {
    problems.push({ path, found: `${value.length} characters`, allowed: `at most ${field.max} characters` });
  }
  return true;
}

function choice(field: Field): Check {
  const options = new Set(field.options);
  const allowed = `one of ${[...options].join(', ')}`;
  return (value, path, problems) => {
    if (!checkString(field, value, path, problems)) return;
    if (field.options !== undefined && !options.has(value)) problems.push(problem(path, value, allowed));
  };
}

function items(field: Field): Check {
  const checkItem = field.of === undefined ? undefined : compile(field.of);
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.push(problem(path, value, 'an array of items'));
      return;
    }
    if (field.max !== undefined && value.length > field.max) {
      problems.push({ path, found: `${value.length} items`, allowed: `at most ${field.max} items` });
      return;
    }
    for (let i = 0; i < value.length; i++) {
      const item = value[i]!;
      if (typeof item !== 'object' || item === null || Array.isArray(item)) {
        problems.push(problem(`${path}/${i}`, item, 'an object'));
      } else if (checkItem !== undefined) {
        checkItem(item, `${path}/${i}`, problems);
      } else if (!isClean(item)) findUnclean(item, `${path}/${i}`, problems);
    }
  };
}

function simple(fits: (value: Json) => boolean, allowed: string): Check {
  return (value, path, problems) => {
    if (!fits(value)) problems.push(problem(path, value, allowed));
  };
}

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

function isInstant(text: string): boolean {
  if (text.length !== 24 || text[10] !== 'T' || text[19] !== '.' || text[23] !== 'Z') return false;
  return isDate(text.slice(0, 10)) && isTime(text, 11) && digits(text, 20, 23) >= 0;
}

function isZoned(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { local, zone } = value;
  return (
    typeof local === 'string' &&
    local.length === 19 &&
    local[10] === 'T' &&
    isDate(local.slice(0, 10)) &&
    isTime(local, 11) &&
    typeof zone === 'string' &&
    isZone(zone)
  );
}

const zones = new Map<string, boolean>();

function isZone(zone: string): boolean {
  let known = zones.get(zone);
  if (known === undefined) {
    try {
      known = new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
    } catch {
      known = false;
    }
    if (zones.size < 1000) zones.set(zone, known);
  }
  return known;
}

function isMoney(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { amount, currency } = value;
  return (
    typeof amount === 'string' &&
    /^-?\d{1,20}(\.\d{1,10})?$/.test(amount) &&
    typeof currency === 'string' &&
    /^[A-Z]{3}$/.test(currency)
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

/** Short text is walked, which costs less than two calls into the engine. */
function isCleanText(text: string): boolean {
  if (text.length > 48) return text.isWellFormed() && !text.includes('\0');
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0) return false;
    if ((unit & 0xf800) === 0xd800) return text.isWellFormed() && !text.includes('\0', i);
  }
  return true;
}

function isClean(json: Json): boolean {
  if (typeof json === 'string') return isCleanText(json);
  if (typeof json !== 'object' || json === null) return true;
  if (Array.isArray(json)) {
    for (const one of json) if (!isClean(one)) return false;
    return true;
  }
  for (const name in json) if (!isCleanText(name) || !isClean(json[name]!)) return false;
  return true;
}

function findUnclean(json: Json, path: string, problems: FieldProblem[]): void {
  if (typeof json === 'string') {
    if (!isCleanText(json)) problems.push(unclean(path, json));
    return;
  }
  if (typeof json !== 'object' || json === null) return;
  for (const [name, value] of Object.entries(json)) {
    if (!isCleanText(name)) problems.push(unclean(join(path, name), name));
    findUnclean(value, join(path, name), problems);
  }
}

function unclean(path: string, text: string): FieldProblem {
  const at = text.includes('\0') ? text.indexOf('\0') : firstLoneSurrogate(text);
  const what = text.includes('\0') ? 'a NUL character' : 'half of a surrogate pair';
  return {
    path,
    found: `${what} at position ${at} of ${JSON.stringify(text.slice(Math.max(0, at - 10), at + 10))}`,
    allowed: 'text of whole Unicode characters without NUL',
  };
}

function firstLoneSurrogate(text: string): number {
  const healed = text.toWellFormed();
  for (let i = 0; i < text.length; i++) if (text[i] !== healed[i]) return i;
  return -1;
}

function cleanText(text: string): string {
  return isCleanText(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd');
}

function join(prefix: string, name: string): string {
  return prefix === '' ? cleanText(name) : `${prefix}/${cleanText(name)}`;
}

function problem(path: string, found: Json, allowed: string): FieldProblem {
  return { path, found: excerpt(found), allowed };
}

/** At most 60 characters of a value, as JSON: its escapes leave nothing that cannot be kept. */
function excerpt(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  const text = JSON.stringify(value);
  return text.length > 60 ? cleanText(`${text.slice(0, 59)}…`) : text;
}
