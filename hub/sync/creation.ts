/** What the records that a plan would create will hold: not kept in the plan, but computed from its kept pages when looked at. */
import type { CrmCore } from '#crm/core.ts';
import type { Values } from '#kit/fields.ts';
import type { Row, Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import type { Tx } from '#store/database.ts';
import { getMapping, getVersion } from '#store/mappings.ts';
import { getStage, type PlanItem, type PlanRow, relatedItems } from '#store/plans.ts';
import { getSync } from '#store/syncs.ts';
import { newDesk } from './desk.ts';
import type { StagedPage } from './preview.ts';
import { type Translation, translation } from './translate.ts';

export interface Creation {
  name: string;
  fields: Values;
}

export interface CreationParts {
  crm: CrmCore;
  streamOf(name: string): Stream;
  now(): number;
}

/** By `seq`. Items whose page is no longer kept (the plan was executed, or has ended) are left out. */
export async function creationsOf(
  parts: CreationParts,
  tx: Tx,
  plan: PlanRow,
  items: readonly PlanItem[],
): Promise<Map<number, Creation>> {
  const pages = Map.groupBy(
    items.filter((item) => item.decision === 'create' && typeof item.item.page === 'number'),
    (item) => item.item.page as number,
  );
  const creations = new Map<number, Creation>();
  const opened = pages.size === 0 ? undefined : await open(parts, tx, plan);
  if (!opened) return creations;
  for (const [page, some] of pages) {
    const staged = await getStage<StagedPage>(tx, plan.id, page);
    if (!staged) continue;
    const wanted = new Map(some.map((item) => [item.row, item.seq]));
    const rows = staged.rows.map(({ raw }): Row => opened.stream.toRow(raw)).filter((row) => wanted.has(row.id));
    const desk = newDesk(plan.id, await relatedIds(tx, plan.id, page));
    const { translated } = await opened.translation.inward(tx, rows, desk);
    for (const [row, { name, values }] of translated)
      creations.set(wanted.get(row)!, { name, fields: opened.translation.newborn(values) });
  }
  return creations;
}

/** The plan's stream and its mapping in the version it was made under. */
async function open(
  { crm, streamOf, now }: CreationParts,
  tx: Tx,
  plan: PlanRow,
): Promise<{ stream: Stream; translation: Translation } | undefined> {
  const sync = plan.sync === null ? undefined : await getSync(tx, plan.sync);
  const current = sync && (await getMapping(tx, sync.mapping));
  if (!sync || !current) return undefined;
  const version = typeof plan.about.mapping === 'number' ? plan.about.mapping : current.version;
  const mapping = (await getVersion(tx, current.id, version))?.body as Mapping | undefined;
  if (!mapping) return undefined;
  const stream = streamOf(sync.stream);
  const { custom, region } = await crm.about(tx, sync.object);
  const { object, connection } = sync;
  return { stream, translation: translation({ mapping, stream, crm, custom, region, object, connection, now }) };
}

/** The ids the plan gave to what a page creates beside its rows. */
async function relatedIds(tx: Tx, plan: number, page: number): Promise<Map<string, string>> {
  const prefix = `ref:${page}:`;
  const items = await relatedItems(tx, plan, prefix);
  return new Map(items.map((item) => [`ref:${item.row!.slice(prefix.length)}`, item.record!]));
}
