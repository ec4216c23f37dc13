/** The CRM core: records of every object, as the engine and people use them. */
import type { Values } from '#kit/fields.ts';
import { keyOf } from '#mappings/keys.ts';
import type { KeyKind } from '#mappings/objects/shape.ts';
import { isRetryable, type Store, type Tx } from '#store/database.ts';
import { findKeys } from '#store/keys.ts';
import { listRecords, readRecords } from '#store/records.ts';
import type { Cause, CrmCore, CrmRecord } from './core.ts';
import {
  addCustomField,
  archiveCustomField,
  type CustomField,
  type CustomFieldPatch,
  changeCustomField,
  type KeptCustomField,
  readCustomFields,
} from './custom-fields.ts';
import { archiveOne, changeOne, createOne, eraseOne, knownObject, type Manner, readOne, restoreOne } from './edit.ts';
import { archiveRecords, eraseRecords, restoreRecords } from './leave.ts';
import { type Billed, billOne } from './ledger/bill.ts';
import { type Merge, mergeRecords } from './merge.ts';
import { relink } from './people/relink.ts';
import { isIdPlace, type Listing, readPlace, writePlace } from './place.ts';
import { recompute } from './recompute.ts';
import { type Reindexed, reindex } from './reindex.ts';
import { type Found, searchRecords } from './search.ts';
import { type Shape, shapeOf } from './shape.ts';
import { readTimeline, type TimelineEntry } from './timeline.ts';
import { changeRegion, readWorkspace, type Workspace } from './workspace.ts';
import { changeRecords, createRecords } from './write.ts';

/** Who asks, of which workspace. */
export interface Asker {
  workspace: number;
  /** For the journal. */
  by: string;
}

/**
 * Everything people and the API do; each function is a transaction of its own and throws `Fault`. `expected` is the version a change
 * was made on; null takes the record at whatever version it is.
 */
export interface Crm extends CrmCore {
  /** The workspace's objects, with its custom fields. */
  shape(workspace: number): Promise<Shape>;
  get(workspace: number, id: string): Promise<CrmRecord>;
  list(
    workspace: number,
    object: string,
    page: { after: string | null; limit: number; archived?: boolean },
  ): Promise<Listing<CrmRecord>>;
  /** Living records of an object that bear the key a value gives; none where it gives no key. */
  bearers(workspace: number, object: string, kind: KeyKind, value: string): Promise<CrmRecord[]>;
  search(
    workspace: number,
    query: string,
    page: { objects?: string[]; after: string | null; limit: number },
  ): Promise<Listing<Found>>;
  timeline(workspace: number, id: string, page: { after: string | null; limit: number }): Promise<Listing<TimelineEntry>>;
  add(who: Asker, object: string, values: Values): Promise<CrmRecord>;
  change(who: Asker, id: string, expected: number, manner: Manner, values: Values): Promise<CrmRecord>;
  archiveOne(who: Asker, id: string, expected: number | null): Promise<CrmRecord>;
  restoreOne(who: Asker, id: string, expected: number | null): Promise<CrmRecord>;
  eraseOne(who: Asker, id: string, expected: number): Promise<void>;
  /** Makes an estimate or an invoice out of what was agreed, once; `given` takes the place of what it would say. */
  bill(who: Asker, id: string, wanted: Billed, given: Values): Promise<CrmRecord>;
  merge(who: Asker, merge: Merge): Promise<CrmRecord>;
  customFields(workspace: number, object: string | null): Promise<KeptCustomField[]>;
  addCustomField(who: Asker, custom: CustomField, signal?: AbortSignal): Promise<KeptCustomField>;
  changeCustomField(
    who: Asker,
    object: string,
    name: string,
    patch: CustomFieldPatch,
    signal?: AbortSignal,
  ): Promise<KeptCustomField>;
  archiveCustomField(who: Asker, object: string, name: string, archived: boolean, signal?: AbortSignal): Promise<KeptCustomField>;
  workspace(workspace: number): Promise<Workspace>;
  /** Whose national phone numbers are meant. The keys of records that are there follow by `reindex`. */
  changeRegion(who: Asker, region: string): Promise<Workspace>;
  /** Computes match keys anew where region or key rules have changed; goes on with what was cut off. */
  reindex(workspace: number, signal?: AbortSignal): Promise<Reindexed>;
  /** Looks again at meetings, mails and files whose addresses have got a bearer; answers how many changed. */
  relink(workspace: number, signal?: AbortSignal): Promise<number>;
  /** Goes on computing what a stopped hub left undone; answers how many records changed. */
  recompute(workspace: number, signal?: AbortSignal): Promise<number>;
}

export interface CrmDeps {
  store: Store;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told, after the commit, of objects whose records people changed. */
  edited?(workspace: number, objects: readonly string[]): Promise<void>;
  /** Told in the transaction that another region is meant from now on. */
  regionChanged?(tx: Tx, change: { from: string; to: string; by: string }): Promise<void>;
  /** Told of an address whose meetings and mails could not be written; they are passed over. */
  unlinkable?(workspace: number, address: string | undefined, error: unknown): void;
}

/** The port alone: its functions need nothing but the transaction they are given. */
export const core: CrmCore = {
  async about(tx, object) {
    const shape = await shapeOf(tx);
    return { custom: shape.of(object).custom, region: shape.region };
  },
  read: async (tx, ids) => new Map((ids.length === 0 ? [] : await readRecords(tx, ids)).map((record) => [record.id, record])),
  find: async (tx, object, keys, most = 20) => (keys.length === 0 ? [] : findKeys(tx, object, keys, most)),
  create: createRecords,
  update: changeRecords,
  archive: archiveRecords,
  restore: restoreRecords,
  erase: eraseRecords,
};

