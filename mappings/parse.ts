/** JSON to a mapping: the shape only. What its names mean is for check.ts. */
import { z } from 'zod';
import type { CodecUse, Mapping } from './format.ts';

const winner = z.enum(['crm', 'theirs', 'newest', 'ask']);

const use = z.union([z.string().min(1), z.record(z.string(), z.record(z.string(), z.json()))], {
  error: 'a codec’s name, or { name: { arguments } }',
}) as z.ZodType<CodecUse>;

const rule = z.strictObject({
  crm: z.string().min(1),
  theirs: z.string().min(1),
  way: z.enum(['both', 'in', 'out']).optional(),
  via: z.union([use, z.array(use)]).optional(),
  winner: winner.optional(),
  when: z.string().min(1).optional(),
  blank: z.enum(['keep', 'erase']).optional(),
  default: z.json().optional(),
});

export const mappingShape: z.ZodType<Mapping> = z.strictObject({
  from: z.string().regex(/^\w+\.\w+$/, { error: 'a stream, as in service.contacts' }),
  to: z.string().min(1),
  winner,
  gone: z.enum(['archive', 'unlink', 'keep', 'delete']).optional(),
  ours: z.strictObject({ gone: z.enum(['leave', 'remove']) }).optional(),
  people: z.enum(['apart', 'together']).optional(),
  books: z.enum(['apart', 'together', 'open']).optional(),
  match: z
    .array(z.strictObject({ crm: z.string().min(1), theirs: z.string().min(1), strength: z.enum(['strong', 'weak']).optional() }))
    .max(20),
  only: z.strictObject({ theirs: z.string().min(1).optional(), crm: z.string().min(1).optional() }).optional(),
  create: z.enum(['both', 'crm', 'theirs', 'none']),
  fields: z.array(rule).min(1).max(500),
  states: z
    .array(z.strictObject({ crm: z.string().min(1), theirs: z.string().min(1) }))
    .max(20)
    .optional(),
});

/** What is wrong with one place of a mapping. */
export interface Finding {
  severity: 'error' | 'warning';
  /** `fields/3/via/e164/region` */
  path: string;
  found: string;
  allowed: string;
  /** What to do next. */
  advice: string;
}

/** A mapping of the right shape, or everything that is wrong with it. */
export function parseMapping(
  json: unknown,
): { mapping: Mapping; findings?: undefined } | { findings: Finding[]; mapping?: undefined } {
  const parsed = mappingShape.safeParse(json);
  if (parsed.success) return { mapping: parsed.data };
  return { findings: parsed.error.issues.flatMap((issue) => findingsOf(issue, json)) };
}

function findingsOf(issue: z.core.$ZodIssue, json: unknown): Finding[] {
  const finding = (path: readonly PropertyKey[], allowed: string, advice: string): Finding => ({
    severity: 'error',
    path: path.map(String).join('/'),
    found: shown(at(json, path)),
    allowed,
    advice,
  });
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      finding([...issue.path, key], 'no such name here', `Take ${JSON.stringify(key)} away, or correct its spelling.`),
    );
  }
  return [finding(issue.path, issue.message, 'See what a mapping is in mappings/README.md.')];
}

function at(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as { [name: PropertyKey]: unknown })[part];
  }
  return value;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120).toWellFormed()}…` : text;
}

/** A mapping that was checked before it was kept. Throws where what was kept is none. */
export function keptMapping(json: unknown): Mapping {
  const parsed = mappingShape.safeParse(json);
  if (!parsed.success) throw new Error(`a kept version of a mapping is none: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
