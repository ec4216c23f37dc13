/** A hub's engine over a real database and a service in memory, with a clock one can turn. */
import type { CrmRecord } from '#crm/core.ts';
import { type Crm, openCrm } from '#crm/crm.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Mapping } from '#mappings/format.ts';
import { listHeld } from '#store/held.ts';
import { patchSync } from '#store/syncs.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import type { SliceEnd } from '#sync/slice.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
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
  /** Preview, execute, and deliver: the first import. */
  begin(): Promise<SliceEnd>;
  /** Reads and delivers until nothing is due. */
  run(full?: boolean): Promise<SliceEnd>;
  contact(values: Values): Promise<CrmRecord>;
  contacts(): Promise<CrmRecord[]>;
  change(id: string, values: { [field: string]: Json }): Promise<CrmRecord>;
  held(): Promise<{ id: number; kind: string; field: string; row: string | null; record: string | null }[]>;
}

let databases: Promise<TestDatabase> | undefined;

/** A workspace of its own in the file's one database. */
export async function openWorld(mapping: Mapping = MAPPING): Promise<World> {
  databases ??= testDatabase();
  const database = await databases;
  const workspace = await database.workspace();
  let shift = 0;
  const now = () => Date.now() + shift;
  const service = new MemoryService(now);
  const crm = openCrm({ store: database.store, now });
  const engine = openEngine({
    store: database.store,
    crm,
    now,
    streamOf: () => service.stream,
    streamsOf: () => ({ people: service.stream }),
    defaultMapping: () => mapping,
    log: { info: () => undefined, error: () => undefined },
    context: async (_workspace, _connection, signal) => ({
      settings: {},
      base: {},
      signal,
      now,
      token: async () => 'token',
      call: (_cost, send) => send(signal),
    }),
  });
  const sync = await database.store.workspace(workspace, async (tx) => {
    const rows = await tx.query<{ id: number }>(
      `insert into connections (workspace, connector, account, title) values (current_setting('switchboard.workspace')::int, 'memory', 'a', 'A') returning id`,
    );
    await engine.connected(tx, { id: rows[0]!.id, connector: 'memory', by: 'test' });
    return (await tx.query<{ id: number }>('select id from syncs'))[0]!.id;
  });
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
    turn: (ms) => {
      shift += ms;
    },
    async begin() {
      const begun = await engine.preview(workspace, sync, 'test');
      const problem = await begun.done;
      if (problem) throw problem;
      await engine.execute(workspace, begun.plan, 'test');
      return engine.drain(workspace, sync, 'test');
    },
    async run(full = false) {
      shift += 5_000; // what was put off for a second is due
      await database.store.workspace(workspace, (tx) =>
        patchSync(tx, sync, { pull_due: new Date(now()), ...(full ? { full_wanted: true } : {}) }),
      );
      return engine.drain(workspace, sync, 'test');
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
