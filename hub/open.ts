/** Puts the rooms together: the one place that knows all of them. */
import { join } from 'node:path';
import { connectors as registry } from '#connectors/index.ts';
import { keyringFrom, keyringIn } from '#credentials/keyring.ts';
import { createSeal, type Seal } from '#credentials/seal.ts';
import { type Crm, core, openCrm } from '#crm/crm.ts';
import { Upkeep } from '#crm/upkeep.ts';
import type { Connector } from '#kit/connector.ts';
import { defaultMapping } from '#mappings/defaults.ts';
import { sharedAllowance } from '#store/budgets.ts';
import { openDatabase, type Store } from '#store/database.ts';
import { deliveryInbox } from '#store/deliveries.ts';
import { workspaceIds } from '#store/vaults.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import { type Gate, openGate } from '#webhooks/gate.ts';
import type { Secrets } from '#webhooks/secrets.ts';
import about from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { type Connections, openConnections } from './connections/connections.ts';
import { connectorOf, streamOf } from './connections/parts.ts';
import { type Keys, openKeys } from './keys.ts';
import type { Log } from './log.ts';
import { type NewsRoom, openNews } from './news/news.ts';
import type { Handlers } from './news/parts.ts';
import { countServiceCall } from './service-calls.ts';
import { countDeliveries, countWebhook } from './webhook-counts.ts';

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
  /** Where services call us. */
  gate: Gate;
  /** What they said. Works by itself only once started. */
  news: NewsRoom;
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
  /** Default every connector there is. */
  connectors?: { readonly [name: string]: Connector };
  /** Who acts upon news that concerns no row. Default nobody. */
  handlers?: Handlers;
}

/** Opens the database, brings it up to date and opens the rooms over it. Nothing runs by itself yet. */
export async function openHub(config: Config, log: Log, options: OpenOptions = {}): Promise<Hub> {
  const { now = Date.now, store: opening, connectors = registry, handlers = {} } = options;
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
    onConnected: async (tx, connection) => {
      await engine.connected(tx, connection);
      news.linked(connection);
    },
  });
  const engine = openEngine({
    store,
    crm: core,
    streamOf: (name) => streamOf({ connectors }, name),
    streamsOf: (name) => connectorOf({ connectors }, name).streams,
    defaultMapping,
    context: (workspace, connection, signal) => connections.context(workspace, connection, signal),
    now,
    log,
    slices: config.slices,
  });
  const crm = openCrm({ store, now, edited: (workspace, objects) => engine.edited(workspace, objects) });
  const secrets = secretsOf(config, connectors);
  const webhooks = webhooksOf(connectors);
  const news = openNews({
    store,
    webhooks,
    engine,
    disconnected: (tx, connection, reason, at) => connections.disconnectedThere(tx, connection, reason, at),
    handlers,
    secretsOf: (connector, subscription) => secrets.of(connector, subscription),
    days: config.deliveriesDays,
    now,
    log,
    count: countDeliveries,
  });
  const gate = openGate({
    webhooksOf: (name) => (Object.hasOwn(webhooks, name) ? webhooks[name] : undefined),
    secrets,
    inbox: deliveryInbox(store),
    now,
    count: countWebhook,
    woken: (connectors) => news.wake(connectors),
  });
  const upkeep = new Upkeep({ crm, workspaces: () => workspaceIds(store), log });
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
    gate,
    news,
    now,
    async close() {
      await gate.idle();
      await news.stop();
      await engine.stop();
      await upkeep.stop();
      await connections.idle();
      await store.close();
    },
  };
  return hub;
}

function webhooksOf(connectors: { readonly [name: string]: Connector }): { [name: string]: NonNullable<Connector['webhooks']> } {
  return Object.fromEntries(Object.values(connectors).flatMap(({ name, webhooks }) => (webhooks ? [[name, webhooks]] : [])));
}

/** Secrets of apps come from the configuration. Subscriptions have none here yet: nobody makes any. */
function secretsOf(config: Config, connectors: { readonly [name: string]: Connector }): Secrets {
  return {
    of: async (connector) =>
      connectors[connector]?.webhooks?.secrets === 'app' ? config.webhookSecretsOf(connector) : undefined,
  };
}

async function sealOf({ sealingKeys, data }: Config): Promise<Seal> {
  return createSeal(sealingKeys ? keyringFrom(sealingKeys, 'SWITCHBOARD_KEYS') : await keyringIn(join(data, 'keys')));
}
