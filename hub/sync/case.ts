/** A case: what the settling of one page was given, and what came of it. Kept, exported and replayed as JSON. */
import { Fault } from '#hub/fault.ts';
import type { Fields, Json } from '#kit/fields.ts';
import type { SyncRow } from '#store/syncs.ts';
import type { Arrival } from './item.ts';
import type { PagePlan } from './page.ts';

const FORMAT = 1;

/** A question to the database, and its answer. */
export interface Answered {
  question: string;
  args: Json;
  answer: Json;
  /** The answer is a Map, given as its entries. */
  map?: true;
}

export interface Case {
  /** The file's format. */
  case: typeof FORMAT;
  stream: string;
  /** `now()` while it was settled, ms since the epoch. */
  clock: number;
  sync: Omit<SyncRow, 'cursor' | 'problem' | 'drift'>;
  mapping: { version: number; versions: readonly { version: number; body: Json }[] };
  region: string;
  custom: Fields;
  foreign: readonly number[];
  kin: readonly number[];
  sourcedElsewhere: readonly string[];
  page: readonly Arrival[];
  desk: { plan: number | null; ids: readonly (readonly [key: string, id: string])[] };
  known: readonly Answered[];
  /** What came of it. */
  plan?: Json;
  /** Or why nothing did. */
  failed?: string;
}

export type Outcome = Pick<Case, 'plan' | 'failed'>;

/** The plan as bytes: what two replays must agree on. */
export const planText = (plan: PagePlan | Json): string => JSON.stringify(plan);

export const caseText = (one: Case): string => JSON.stringify(one);

/** A case as it was exported. Throws `Fault` for a text that is none. */
export function readCase(text: string): Case {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    found = undefined;
  }
  if (isCase(found)) return found;
  throw new Fault(
    'invalid',
    'This is no exported case, or one of another format.',
    `Export it with this version: format ${FORMAT}, JSON as \`cases export\` writes it.`,
  );
}

function isCase(found: unknown): found is Case {
  if (typeof found !== 'object' || found === null) return false;
  const { case: format, stream, page, known, mapping, sync } = found as Partial<Case>;
  return format === FORMAT && typeof stream === 'string' && Array.isArray(page) && Array.isArray(known) && !!mapping && !!sync;
}

/** How a row was settled then, and now. */
export interface Difference {
  /** A row's id; absent: the plan's other parts. */
  row?: string;
  before: Json;
  after: Json;
}

const MOST = 50;

export interface Replayed {
  /** Byte for byte. */
  same: boolean;
  differences: readonly Difference[];
}

export function compareOutcomes(then: Outcome, now: Outcome): Replayed {
  const text = ({ plan, failed }: Outcome) => JSON.stringify([plan ?? null, failed ?? null]);
  if (text(then) === text(now)) return { same: true, differences: [] };
  const [before, after] = [itemsOf(then), itemsOf(now)];
  const rows = [...new Set([...before.keys(), ...after.keys()])];
  const differing = rows.filter((row) => JSON.stringify(before.get(row)) !== JSON.stringify(after.get(row)));
  const differences: Difference[] = differing
    .slice(0, MOST)
    .map((row) => ({ row, before: before.get(row) ?? null, after: after.get(row) ?? null }));
  if (differences.length === 0) differences.push({ before: rest(then), after: rest(now) });
  return { same: false, differences };
}

function itemsOf({ plan }: Pick<Case, 'plan'>): Map<string, Json> {
  const { items = [] } = (plan ?? {}) as { items?: { row: string }[] };
  return new Map(items.map((item) => [item.row, item as unknown as Json]));
}

function rest({ plan, failed }: Outcome): Json {
  if (failed !== undefined) return { failed };
  const { items: _, ...others } = (plan ?? {}) as { [name: string]: Json };
  return others;
}
