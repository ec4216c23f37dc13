/** Puts the rooms together: the one place that knows all of them. */
import { join } from 'node:path';
import { type Calls, openCalls } from '#calls/calls.ts';
import { connectors, streamOf } from '#connectors/index.ts';
import { keyringFrom, keyringIn } from '#credentials/keyring.ts';
import { createSeal, type Seal } from '#credentials/seal.ts';
import { type Crm, core, openCrm } from '#crm/crm.ts';
import { Upkeep } from '#crm/upkeep.ts';
import { defaultMapping } from '#mappings/defaults.ts';
import { sharedAllowance } from '#store/budgets.ts';
import { openDatabase, type Store } from '#store/database.ts';
import { workspaceIds } from '#store/vaults.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import about from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { type Connections, openConnections } from './connections/connections.ts';
import { connectorOf } from './connections/parts.ts';
import { openVigil, type Vigil } from './connections/vigil.ts';
import { type Keys, openKeys } from './keys.ts';
import type { Log } from './log.ts';
import { countServiceCall } from './service-calls.ts';

export interface Hub {
  config: Config;
  version: string;
  /** Where browsers reach the hub. Set anew by whoever listens on a port that is known late. */
  publicUrl: string;
  log: Log;
  store: Store;
  keys: Keys;
  crm: Crm;
  /** Works by itself only once started. */
  upkeep: Upkeep;
  connections: Connections;
  /** Works by itself only once started. */
  engine: Engine;
  /** Works by itself only once started. */
  calls: Calls;
  /** Refreshes unused grants in time. Works by itself only once started. */
  vigil: Vigil;
  /** Milliseconds since the epoch: the clock of everything due. */
  now(): number;
  /** Lets what is under way finish, then leaves the database. */
  close(): Promise<void>;
}

/** What a test, or a program in a hurry, gives instead of the usual. */
export interface OpenOptions {
  /** Default `Date.now`. */
  now?: () => number;
  /** A database being opened already. Default that of the configuration. */
  store?: Promise<Store>;
}

const HOUR = 3_600_000;

/** Opens the database, brings it up to date and opens the rooms over it. Nothing runs by itself yet. */
export async function openHub(config: Config, log: Log, { now = Date.now, store: opening }: OpenOptions = {}): Promise<Hub> {
  const store = await (opening ?? openDatabase({ url: config.databaseUrl, data: config.data }));
  const seal = await sealOf(config).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const connections = openConnections({
    store,
    connectors,
    hosts: config.hosts,
    publicUrl: () => hub.publicUrl,
    clientOf: config.clientOf,
    seal,
    allowance: sharedAllowance(store, now),
    now,
    count: countServiceCall,
    onConnected: (tx, connection) => engine.connected(tx, connection),
  });
  const engine = openEngine({
    store,
    crm: core,
    streamOf,
    streamsOf: (name) => connectorOf({ connectors }, name).streams,
    defaultMapping,
    context: (workspace, connection, signal) => connections.context(workspace, connection, signal),
    now,
    log,
    slices: config.slices,
    beside: {
      outside: (tx, sync, rows) => calls.beside.outside(tx, sync, rows),
      kept: (tx, sync, rows, kept) => calls.beside.kept(tx, sync, rows, kept),
    },
  });
  const calls = openCalls({
    store,
    engine,
    telephonyOf: (name) => connectorOf({ connectors }, name).telephony,
    context: (workspace, connection, signal, share) => connections.context(workspace, connection, signal, share),
    now,
    log,
  });
  const crm = openCrm({ store, now, edited: (workspace, objects) => engine.edited(workspace, objects) });
  const upkeep = new Upkeep({ crm, workspaces: () => workspaceIds(store), log });
  const vigil = openVigil({ every: HOUR, round: () => connections.keepAlive(), log });
  const hub: Hub = {
    config,
    version: about.version,
    publicUrl: config.publicUrl,
    log,
    store,
    keys: openKeys(store),
    crm,
    upkeep,
    connections,
    engine,
    calls,
    vigil,
    now,
    async close() {
      await calls.stop();
      await vigil.stop();
      await engine.stop();
      await upkeep.stop();
      await connections.idle();
      await store.close();
    },
  };
  return hub;
}

async function sealOf({ sealingKeys, data }: Config): Promise<Seal> {
  return createSeal(sealingKeys ? keyringFrom(sealingKeys, 'SWITCHBOARD_KEYS') : await keyringIn(join(data, 'keys')));
}
