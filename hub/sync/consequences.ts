/**
 * What goes outward once a plan's pages are kept, as items of the plan: what this service is owed, with what the plan itself changes in
 * records counted in, and which rows of other connections are handed on something. Their own syncs tell those; the plan names them.
 */
import type { Json } from '#kit/fields.ts';
import { keptMapping } from '#mappings/parse.ts';
import { wayOf } from '#mappings/sides.ts';
import type { Tx } from '#store/database.ts';
import { getMapping, getVersion } from '#store/mappings.ts';
import { changesElsewhere, itemsOfRecords, type PlanItem } from '#store/plans.ts';
import { getSync } from '#store/syncs.ts';
import type { Env } from './env.ts';
import { asking, telling, tellingLater } from './outcomes.ts';
import { type Imagined, sendingsOf } from './owed.ts';

type NewItem = Omit<PlanItem, 'seq' | 'outcome'>;

/** What the service is owed of these records, but in rows the plan has read: their items say so themselves. */
export async function tellings(
  env: Env,
  tx: Tx,
  imagined: Omit<Imagined, 'changes'>,
  records: readonly string[],
): Promise<NewItem[]> {
  const planned = Map.groupBy(await itemsOfRecords(tx, imagined.plan, records), (item) => item.record!);
  const changes = new Map([...planned].map(([record, items]) => [record, changesIn(items)]));
  const items: NewItem[] = [];
  for (const { id, link, sending } of [...(await sendingsOf(env, tx, records, { ...imagined, changes })).values()].flat()) {
    const own = planned.get(id);
    if (own && (link === null || own.some((item) => item.row === link.row))) continue;
    const waits = sending.is === 'wait' && sending.reason === 'awaited' && link === null;
    if (waits) items.push({ row: null, record: id, ...tellingLater });
    if (sending.is === 'nothing' || sending.is === 'wait') continue;
    const said = sending.is === 'hold' ? asking(sending.reason, sending.question) : telling(sending.flight);
    items.push({ row: link?.row ?? null, record: id, ...said });
  }
  return items;
}

/** What a plan changes in one record: field → its value then; null: blank. */
function changesIn(items: readonly PlanItem[]): { [field: string]: Json } {
  const after: { [field: string]: Json } = {};
  for (const { item } of items.toSorted((a, b) => a.seq - b.seq))
    for (const [field, change] of Object.entries((item.changes ?? {}) as { [field: string]: { to: Json } }))
      after[field] = change.to;
  return after;
}

/** Rows of other connections whose records the plan changes, with the fields their mappings hand on; `next` is null at the end. */
export async function handedOn(
  env: Env,
  tx: Tx,
  plan: number,
  after: number,
  most: number,
): Promise<{ items: NewItem[]; next: number | null }> {
  const changed = await changesElsewhere(tx, plan, env.sync.id, after, most);
  const outward = new Map<number, ReadonlySet<string>>();
  for (const sync of new Set(changed.flatMap((one) => one.sync ?? []))) outward.set(sync, await outwardFields(env, tx, sync));
  const items = changed.flatMap(({ sync, row, record, fields }): NewItem[] => {
    const told = sync === null ? [] : fields.filter((field) => outward.get(sync)!.has(field));
    if (told.length === 0) return [];
    return [{ row: null, record, decision: 'tell elsewhere', reason: 'owed', item: { sync, row, fields: told } }];
  });
  return { items, next: changed.at(-1)?.seq ?? null };
}

/** Fields of the record that a sync tells its service. */
async function outwardFields(env: Env, tx: Tx, id: number): Promise<ReadonlySet<string>> {
  if (env.foreign.has(id)) return new Set();
  const sync = (await getSync(tx, id))!;
  const { version } = (await getMapping(tx, sync.mapping))!;
  const { fields } = env.streamOf(sync.stream);
  const { fields: rules } = keptMapping((await getVersion(tx, sync.mapping, version))!.body);
  return new Set(rules.flatMap((rule) => (wayOf(rule, fields[rule.theirs], undefined) === 'in' ? [] : [rule.crm])));
}
