/** Plans: what a run would do, kept as data; the pages it was made from; its items. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface PlanRow {
  id: number;
  kind: 'sync' | 'undo' | 'remap';
  sync: number | null;
  run: number | null;
  state: 'staging' | 'ready' | 'executing' | 'done' | 'ended';
  cursor: Json;
  about: { [name: string]: Json };
  counts: { [what: string]: number };
  created: string;
  expires: string;
  by: string;
  problem: Json;
  /** When its items were dropped. */
  pruned: string | null;
}

export interface PlanItem {
  seq: number;
  row: string | null;
  record: string | null;
  decision: string;
  reason: string | null;
  item: { [name: string]: Json };
  outcome: string | null;
}

const COLUMNS = 'id, kind, sync, run, state, cursor, about, counts, created, expires, by, problem, pruned';

export async function insertPlan(
  tx: Tx,
  plan: Pick<PlanRow, 'kind' | 'sync' | 'run' | 'about' | 'by'> & { created: Date; expires: Date },
): Promise<number> {
  const rows = await tx.query<{ id: number }>(
    `insert into plans (workspace, kind, sync, run, about, by, created, expires) values (${HERE}, $1, $2, $3, $4, $5, $6, $7) returning id`,
    [plan.kind, plan.sync, plan.run, JSON.stringify(plan.about), plan.by, plan.created, plan.expires],
  );
  return rows[0]!.id;
}

export async function patchPlan(
  tx: Tx,
  id: number,
  patch: Partial<Pick<PlanRow, 'state' | 'cursor' | 'about' | 'counts' | 'problem'>>,
): Promise<void> {
  const names = Object.keys(patch) as (keyof typeof patch)[];
  const values = names.map((name) => (name === 'state' || patch[name] === null ? patch[name] : JSON.stringify(patch[name])));
  await tx.run(`update plans set ${names.map((name, at) => `${name} = $${at + 2}`).join(', ')} where id = $1`, [id, ...values]);
}

export async function getPlan(tx: Tx, id: number): Promise<PlanRow | undefined> {
  return (await tx.query<PlanRow>(`select ${COLUMNS} from plans where id = $1`, [id]))[0];
}

/** Takes a ready plan for execution; false when it is not ready any more. */
export async function claimPlan(tx: Tx, id: number, at: Date): Promise<boolean> {
  return (
    (await tx.run(`update plans set state = 'executing' where id = $1 and state = 'ready' and expires > $2`, [id, at])) === 1
  );
}

