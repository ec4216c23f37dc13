/**
 * A preview reads what a run would read, keeps the pages, and settles them against what is known and against what it has planned
 * already. It changes neither side. What it says is data: `execute.ts` does exactly that, from the kept pages.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { TryLater } from '#kit/errors.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Misfit, Page } from '#kit/stream.ts';
import { keysOf } from '#mappings/keys.ts';
import { object as objectNamed } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { owingRecords, unlinkedRecords } from '#store/intents.ts';
import {
  addItems,
  addPlanKeys,
  followedRecords,
  type PlanItem,
  type PlanKey,
  patchPlan,
  putStage,
  wipePlan,
} from '#store/plans.ts';
import { handedOn, tellings } from './consequences.ts';
import { type Counts, count } from './counts.ts';
import { DEPARTING, partingsOf } from './depart.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival, Item } from './item.ts';
import { cut } from './keep.ts';
import { ahead } from './listen.ts';
import { type PagePlan, planPage } from './page.ts';
import { noteProgress } from './progress.ts';
import type { Reason } from './reasons.ts';

/** One page as read. Rows are kept raw: `stream.toRow` gives them again. */
export interface StagedPage {
  begun: number;
  rows: { raw: Json; formerIds?: readonly string[] }[];
  gone: readonly string[];
  misfits: readonly Misfit[];
  next: Json;
  last: boolean;
}

export type NewItem = Omit<PlanItem, 'outcome'>;

/** Fills the plan, and says that it is ready. Told to stop, it throws; the plan is then not ready. */
export async function fillPlan(env: Env, plan: number, run: number, counts: Counts): Promise<void> {
  const full = env.sync.pass === null ? env.sync.full_wanted || env.sync.cursor === null : env.sync.pass_full;
  const wanted = full && env.sync.full_wanted;
  const writing = new PlanWriting(env, plan, run, counts);
  const read = await writing.read(full && env.sync.pass === null ? null : env.sync.cursor);
  const cursor = read === LOST ? await writing.again() : read;
  const whole = writing.rest === null;
  if (whole) await writing.departures();
  const first = full && env.sync.passes === 0;
  if (whole && env.sync.outward && env.stream.push) await writing.outward(first && env.mapping.createsTheirs);
  await writing.elsewhere();
  await env.page((tx) =>
    patchPlan(tx, plan, {
      state: 'ready',
      cursor,
      counts,
      about: {
        ...{ full: full || writing.restarted, wanted, mapping: env.mappingVersion, pages: writing.pages, next: 0 },
        ...(writing.rest && { rest: { ...writing.rest } }),
      },
    }),
  );
}

/** The service has forgotten where we were. A cursor itself may be null: where there is no feed, the end is the beginning. */
const LOST = Symbol('lost');

/** Longest a preview waits for a quota at one go. */
const PATIENCE_MS = 120_000;

class PlanWriting {
  readonly env: Env;
  readonly plan: number;
  readonly run: number;
  readonly counts: Counts;
  pages = 0;
  restarted = false;
  /** What kept it from reading to the end: the rest is read once it is executed. */
  rest: { message: string; until: string } | null = null;
  /** Records that rows read so far may be: a person is asked. */
  private readonly candidates = new Map<string, Reason>();
  /** Rows said to be gone, and not seen again since. */
  private readonly gone = new Set<string>();
  private seq = 0;

  constructor(env: Env, plan: number, run: number, counts: Counts) {
    this.env = env;
    this.plan = plan;
    this.run = run;
    this.counts = counts;
  }

  /**
   * Reads to the end; the cursor that is true once the plan is executed, or that the service has forgotten ours. A quota that is used up is
   * waited for: the reading goes on after the last kept page.
   */
  async read(since: Json): Promise<Json | typeof LOST> {
    for (let from = since; ; ) {
      const end = await this.readUntilLimit(from);
      if (end === LOST) return LOST;
      if (end.last || this.rest !== null) return end.next;
      from = end.next;
      await delay(end.afterMs, undefined, { signal: this.env.context.signal });
    }
  }

