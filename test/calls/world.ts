/** A hub's calls over a real database and a telephone in memory, with a clock one can turn. */

import { type Calls, openCalls } from '#calls/calls.ts';
import type { CrmRecord } from '#crm/core.ts';
import { type Crm, core, openCrm } from '#crm/crm.ts';
import type { Cost, Send } from '#kit/context.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { CallEvent } from '#kit/telephony.ts';
import { isRetryable } from '#store/database.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import { sharedDatabase, type TestDatabase } from '#test/database.ts';
import { MAPPING, Telephone } from './telephone.ts';

export interface World {
  database: TestDatabase;
  workspace: number;
  crm: Crm;
  engine: Engine;
  calls: Calls;
  telephone: Telephone;
  connection: number;
  sync: number;
  who: { workspace: number; by: string };
  now(): number;
  turn(ms: number): void;
  /** An event comes; a race that was lost is run again. */
  told(event: CallEvent): Promise<void>;
  hear(...events: CallEvent[]): Promise<void>;
  /** Reads the log now, and settles what it brought. */
  readLog(): Promise<void>;
  add(object: string, values: Values): Promise<CrmRecord>;
  change(id: string, values: { [field: string]: Json }): Promise<CrmRecord>;
  all(object: string): Promise<CrmRecord[]>;
  /** The record of the only call there is. */
  call(): Promise<CrmRecord>;
  policy(body: { [name: string]: Json }): Promise<void>;
  rows(): Promise<{ session: string; stage: string; question: string | null; excluded: string | null; trouble: string | null }[]>;
}

export const NOON = Date.parse('2026-03-02T12:00:00.000Z');

/** A workspace of its own, its line connected and its log in sync; the clock stands at noon of a Monday until it is turned. */
export async function openWorld({ telephone = new Telephone(), mapping = MAPPING } = {}): Promise<World> {
  const database = await sharedDatabase();
  const { store } = database;
  const workspace = await database.workspace();
  await restOthers(database);
  let clock = NOON;
  const now = (): number => clock;
  const log = { info: () => undefined, error: (about: object) => void faults.push(about) };
  const faults: object[] = [];
  const crm = openCrm({ store, now, edited: (id, objects) => engine.edited(id, objects) });
  const context = async (_workspace: number, connection: number, signal: AbortSignal) => ({
    ...{ settings: { connection }, base: {}, signal, now },
    clientId: 'app',
    token: async () => 'token',
    call: <T>(_cost: Cost, send: Send<T>) => send(signal, () => undefined),
  });
  const engine: Engine = openEngine({
    ...{ store, crm: core, now, log, context },
    streamOf: () => telephone.stream,
    streamsOf: () => ({ calls: telephone.stream }),
    defaultMapping: () => mapping,
    besideOf: (stream) => calls.besideOf(stream),
  });
  const calls: Calls = openCalls({
    ...{ store, engine, now, log, context, publicUrl: () => 'http://hub.test' },
    telephonyOf: () => telephone.telephony,
  });
  const connection = await store.workspace(workspace, async (tx) => {
    const made = await tx.query<{ id: number }>(
      `insert into connections (workspace, connector, account, title, grant_id)
       values (current_setting('switchboard.workspace')::int, 'phone', 'a', 'Telephone', 1) returning id`,
    );
    await engine.connected(tx, { id: made[0]!.id, connector: 'phone', by: 'test' });
    return made[0]!.id;
  });
  const sync = (await engine.look.syncs(workspace))[0]!.id;
  const begun = await engine.preview(workspace, sync, 'test');
  const problem = await begun.done;
  if (problem) throw problem;
  await engine.execute(workspace, begun.plan, 'test');
  await engine.drain(workspace, sync, 'test');
  const who = { workspace, by: 'person' };
  const world: World = {
    ...{ database, workspace, crm, engine, calls, telephone, connection, sync, who, now },
    turn: (ms) => {
      clock += ms;
    },
    told: (event) => keepTrying(() => store.workspace(workspace, (tx) => calls.heard(tx, connection, [event]))),
    async hear(...events) {
      for (const event of events) await world.told(event);
      await calls.drain();
      if (faults.length > 0) throw new Error(`the clerk failed: ${JSON.stringify(faults, errorText)}`);
    },
    async readLog() {
      await engine.request(workspace, sync, false);
      const end = await engine.drain(workspace, sync, 'test');
      if (end.problem) throw end.problem;
      await world.hear();
    },
    add: (object, values) => crm.add(who, object, values),
    async change(id, values) {
      return crm.change(who, id, (await crm.get(workspace, id)).version, 'patch', values as Values);
    },
    all: async (object) => (await crm.list(workspace, object, { after: null, limit: 1_000 })).items,
    async call() {
      const found = await world.all('call');
      if (found.length !== 1) throw new Error(`there are ${found.length} calls`);
      return found[0]!;
    },
    policy: async (body) => void (await calls.setPolicy(who, connection, body)),
    rows: () =>
      store.workspace(workspace, (tx) =>
        tx.query('select session, stage, question, excluded, trouble, heard is not null as kept from calls order by session'),
      ),
  };
  return world;
}

/** The clerk works for every workspace there is: those of tests before this one have nothing due any more. */
async function restOthers({ owner }: TestDatabase): Promise<void> {
  for (const table of ['calls', 'call_rosters', 'placed_calls', 'call_backfills'])
    await owner.query(`update ${table} set due = null`);
}

const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? `${value.message} ${value.stack}` : value);

async function keepTrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error)) throw error;
    }
  }
}