export async function listPlans(tx: Tx, filter: { sync?: number; before?: number; limit: number }): Promise<PlanRow[]> {
  return tx.query<PlanRow>(
    `select ${COLUMNS} from plans where ($1::int is null or sync = $1) and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [filter.sync ?? null, filter.before ?? null, filter.limit],
  );
}

/** Plans over a mapping that was edited, or whose pages are too old, can no longer be executed. Their pages are dropped. */
export async function endPlans(tx: Tx, filter: { sync?: number; expiredAt?: Date }): Promise<number> {
  const ended = await tx.query<{ id: number }>(
    `update plans set state = 'ended' where state in ('staging', 'ready') and ($1::int is null or sync = $1) and ($2::timestamptz is null or expires <= $2) returning id`,
    [filter.sync ?? null, filter.expiredAt ?? null],
  );
  await dropStage(
    tx,
    ended.map((p) => p.id),
  );
  return ended.length;
}

/** Drops the items of plans that were over before then, a few plans at once: the oldest first. How many plans. */
export async function prunePlans(tx: Tx, before: Date, at: Date, most: number): Promise<number> {
  const plans = await tx.query<{ id: number }>(
    `select id from plans where pruned is null and expires <= $1 and state in ('done', 'ended') order by expires limit $2`,
    [before, most],
  );
  if (plans.length === 0) return 0;
  const ids = plans.map(({ id }) => id);
  await tx.run('delete from plan_items where plan = any($1::bigint[])', [ids]);
  return tx.run('update plans set pruned = $2 where id = any($1::bigint[])', [ids, at]);
}

/** Drops the kept pages of plans, and the keys by which pages recognised what earlier ones would make. Their items stay. */
export async function dropStage(tx: Tx, plans: readonly number[]): Promise<void> {
  if (plans.length === 0) return;
  await tx.run('delete from stage where plan = any($1::bigint[])', [plans]);
  await tx.run('delete from plan_keys where plan = any($1::bigint[])', [plans]);
}

export async function putStage(tx: Tx, plan: number, page: number, body: Json): Promise<void> {
  await tx.run(`insert into stage (workspace, plan, page, body) values (${HERE}, $1, $2, $3)`, [
    plan,
    page,
    JSON.stringify(body),
  ]);
}

export async function getStage<T>(tx: Tx, plan: number, page: number): Promise<T | undefined> {
  return (await tx.query<{ body: T }>('select body from stage where plan = $1 and page = $2', [plan, page]))[0]?.body;
}

export async function addItems(tx: Tx, plan: number, items: readonly Omit<PlanItem, 'outcome'>[]): Promise<void> {
  if (items.length === 0) return;
  await tx.run(
    `insert into plan_items (workspace, plan, seq, row, record, decision, reason, item)
     select ${HERE}, $1::bigint, * from unnest($2::int[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::json[])`,
    [
      plan,
      items.map((i) => i.seq),
      items.map((i) => i.row),
      items.map((i) => i.record),
      items.map((i) => i.decision),
      items.map((i) => i.reason),
      items.map((i) => JSON.stringify(i.item)),
    ],
  );
}

export async function itemsOfRows(tx: Tx, plan: number, rows: readonly string[]): Promise<PlanItem[]> {
  return tx.query<PlanItem>(
    `select i.seq, i.row, i.record, i.decision, i.reason, i.item, i.outcome from unnest($2::text[]) t (row)
     join plan_items i on i.plan = $1 and i.row = t.row`,
    [plan, rows],
  );
}

/** Which of the records the plan gives to a row already. */
export async function plannedRecords(
  tx: Tx,
  plan: number,
  records: readonly string[],
): Promise<{ record: string; row: string }[]> {
  return tx.query('select record, row from plan_items where plan = $1 and record = any($2::uuid[]) and row is not null', [
    plan,
    records,
  ]);
}

/** Keyset by seq; `decision` narrows. */
export async function listItems(
  tx: Tx,
  plan: number,
  filter: { after: number; limit: number; decision?: string },
): Promise<PlanItem[]> {
  return tx.query<PlanItem>(
    `select seq, row, record, decision, reason, item, outcome from plan_items
     where plan = $1 and seq > $2 and ($4::text is null or decision = $4) order by seq limit $3`,
    [plan, filter.after, filter.limit, filter.decision ?? null],
  );
}

export async function noteOutcomes(tx: Tx, plan: number, outcomes: readonly { seq: number; outcome: string }[]): Promise<void> {
  if (outcomes.length === 0) return;
  await tx.run(
    `update plan_items i set outcome = t.outcome from unnest($2::int[], $3::text[]) t (seq, outcome) where i.plan = $1 and i.seq = t.seq`,
    [plan, outcomes.map((o) => o.seq), outcomes.map((o) => o.outcome)],
  );
}

export async function countOutcomes(tx: Tx, plan: number): Promise<{ [outcome: string]: number }> {
  const rows = await tx.query<{ outcome: string; n: number }>(
    `select coalesce(outcome, 'not reached') as outcome, count(*)::int as n from plan_items where plan = $1 group by 1`,
    [plan],
  );
  return Object.fromEntries(rows.map((r) => [r.outcome, r.n]));
}

// ── Keys of records that exist only in the plan: later pages must recognise them ─────────────────────────────────────────────

export interface PlanKey {
  object: string;
  kind: string;
  token: string;
  record: string;
  name: string;
}

export async function addPlanKeys(tx: Tx, plan: number, keys: readonly PlanKey[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(
    `insert into plan_keys (workspace, plan, object, kind, token, record, name)
     select ${HERE}, $1::bigint, * from unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[]) on conflict do nothing`,
    [
      plan,
      keys.map((k) => k.object),
      keys.map((k) => k.kind),
      keys.map((k) => k.token),
      keys.map((k) => k.record),
      keys.map((k) => k.name),
    ],
  );
}

export async function findPlanKeys(
  tx: Tx,
  plan: number,
  object: string,
  keys: readonly { kind: string; token: string }[],
): Promise<PlanKey[]> {
  return tx.query<PlanKey>(
    `select k.object, k.kind, k.token, k.record, k.name from unnest($3::text[], $4::text[]) t (kind, token)
     join plan_keys k on k.plan = $1 and k.object = $2 and k.kind = t.kind and k.token = t.token`,
    [plan, object, keys.map((k) => k.kind), keys.map((k) => k.token)],
  );
}

/** Back to an empty plan. */
export async function wipePlan(tx: Tx, plan: number): Promise<void> {
  await tx.run('delete from stage where plan = $1', [plan]);
  await tx.run('delete from plan_items where plan = $1', [plan]);
  await tx.run('delete from plan_keys where plan = $1', [plan]);
}

/** The plans of a sync that are being executed: one whose pages are kept may still have to be delivered when the next is begun. */
export async function executingPlans(tx: Tx, sync: number): Promise<PlanRow[]> {
  return tx.query<PlanRow>(`select ${COLUMNS} from plans where sync = $1 and state = 'executing' order by id`, [sync]);
}

/** Items that go outward: they come from no page. */
const OUTWARD = `(i.decision in ('tell', 'create there', 'remove there')
  or i.decision = 'hold' and i.record is not null and i.item->'page' is null)`;
const OPEN = `(i.outcome is null or i.outcome = 'unsure')`;

/** What a plan says goes outward of these records and has no outcome yet. */
export async function openOutward(tx: Tx, plan: number, records: readonly string[]): Promise<PlanItem[]> {
  return tx.query<PlanItem>(
    `select i.seq, i.row, i.record, i.decision, i.reason, i.item, i.outcome from unnest($2::uuid[]) t (record)
     join plan_items i on i.plan = $1 and i.record = t.record where ${OUTWARD} and ${OPEN}`,
    [plan, records],
  );
}

/** Gives all that goes outward and has no outcome this one; with `sync`, only that which the sync has no intent for. */
export async function closeOutward(tx: Tx, plan: number, outcome: string, sync: number | null = null): Promise<void> {
  await tx.run(
    `update plan_items i set outcome = $2 where i.plan = $1 and i.outcome is null and ${OUTWARD}
       and ($3::int is null or not exists (select 1 from intents n where n.sync = $3 and n.record = i.record))`,
    [plan, outcome, sync],
  );
}

/** Records with rows that follow in the sync, which the plan changes or finds that something is owed of; in keyset order. */
export async function followedRecords(tx: Tx, plan: number, sync: number, after: string | null, most: number): Promise<string[]> {
  const rows = await tx.query<{ record: string }>(
    `select distinct l.record from links l
     where l.sync = $2 and not l.leads and l.state = 'live' and l.record > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
       and exists (select 1 from plan_items i where i.plan = $1 and i.record = l.record
         and (i.item->'changes' is not null or i.item->'tells' is not null))
     order by l.record limit $4`,
    [plan, sync, after, most],
  );
  return rows.map((r) => r.record);
}

/** A change of the plan, and a living row of its record in a sync of another connection; without one, `sync` is null. By seq. */
export interface ChangeElsewhere {
  seq: number;
  record: string;
  fields: string[];
  sync: number | null;
  row: string | null;
}

/** Of the next so many items of a plan that change a record. */
export async function changesElsewhere(
  tx: Tx,
  plan: number,
  sync: number,
  after: number,
  most: number,
): Promise<ChangeElsewhere[]> {
  return tx.query<ChangeElsewhere>(
    `with part as materialized (
       select seq, record, item from plan_items
       where plan = $1 and seq > $3 and decision in ('update', 'link', 'revive') and item->'changes' is not null order by seq limit $4)
     select p.seq, p.record, array(select json_object_keys(p.item->'changes')) as fields, l.sync, l.row from part p
     left join lateral (
       select l.sync, l.row from links l join syncs s on s.id = l.sync
       where l.record = p.record and l.sync <> $2 and l.state = 'live' and s.outward and s.state <> 'waiting') l on true
     order by p.seq, l.sync, l.row`,
    [plan, sync, after, most],
  );
}

/**
 * Gives what comes in and has no outcome one: `broken` to rows that break their fields, `outcome` to others. What is handed on to other
 * connections went as the change itself did.
 */
export async function closeInward(tx: Tx, plan: number, broken: string, outcome: string): Promise<void> {
  await tx.run(
    `update plan_items i set outcome = case when i.decision = 'hold' and i.reason = 'misfit' then $2
       when i.decision = 'tell elsewhere' then coalesce((select c.outcome from plan_items c
         where c.plan = i.plan and c.record = i.record and c.item->'changes' is not null and c.outcome is not null limit 1), $3)
       else $3 end
     where i.plan = $1 and i.outcome is null and i.decision <> 'gone' and not ${OUTWARD}`,
    [plan, broken, outcome],
  );
}

/** Gives rows that are gone and have no outcome this one; with `sync`, only those that do not wait to go in it. */
export async function closeGone(tx: Tx, plan: number, outcome: string, sync: number | null = null): Promise<void> {
  await tx.run(
    `update plan_items i set outcome = $2 where i.plan = $1 and i.outcome is null and i.decision = 'gone'
       and ($3::int is null or not exists (select 1 from departures d where d.sync = $3 and d.row = i.row))`,
    [plan, outcome, sync],
  );
}

/** Is anything of the plan still on its way to the service, or waiting to go? */
export async function isLeft(tx: Tx, plan: number, sync: number): Promise<boolean> {
  const rows = await tx.query<{ left: boolean }>(
    `select exists (select 1 from plan_items i join intents n on n.sync = $2 and n.record = i.record
       where i.plan = $1 and ${OUTWARD} and ${OPEN})
       or exists (select 1 from plan_items i where i.plan = $1 and i.decision = 'gone' and i.outcome is null) as left`,
    [plan, sync],
  );
  return rows[0]!.left;
}

/** Items whose row begins with a prefix: what a page creates beside its rows. */
export async function relatedItems(tx: Tx, plan: number, prefix: string): Promise<PlanItem[]> {
  return tx.query<PlanItem>(
    `select seq, row, record, decision, reason, item, outcome from plan_items where plan = $1 and row >= $2 and row < $3`,
    [plan, prefix, `${prefix.slice(0, -1)};`],
  );
}

export async function itemsOfRecords(tx: Tx, plan: number, records: readonly string[]): Promise<PlanItem[]> {
  return tx.query<PlanItem>(
    'select seq, row, record, decision, reason, item, outcome from plan_items where plan = $1 and record = any($2::uuid[])',
    [plan, records],
  );
}
