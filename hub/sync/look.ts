/** What there is to see: syncs with the evidence of what they achieved, plans, runs as they go, questions, mappings. */
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import { countParked, listParkedRows, type ParkedPlace } from '#store/awaited.ts';
import type { Tx } from '#store/database.ts';
import { countIntents } from '#store/flights.ts';
import { countHeld, type HeldRow, listHeld } from '#store/held.ts';
import { countLinks } from '#store/links.ts';
import { getVersion, listMappings, listVersions, type MappingRow, type MappingVersion } from '#store/mappings.ts';
import { countOutcomes, getPlan, listItems, listPlans, type PlanItem, type PlanRow } from '#store/plans.ts';
import { getRun, listRuns, type RunRow } from '#store/runs.ts';
import { connectionPause, getSync, listSyncs, type SyncRow } from '#store/syncs.ts';
import { ANSWERS, type Answer } from './answers.ts';
import { creationsOf } from './creation.ts';
import { needMapping } from './edit-mapping.ts';
import type { Parts } from './parts.ts';
import { type Pace, paceOf } from './progress.ts';
import type { Reason } from './reasons.ts';

/** What a sync has achieved, counted now; `drift` is null while no sweep has looked at anything. */
export interface Evidence {
  /** Why its connection is paused; null while it is not. */
  connectionPaused: string | null;
  links: { [state: string]: number };
  /** Changes on their way to the service. */
  intents: { [state: string]: number };
  /** Open questions by kind. */
  held: { [kind: string]: number };
  /** Rows that wait for others to which they refer. */
  parkedRows: number;
}

/** A row that waits, and the rows it waits for. */
export interface ParkedView {
  row: string;
  since: string;
  waitsFor: { field: string; stream: string; row: string }[];
}

export type RunView = RunRow & Pace;
export type HeldView = HeldRow & { answers: readonly Answer['is'][] };

/** Newest first; `before` is the id of the last one seen. */
export interface Newest {
  sync?: number;
  before?: number;
  limit: number;
}

/** Each function is a transaction of its own and throws `Fault` for what is not there. */
export interface Look {
  syncs(workspace: number): Promise<SyncRow[]>;
  sync(workspace: number, id: number): Promise<SyncRow & Evidence>;
  /** Rows of a sync that wait for others, with what each waits for, in order of their ids. */
  parked(workspace: number, sync: number, page: { after: string; limit: number }): Promise<ParkedView[]>;
  plans(workspace: number, filter: Newest): Promise<PlanRow[]>;
  plan(workspace: number, id: number): Promise<PlanRow & { outcomes: { [outcome: string]: number } }>;
  /** In the plan's order; creations with the fields they would hold while the plan's pages are kept. */
  items(workspace: number, plan: number, filter: { after: number; limit: number; decision?: string }): Promise<PlanItem[]>;
  runs(workspace: number, filter: Newest): Promise<RunView[]>;
  run(workspace: number, id: number): Promise<RunView>;
  held(workspace: number, filter: { sync?: number; open: boolean; after: number; limit: number }): Promise<HeldView[]>;
  question(workspace: number, id: number): Promise<HeldView>;
  mappings(workspace: number): Promise<MappingRow[]>;
  mapping(workspace: number, id: number): Promise<MappingRow & { versions: MappingVersion[] }>;
  version(workspace: number, mapping: number, version: number): Promise<MappingVersion>;
}

export function openLook(parts: Parts): Look {
  const within = <T>(workspace: number, work: (tx: Tx) => Promise<T>): Promise<T> => parts.store.workspace(workspace, work);
  const paced = (run: RunRow): RunView => ({ ...run, ...paceOf(run, parts.now()) });
  return {
    syncs: (workspace) => within(workspace, listSyncs),
    sync: (workspace, id) => within(workspace, (tx) => syncWithEvidence(tx, id)),
    parked: (workspace, id, { after, limit }) =>
      within(workspace, async (tx) => {
        await syncWithEvidence(tx, id);
        return parkedView(await listParkedRows(tx, id, after, limit));
      }),
    plans: (workspace, filter) => within(workspace, (tx) => listPlans(tx, filter)),
    plan: (workspace, id) =>
      within(workspace, async (tx) => ({ ...(await needPlan(tx, id)), outcomes: await countOutcomes(tx, id) })),
    items: (workspace, plan, filter) => within(workspace, (tx) => itemsOf(parts, tx, plan, filter)),
    runs: async (workspace, filter) => (await within(workspace, (tx) => listRuns(tx, filter))).map(paced),
    run: async (workspace, id) => paced((await within(workspace, (tx) => getRun(tx, id))) ?? absent('run', id, 'runs')),
    held: async (workspace, filter) => (await within(workspace, (tx) => listHeld(tx, filter))).map(answerable),
    question: (workspace, id) =>
      within(workspace, async (tx) => {
        const [found] = await listHeld(tx, { open: false, after: id - 1, limit: 1 });
        return answerable(found?.id === id ? found : absent('held question', id, 'held questions'));
      }),
    mappings: (workspace) => within(workspace, listMappings),
    mapping: (workspace, id) =>
      within(workspace, async (tx) => ({ ...(await needMapping(tx, id)), versions: await listVersions(tx, id) })),
    version: (workspace, id, version) =>
      within(workspace, async (tx) => {
        const mapping = await needMapping(tx, id);
        const found = await getVersion(tx, id, version);
        if (found) return found;
        throw new Fault(
          'missing',
          `mapping ${id} has no version ${version}`,
          `Its versions go from 1 to ${String(mapping.version)}.`,
        );
      }),
  };
}

const parkedView = (places: readonly ParkedPlace[]): ParkedView[] =>
  [...Map.groupBy(places, ({ row }) => row)].map(([row, all]) => ({
    row,
    since: all[0]!.since,
    waitsFor: all.map(({ field, stream, target }) => ({ field, stream, row: target })),
  }));

function absent(what: string, id: number, list: string): never {
  throw new Fault('missing', `${what} ${id}: not found`, `List the ${list} to see which there are.`);
}

async function syncWithEvidence(tx: Tx, id: number): Promise<SyncRow & Evidence> {
  const sync = (await getSync(tx, id)) ?? absent('sync', id, 'syncs');
  const pause = await connectionPause(tx, sync.connection);
  return {
    ...sync,
    drift: sync.drift?.looked ? sync.drift : null,
    connectionPaused: pause && (pause.reason ?? 'paused'),
    links: await countLinks(tx, id),
    intents: await countIntents(tx, id),
    held: await countHeld(tx, id),
    parkedRows: await countParked(tx, id),
  };
}

async function needPlan(tx: Tx, id: number): Promise<PlanRow> {
  return (await getPlan(tx, id)) ?? absent('plan', id, 'plans');
}

async function itemsOf(
  parts: Parts,
  tx: Tx,
  id: number,
  filter: { after: number; limit: number; decision?: string },
): Promise<PlanItem[]> {
  const plan = await needPlan(tx, id);
  const items = await listItems(tx, id, filter);
  const creations = await creationsOf(parts, tx, plan, items);
  return items.map((item) => {
    const creation = creations.get(item.seq);
    const whole: { [name: string]: Json } = creation ? { ...item.item, ...creation } : item.item;
    return { ...item, item: whole };
  });
}

function answerable(held: HeldRow): HeldView {
  return { ...held, answers: held.closed === null ? (ANSWERS[held.kind as Reason] ?? ['leave']) : [] };
}
