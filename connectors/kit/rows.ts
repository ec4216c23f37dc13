/**
 * Values against their declared fields: every problem at once, each with its path, what was found and what is allowed.
 * From here on the types are true. Compiled once per `Fields`, so keep one object per declaration.
 */

import { createHash } from 'node:crypto';
import { isDate, isDayOfYear, isInstant, isLocal, isZoned } from './dates.ts';
import type { Field, Fields, Json, Values } from './fields.ts';
import type { FieldProblem } from './stream.ts';
import { cleanText, findUnclean, isClean, isCleanText, join, unclean } from './text.ts';

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
      return zoned;
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

function zoned(value: Json, path: string, problems: FieldProblem[]): void {
  if (isZoned(value)) return;
  if (isLocal(value)) problems.push(problem(`${path}/zone`, value.zone, 'an IANA time zone such as Europe/Berlin'));
  else problems.push(problem(path, value, "{ local: 'YYYY-MM-DDTHH:mm:ss', zone: 'Europe/Berlin' }"));
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
        const before = problems.length;
        checkItem(item, '', problems);
        if (problems.length > before) locate(problems, before, `${path}/${i}`);
      } else if (!isClean(item)) findUnclean(item, `${path}/${i}`, problems);
    }
  };
}

/** Items are checked without their place: a page has thousands of them, and hardly a problem. */
function locate(problems: FieldProblem[], from: number, place: string): void {
  for (let at = from; at < problems.length; at++) problems[at] = { ...problems[at]!, path: `${place}/${problems[at]!.path}` };
}

function simple(fits: (value: Json) => boolean, allowed: string): Check {
  return (value, path, problems) => {
    if (!fits(value)) problems.push(problem(path, value, allowed));
  };
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

export function problem(path: string, found: Json | undefined, allowed: string): FieldProblem {
  return { path, found: excerpt(found ?? null), allowed };
}

/** Something that bears no id is held under what it says. */
export function nameless(raw: Json): string {
  return `nameless/${createHash('sha256').update(JSON.stringify(raw)).digest('hex').slice(0, 16)}`;
}

/** At most 60 characters of a value, as JSON: its escapes leave nothing that cannot be kept. */
function excerpt(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  const text = JSON.stringify(value);
  return text.length > 60 ? cleanText(`${text.slice(0, 59)}…`) : text;
}