  private async readUntilLimit(since: Json): Promise<{ next: Json; last: boolean; afterMs: number } | typeof LOST> {
    let next = since;
    try {
      for await (const { page, begun } of ahead(this.env, this.env.stream.pull!(this.env.context, since))) {
        this.env.context.signal.throwIfAborted();
        if ('lost' in page) return LOST;
        await this.pieces(page, begun);
        next = page.next;
        if (page.last) return { next, last: true, afterMs: 0 };
      }
    } catch (error) {
      if (!(error instanceof TryLater) || (error.afterMs > PATIENCE_MS && this.pages === 0)) throw error;
      if (error.afterMs > PATIENCE_MS)
        this.rest = { message: error.message, until: new Date(this.env.now() + error.afterMs).toISOString() };
      return { next, last: false, afterMs: error.afterMs };
    }
    throw new Error(`${this.env.sync.stream}: a pull stopped before its last page`);
  }

  private async pieces(page: Page, begun: number): Promise<void> {
    const pieces = cut(page.rows.map((row) => ({ row, begun })));
    for (const [at, arrivals] of pieces.entries()) {
      const last = at === pieces.length - 1;
      const { gone, misfits } = last ? page : { gone: [], misfits: [] };
      await this.page(arrivals, begun, gone, misfits, page.next, last && page.last, page.total ?? null);
    }
  }

  /** The service has forgotten the cursor: from the beginning. */
  async again(): Promise<Json> {
    await this.env.page((tx) => wipePlan(tx, this.plan));
    for (const name of Object.keys(this.counts)) delete this.counts[name];
    this.restarted = true;
    this.rest = null;
    this.pages = 0;
    this.seq = 0;
    this.candidates.clear();
    this.gone.clear();
    const cursor = await this.read(null);
    if (cursor === LOST) throw new Error(`${this.env.sync.stream}: the service calls the beginning a forgotten cursor`);
    return cursor;
  }

  private async page(
    arrivals: readonly Arrival[],
    begun: number,
    gone: readonly string[],
    misfits: readonly Misfit[],
    next: Json,
    last: boolean,
    total: number | null,
  ): Promise<void> {
    const { env, plan } = this;
    await env.page(async (tx) => {
      const decided = await planPage(env, tx, arrivals, newDesk(plan));
      const rows = arrivals.map(({ row }) => (row.formerIds ? { raw: row.raw, formerIds: row.formerIds } : { raw: row.raw }));
      const staged: StagedPage = { begun, rows, gone, misfits, next, last };
      await putStage(tx, plan, this.pages, staged as unknown as Json);
      const items = [...itemsOf(decided, this.pages), ...misfits.map(misfitItem)];
      await addItems(
        tx,
        plan,
        items.map((item) => ({ ...item, seq: this.seq++ })),
      );
      await addPlanKeys(tx, plan, keysOfPlanned(env, decided));
      count(this.counts, 'read', arrivals.length + misfits.length);
      for (const { kind, question } of decided.items.flatMap((item) => item.questions))
        for (const record of (question.candidates ?? []) as string[]) this.candidates.set(record, kind as Reason);
      count(this.counts, 'unchanged', decided.unchanged);
      for (const item of items) count(this.counts, item.decision);
      await noteProgress(env, tx, this.run, this.counts, total);
    });
    for (const row of gone) this.gone.add(row);
    for (const id of [...arrivals.map(({ row }) => row.id), ...misfits.map((misfit) => misfit.id)]) this.gone.delete(id);
    this.pages += 1;
  }

  /** Rows that are gone, as they will go: together, in the same order. */
  async departures(): Promise<void> {
    const rows = [...this.gone].sort();
    for (let at = 0; at < rows.length; at += DEPARTING) {
      await this.env.page(async (tx) => this.add(tx, await goneItems(this.env, tx, rows.slice(at, at + DEPARTING))));
    }
  }

