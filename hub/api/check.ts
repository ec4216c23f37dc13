/** What came in against its schema: every place that is wrong at once, with what was found and what is allowed. */
import type { z } from 'zod';
import type { FieldProblem } from '#kit/stream.ts';
import { BadRequest } from './problems.ts';

/** A part of a request, and the schema it must meet. */
export interface Part {
  /** `path`, `query` or `body`: the first step of every problem's path. */
  where: string;
  schema: z.ZodType;
  value: unknown;
}

/** The parts' values as their schemas give them, in order. Throws 422 with the problems of all of them. */
export function check(parts: readonly Part[]): unknown[] {
  const problems: FieldProblem[] = [];
  const values = parts.map((part) => {
    problems.push(...unstorable(part.value, part.where));
    const result = part.schema.safeParse(part.value);
    if (!result.success) problems.push(...result.error.issues.flatMap((issue) => problemsOf(issue, part.value, part.where)));
    return result.data;
  });
  if (problems.length > 0) {
    const places = problems.map((problem) => problem.path).slice(0, 5);
    const more = problems.length > places.length ? ` and ${problems.length - places.length} more` : '';
    throw new BadRequest(
      422,
      `Wrong at ${places.join(', ')}${more}.`,
      'Each place is listed with what was found and what is allowed.',
      { problems },
    );
  }
  return values;
}

/** Texts that PostgreSQL cannot keep: with a NUL character, or a lone half of a surrogate pair. */
function unstorable(value: unknown, path: string): FieldProblem[] {
  if (typeof value === 'string') {
    if (value.includes('\0')) return [{ path, found: 'a NUL character', allowed: 'text without NUL characters' }];
    if (!value.isWellFormed()) return [{ path, found: 'half a surrogate pair', allowed: 'well-formed Unicode' }];
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...unstorable(name, path),
    // An object takes it for its prototype, and what was sent would be left out unsaid.
    ...(name === '__proto__' ? [{ path: `${path}/${name}`, found: 'a name of JavaScript itself', allowed: 'other names' }] : []),
    ...unstorable(inner, `${path}/${name}`),
  ]);
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown, where: string): FieldProblem[] {
  const steps = issue.path.map(String);
  const path = [where, ...steps].join('/');
  const value = at(input, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: `${path}/${key}`,
      found: 'an unknown field',
      allowed: 'the fields that the API describes',
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]!;
    if (depth(deepest) > 0) return deepest.flatMap((inner) => problemsOf(inner, value, path));
    const allowed = new Set(issue.errors.flatMap((branch) => branch.map(allowedBy)));
    return [{ path, found: shown(value), allowed: [...allowed].join(' or ') }];
  }
  return [{ path, found: shown(value), allowed: allowedBy(issue) }];
}

function depth(branch: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...branch.map((issue) => issue.path.length));
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => String(value)).join(', ');
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `text like ${issue.pattern}` : `a valid ${issue.format}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' items' : '';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/** Short enough for a message, whatever was sent. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
