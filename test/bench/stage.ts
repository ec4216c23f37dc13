/** What a bench stands on: PostgreSQL in a folder of its own, the emulated service beside, and a hub's engine over both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectors, streamOf } from '#connectors/index.ts';
import { core } from '#crm/crm.ts';
import type { Allowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Connector } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import type { Values } from '#kit/fields.ts';
import { defaultMapping } from '#mappings/defaults.ts';
import { openDatabase, type Store } from '#store/database.ts';
import { patchSync } from '#store/syncs.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import type { SliceEnd } from '#sync/slice.ts';
import { type Hosts, type Service, startService } from './service.ts';

export const CONNECTOR = 'gsuite';
export const STREAM = 'gsuite.contacts';

export interface Stage {
  service: Service;
  hub: BenchHub;
  /** By which another process opens a hub over the same. */
  parts: HubParts;
  close(): Promise<void>;
}

/** An address book of so many people and an empty hub. */
export async function openStage(rows: number): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const service = await startService(rows);
  const parts: HubParts = { data: folder, hosts: service.hosts, token: await service.token() };
  const hub = await openBenchHub(parts);
  return {
    ...{ service, hub, parts },
    async close() {
      await hub.close();
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface BenchHub {
  store: Store;
  engine: Engine;
  /** What a connector is lent. */
  context: Context;
  /** A new workspace with a connection whose sync waits for its first preview. */
  tenant(): Promise<Tenant>;
  /** Turns the hub's clock. */
  turn(ms: number): void;
  now(): number;
  close(): Promise<void>;
}

export interface Tenant {
  workspace: number;
  connection: number;
  /** Of its only stream, or of the first. */
  sync: number;
  /** Reads what is new, or everything, and delivers until nothing is due. */
  run(full: boolean): Promise<SliceEnd>;
}

export interface HubParts {
  data: string;
  hosts: Hosts;
  token: string;
  /** Whose account it is. Default the address book's. */
  connector?: keyof typeof connectors;
  /** Of its connection. */
  settings?: Values;
}

/** The services' budgets are theirs: what is measured is the hub. */
const UNLIMITED: Allowance = {
  take: async () => ({ granted: true }),
  free: async () => undefined,
  pause: async () => undefined,
};

export async function openBenchHub(parts: HubParts): Promise<BenchHub> {
  const { data, hosts, token, connector: name = CONNECTOR, settings = {} } = parts;
  const store = await openDatabase({ data });
  let shift = 0;
  const now = () => Date.now() + shift;
  const connector: Connector = connectors[name];
  const lend = (signal: AbortSignal): Context => ({
    settings,
    base: { ...connector.base, ...hosts[name] },
    signal,
    now,
    clientId: 'bench',
    token: async () => token,
    call: makeCall({
      limits: connector.limits,
      allowance: UNLIMITED,
      counted: { app: 'bench', account: 'bench/account' },
      explain: connector.explain,
      signal,
      now,
    }),
  });
  const engine = openEngine({
    store,
    crm: core,
    now,
    streamOf,
    streamsOf: () => connector.streams,
    defaultMapping,
    context: async (_workspace, _connection, signal) => lend(signal),
    log: { info: () => undefined, error: () => undefined },
  });
  return {
    store,
    engine,
    context: lend(new AbortController().signal),
    tenant: () => openTenant(store, engine, now, name),
    turn: (ms) => {
      shift += ms;
    },
    now,
    async close() {
      await engine.stop();
      await store.close();
    },
  };
}

async function openTenant(store: Store, engine: Engine, now: () => number, connector: string): Promise<Tenant> {
  const workspace = await store.installation(
    async (tx) =>
      (await tx.query<{ workspace: number }>(`insert into workspaces (name) values ('A firm') returning workspace`))[0]!
        .workspace,
  );
  const { connection, sync } = await store.workspace(workspace, async (tx) => {
    const made = await tx.query<{ id: number }>(
      `insert into connections (workspace, connector, account, title) values ($1, $2, 'a', 'A') returning id`,
      [workspace, connector],
    );
    await engine.connected(tx, { id: made[0]!.id, connector, by: 'bench' });
    return { connection: made[0]!.id, sync: (await tx.query<{ id: number }>('select id from syncs'))[0]!.id };
  });
  return {
    workspace,
    connection,
    sync,
    async run(full) {
      await store.workspace(workspace, (tx) =>
        patchSync(tx, sync, { state: 'on', pull_due: new Date(now()), ...(full ? { full_wanted: true } : {}) }),
      );
      return engine.drain(workspace, sync, 'bench');
    },
  };
}