  /** What the service is owed: open intents, and at the first pass every record without a row; and to rows that follow by what comes in. */
  async outward(strangers: boolean): Promise<void> {
    const { env, plan } = this;
    const { id, object } = env.sync;
    await this.inBatches((tx, after, size) =>
      strangers ? unlinkedRecords(tx, id, object, after, size) : owingRecords(tx, id, after, size),
    );
    await this.inBatches((tx, after, size) => followedRecords(tx, plan, id, after, size));
  }

  private async inBatches(next: (tx: Tx, after: string | null, size: number) => Promise<string[]>): Promise<void> {
    const size = 200;
    for (let after: string | null = null; ; ) {
      const from: string | null = after;
      const records: string[] = await this.env.page(async (tx): Promise<string[]> => {
        const records = await next(tx, from, size);
        const { plan, candidates } = this;
        await this.add(tx, await tellings(this.env, tx, { plan, candidates }, records));
        return records;
      });
      if (records.length < size) return;
      after = records.at(-1)!;
    }
  }

  /** What rows of other connections are told, by their own syncs. */
  async elsewhere(): Promise<void> {
    for (let after: number | null = -1; after !== null; ) {
      const from: number = after;
      after = await this.env.page(async (tx) => {
        const { items, next } = await handedOn(this.env, tx, this.plan, from, 500);
        await this.add(tx, items);
        return next;
      });
    }
  }

  private async add(tx: Tx, items: readonly Omit<NewItem, 'seq'>[]): Promise<void> {
    await addItems(
      tx,
      this.plan,
      items.map((item) => ({ ...item, seq: this.seq++ })),
    );
    for (const { decision } of items) count(this.counts, decision);
    await noteProgress(this.env, tx, this.run, this.counts);
  }
}

/** The items of a page as they are kept and compared. What a creation holds is computed from the kept page when looked at. */
export function itemsOf(plan: PagePlan, page: number): Omit<NewItem, 'seq'>[] {
  const related = plan.related.map((r) => ({
    row: `ref:${page}:${r.key}`,
    record: r.id,
    decision: 'create related',
    reason: null,
    item: { object: r.object, fields: r.fields, page },
  }));
  return [
    ...related,
    ...plan.items.map((item) => ({
      row: item.row,
      record: item.record,
      decision: item.decision,
      reason: item.reason,
      item: summary(item, page),
    })),
  ];
}

function summary(item: Item, page: number): { [name: string]: Json } {
  const kept: { [name: string]: Json } = { page };
  if (item.by !== undefined) kept.by = item.by;
  if (item.update) {
    kept.version = item.update.expected;
    kept.changes = Object.fromEntries(Object.entries(item.update.changes).map(([field, change]) => [field, { ...change }]));
  }
  if (item.tells.length > 0) kept.tells = item.tells;
  if (item.questions.length > 0)
    kept.questions = item.questions.map((q) => ({ field: q.field, kind: q.kind, question: q.question }));
  return kept;
}

const misfitItem = (misfit: Misfit): Omit<NewItem, 'seq'> => ({
  row: misfit.id,
  record: null,
  decision: 'hold',
  reason: 'misfit',
  item: { problems: misfit.problems.slice(0, 50).map((p) => ({ ...p })) },
});

async function goneItems(env: Env, tx: Tx, gone: readonly string[]): Promise<Omit<NewItem, 'seq'>[]> {
  return (await partingsOf(env, tx, gone)).map(({ link: { row, record }, effect }) => ({
    row,
    record,
    decision: 'gone',
    reason: 'gone',
    item: { effect },
  }));
}

/** Match keys of records that exist only in the plan. */
function keysOfPlanned(env: Env, plan: PagePlan): PlanKey[] {
  const keys: PlanKey[] = [];
  const add = (object: string, record: string, fields: Values) => {
    const name = objectNamed(object).ownName(fields);
    for (const key of keysOf(object, fields, env.region)) if (key.kind !== 'word') keys.push({ object, ...key, record, name });
  };
  for (const { create } of plan.items) if (create) add(env.sync.object, create.id, create.fields);
  for (const r of plan.related) add(r.object, r.id, r.fields);
  return keys;
}
