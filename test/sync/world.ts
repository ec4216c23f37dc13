/** A hub's engine over a real database and a service in memory, with a clock one can turn. */
import type { CrmRecord } from '#crm/core.ts';
import { type Crm, openCrm } from '#crm/crm.ts';
import type { Context } from '#kit/context.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { listHeld } from '#store/held.ts';
import { patchSync } from '#store/syncs.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import type { SliceEnd } from '#sync/slice.ts';
import { sharedDatabase, type TestDatabase } from '#test/database.ts';
import { MemoryService } from './service.ts';

export const MAPPING: Mapping = {
  from: 'memory.people',
  to: 'contact',
  winner: 'theirs',
  match: [{ crm: 'emails', theirs: 'emails' }],
  create: 'both',
  fields: [
    { crm: 'givenName', theirs: 'givenName' },
    { crm: 'familyName', theirs: 'familyName' },
    { crm: 'emails', theirs: 'emails' },
    { crm: 'jobTitle', theirs: 'jobTitle', winner: 'ask' },
    { crm: 'notes', theirs: 'note', winner: 'crm' },
  ],
};

export interface World {
  database: TestDatabase;
  workspace: number;
  crm: Crm;
  engine: Engine;
  service: MemoryService;
  sync: number;
  who: { workspace: number; by: string };
  now(): number;
  turn(ms: number): void;
  /** Calls by the part of the budget they might use up. */
  shares: { [share: number]: number };
  /** A second account of the service, with rows of its own and a sync under the same mapping. */
  another(): Promise<{ service: MemoryService; sync: number }>;
  /** Preview, execute, and deliver: the first import. */
  begin(sync?: number): Promise<SliceEnd>;
  /** Reads and delivers until nothing is due. */
  run(full?: boolean, sync?: number): Promise<SliceEnd>;
  contact(values: Values): Promise<CrmRecord>;
  contacts(): Promise<CrmRecord[]>;
  change(id: string, values: { [field: string]: Json }): Promise<CrmRecord>;
  held(): Promise<{ id: number; kind: string; field: string; row: string | null; record: string | null }[]>;
}

/**
 * A workspace of its own in the file's one database. `own`: what the stream declares differently; `samples`: the part of pages kept for
 * replay.
 */
export async function openWorld(mapping: Mapping = MAPPING, own: Partial<Stream> = {}, samples = 0): Promise<World> {
  const database = await sharedDatabase();
  const workspace = await database.workspace();
  let shift = 0;
  const now = () => Date.now() + shift;
  const service = new MemoryService(now);
  const services = new Map<number, MemoryService>();
  const shares: World['shares'] = {};
  const stream = { ...shared(services, service.stream), ...own };
  const crm = openCrm({
    store: database.store,
    now,
    edited: (workspace, objects) => engine.edited(workspace, objects),
    regionChanged: (tx, change) => engine.regionChanged(tx, change),
  });
  const engine = openEngine({
    store: database.store,
    crm,
    now,
    streamOf: () => stream,
    streamsOf: () => ({ people: stream }),
    defaultMapping: () => mapping,
    log: { info: () => undefined, error: () => undefined },
    samples,
    context: async (_workspace, connection, signal) => ({
      settings: { connection },
      base: {},
      signal,
      now,
      clientId: 'app',
      token: async () => 'token',
      call: (_cost, send, { share = 1 } = {}) => {
        shares[share] = (shares[share] ?? 0) + 1;
        return send(signal, () => undefined);
      },
    }),
  });
  const connect = (account: string, of: MemoryService): Promise<number> =>
    database.store.workspace(workspace, async (tx) => {
      const rows = await tx.query<{ id: number }>(
        `insert into connections (workspace, connector, account, title) values (current_setting('switchboard.workspace')::int, 'memory', $1, $1) returning id`,
        [account],
      );
      services.set(rows[0]!.id, of);
      await engine.connected(tx, { id: rows[0]!.id, connector: 'memory', by: 'test' });
      return (await tx.query<{ id: number }>('select id from syncs order by id desc'))[0]!.id;
    });
  const sync = await connect('a', service);
  const who = { workspace, by: 'person' };
  return {
    database,
    workspace,
    crm,
    engine,
    service,
    sync,
    who,
    now,
    shares,
    turn: (ms) => {
      shift += ms;
    },
    async another() {
      const second = new MemoryService(now);
      return { service: second, sync: await connect('b', second) };
    },
    async begin(of = sync) {
      const begun = await engine.preview(workspace, of, 'test');
      const problem = await begun.done;
      if (problem) throw problem;
      await engine.execute(workspace, begun.plan, 'test');
      return engine.drain(workspace, of, 'test');
    },
    async run(full = false, of = sync) {
      shift += 5_000; // what was put off for a second is due
      await database.store.workspace(workspace, (tx) =>
        patchSync(tx, of, { pull_due: new Date(now()), ...(full ? { full_wanted: true } : {}) }),
      );
      return engine.drain(workspace, of, 'test');
    },
    contact: (values) => crm.add(who, 'contact', values),
    contacts: async () => (await crm.list(workspace, 'contact', { after: null, limit: 1_000 })).items,
    async change(id, values) {
      const record = await crm.get(workspace, id);
      return crm.change(who, id, record.version, 'patch', values as Values);
    },
    held: () => database.store.workspace(workspace, (tx) => listHeld(tx, { open: true, after: 0, limit: 1_000 })),
  };
}

/** One stream for several accounts: each call goes to the service of the connection it is made for. */
function shared(services: ReadonlyMap<number, MemoryService>, like: Stream): Stream {
  const of = (ctx: Context): Required<Stream> => services.get(Number(ctx.settings.connection))!.stream as Required<Stream>;
  return {
    ...like,
    pull: (ctx, since) => of(ctx).pull(ctx, since),
    fetch: (ctx, ids) => of(ctx).fetch(ctx, ids),
    push: (ctx, drafts) => of(ctx).push(ctx, drafts),
    remove: (ctx, ids) => of(ctx).remove(ctx, ids),
  };
}