const ATTEMPTS = 5;

export function openCrm({ store, now, edited, regionChanged, unlinkable }: CrmDeps): Crm {
  const at = (): string => new Date(now()).toISOString();
  const causeOf = (who: Asker): Cause => ({ by: who.by, at: at() });
  const within = <T>(workspace: number, work: (tx: Tx) => Promise<T>): Promise<T> =>
    keepTrying(() => store.workspace(workspace, work));
  const editing = async (who: Asker, work: (tx: Tx) => Promise<CrmRecord>): Promise<CrmRecord> => {
    const record = await within(who.workspace, work);
    await edited?.(who.workspace, [record.object]);
    return record;
  };
  const computed = async (who: Asker, made: Promise<KeptCustomField>, signal?: AbortSignal): Promise<KeptCustomField> => {
    const field = await made;
    if (!field.pending) return field;
    await recompute((work) => within(who.workspace, work), field.object, now, signal);
    return { ...field, pending: false };
  };
  return {
    ...core,
    shape: (workspace) => within(workspace, shapeOf),
    get: (workspace, id) => within(workspace, (tx) => readOne(tx, id)),
    list: (workspace, object, page) => within(workspace, (tx) => listOf(tx, knownObject(object), page)),
    bearers: (workspace, object, kind, value) => within(workspace, (tx) => bearersOf(tx, knownObject(object), kind, value)),
    search: (workspace, query, { objects = [], after, limit }) =>
      within(workspace, (tx) => searchRecords(tx, query, objects, after, limit)),
    timeline: (workspace, id, { after, limit }) => within(workspace, (tx) => readTimeline(tx, id, after, limit)),
    add: (who, object, values) => editing(who, (tx) => createOne(tx, object, values, causeOf(who))),
    change: (who, id, expected, manner, values) =>
      editing(who, (tx) => changeOne(tx, id, expected, manner, values, causeOf(who))),
    archiveOne: (who, id, expected) => editing(who, (tx) => archiveOne(tx, id, expected, causeOf(who))),
    restoreOne: (who, id, expected) => editing(who, (tx) => restoreOne(tx, id, expected, causeOf(who))),
    async eraseOne(who, id, expected) {
      const object = await within(who.workspace, (tx) => eraseOne(tx, id, expected, causeOf(who)));
      await edited?.(who.workspace, [object]);
    },
    async bill(who, id, wanted, given) {
      const made = await within(who.workspace, (tx) => billOne(tx, id, wanted, given, causeOf(who)));
      await edited?.(who.workspace, ['estimate', 'invoice']);
      return made;
    },
    merge: (who, merge) => editing(who, (tx) => mergeRecords(tx, merge, causeOf(who))),
    customFields: (workspace, object) => within(workspace, (tx) => readCustomFields(tx, object)),
    addCustomField: (who, custom, signal) =>
      computed(
        who,
        within(who.workspace, (tx) => addCustomField(tx, custom, at())),
        signal,
      ),
    changeCustomField: (who, object, name, patch, signal) =>
      computed(
        who,
        within(who.workspace, (tx) => changeCustomField(tx, object, name, patch)),
        signal,
      ),
    archiveCustomField: (who, object, name, archived, signal) =>
      computed(
        who,
        within(who.workspace, (tx) => archiveCustomField(tx, object, name, archived ? at() : null)),
        signal,
      ),
    workspace: (workspace) => within(workspace, readWorkspace),
    changeRegion: (who, region) =>
      within(who.workspace, async (tx) => {
        const { region: from } = await readWorkspace(tx);
        const changed = await changeRegion(tx, region);
        if (from !== region) await regionChanged?.(tx, { from, to: region, by: who.by });
        return changed;
      }),
    reindex: (workspace, signal) => reindex((work) => within(workspace, work), signal),
    relink: (workspace, signal) =>
      relink(
        (work) => within(workspace, work),
        now,
        (address, error) => unlinkable?.(workspace, address, error),
        signal,
      ),
    async recompute(workspace, signal) {
      const pending = new Set(
        (await within(workspace, (tx) => readCustomFields(tx, null))).flatMap((field) => (field.pending ? [field.object] : [])),
      );
      let changed = 0;
      for (const object of pending) changed += await recompute((work) => within(workspace, work), object, now, signal);
      return changed;
    },
  };
}

async function listOf(
  tx: Tx,
  object: string,
  page: { after: string | null; limit: number; archived?: boolean },
): Promise<Listing<CrmRecord>> {
  const after = page.after === null ? null : readPlace(page.after, isIdPlace);
  const { records: items, more } = await listRecords(tx, object, after, page.limit, page.archived ?? false);
  return { items, next: more ? writePlace(items.at(-1)!.id) : null };
}

async function bearersOf(tx: Tx, object: string, kind: KeyKind, value: string): Promise<CrmRecord[]> {
  const key = keyOf(kind, value, (await shapeOf(tx)).region);
  if (key === null) return [];
  const found = await findKeys(tx, object, [key], 100);
  return found.length === 0
    ? []
    : readRecords(
        tx,
        found.map((one) => one.record),
      );
}

/** Two who lock the same records may meet in another order than by id through references: PostgreSQL undoes one, which tries again. */
async function keepTrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (n >= ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}
