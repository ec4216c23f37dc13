/** Puts the rooms together: the one place that knows all of them. */
import { join } from 'node:path';
import { type Calls, openCalls } from '#calls/calls.ts';
import { connectors as registry } from '#connectors/index.ts';
import { keyringFrom, keyringIn } from '#credentials/keyring.ts';
import { createSeal, type Seal } from '#credentials/seal.ts';
import { type Crm, core, openCrm } from '#crm/crm.ts';
import { openStrangers, type Strangers } from '#crm/people/strangers.ts';
import { Upkeep } from '#crm/upkeep.ts';
import type { Connector } from '#kit/connector.ts';
import { defaultMapping } from '#mappings/defaults.ts';
import { keyRules } from '#mappings/keys.ts';
import { sharedAllowance } from '#store/budgets.ts';
import { openDatabase, type Store } from '#store/database.ts';
import { deliveryInbox } from '#store/deliveries.ts';
import { addressedWorkspaces } from '#store/participants.ts';
import { subscriptionRegister, wantSubscription } from '#store/subscriptions.ts';
import { workspaceIds } from '#store/vaults.ts';
import { unindexed } from '#store/workspaces.ts';
import { type Engine, type Others, openEngine } from '#sync/engine.ts';
import { type Gate, openGate } from '#webhooks/gate.ts';
import { openSubscriptions, type Subscriptions } from '#webhooks/subscriptions.ts';
import about from '../package.json' with { type: 'json' };
import { type Actions, openActions } from './actions/actions.ts';
import { type Config, type ConfigProblem, ConfigTrouble } from './config.ts';
import { type Connections, openConnections } from './connections/connections.ts';
import { CUT_OFF_LOOK_MS } from './connections/cut-off.ts';
import { connectorOf, streamOf, streamsFor } from './connections/parts.ts';
import { type Firms, openFirms } from './firms.ts';
import { type Keys, openKeys } from './keys.ts';
import { type Histories, openHistories } from './ledger/history/history.ts';
import { type LedgerRoom, openLedger } from './ledger/ledger.ts';
import { type Moves, openMoves } from './ledger/move/move.ts';
import type { Log } from './log.ts';
import { type NewsRoom, openNews } from './news/news.ts';
import type { Handlers } from './news/parts.ts';
import { countServiceCall } from './service-calls.ts';
import { Vigil } from './vigil.ts';
import { countDeliveries, countWebhook } from './webhook-counts.ts';

export interface Hub {
  config: Config;
  version: string;
  /** Where browsers reach the hub. Set anew by whoever listens on a port that is known late. */
  publicUrl: string;
  log: Log;
  store: Store;
  keys: Keys;
  firms: Firms;
  crm: Crm;
  upkeep: Upkeep;
  /** People met whom nobody knows. */
  strangers: Strangers;
  connections: Connections;
  engine: Engine;
  subscriptions: Subscriptions;
  /** Where services call us. */
  gate: Gate;
  /** What they said. */
  news: NewsRoom;
  calls: Calls;
  actions: Actions;
  /** Payments and their invoices. */
  ledger: LedgerRoom;
  /** Whole histories of accounts. */
  histories: Histories;
  /** From the books of one service to those of another. */
  moves: Moves;
  /** Refreshes unused grants in time. */
  vigil: Vigil;
  /** Milliseconds since the epoch: the clock of everything due. */
  now(): number;
  /** From now on everything works by itself; on syncs work the `others`, where there are any. */
  start(others?: Others): void;
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
  /** Who acts upon news that concerns no row. Default the rooms of calls and subscriptions. */
  handlers?: Handlers;
}

const HOUR = 3_600_000;
/** A service is not asked about a delivery for longer than its sender waits for our answer. */
const LENT_MS = 8_000;

/** Opens the database, brings it up to date and opens the rooms over it. Nothing runs by itself yet. */
export async function openHub(config: Config, log: Log, options: OpenOptions = {}): Promise<Hub> {
  const { now = Date.now, store: opening } = options;
  const connectors: { readonly [name: string]: Connector } = options.connectors ?? registry;
  const store = await (opening ?? openDatabase({ url: config.databaseUrl, data: config.data }));
  const seal = await Promise.try(() => {
    expectKnown(config.hosts, connectors);
    return sealOf(config);
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const webhooks = webhooksOf(connectors);
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
      if (webhooks[connection.connector]?.subscribe) await wantSubscription(tx, seal, connection, new Date(now()));
      news.linked(connection);
    },
    beforeDisconnect: (workspace, connection) => subscriptions.leave({ workspace, connection }),
  });
  const engine = openEngine({
    store,
    crm: core,
    streamOf: (name) => streamOf({ connectors }, name),
    streamsOf: (name, scopes) => streamsFor(connectorOf({ connectors }, name), scopes),
    defaultMapping,
    context: (workspace, connection, signal) => connections.context(workspace, connection, signal),
    now,
    log,
    slices: config.slices,
    samples: config.samples,
    besideOf: (stream) => calls.besideOf(stream),
  });
  const calls = openCalls({
    store,
    engine,
    telephonyOf: (name) => connectorOf({ connectors }, name).telephony,
    context: (workspace, connection, signal) => connections.context(workspace, connection, signal),
    publicUrl: () => hub.publicUrl,
    now,
    log,
  });
  const actions = openActions({
    store,
    connectorOf: (name) => connectorOf({ connectors }, name),
    context: (workspace, connection, signal) => connections.context(workspace, connection, signal),
    now,
    log,
  });
  const ledger = openLedger({ store, engine, now, log });
  const histories = openHistories({ store, engine, crm: core, streamOf: (name) => streamOf({ connectors }, name), now, log });
  const subscriptions = openSubscriptions({
    register: subscriptionRegister(store, seal),
    webhooks,
    always: (name) => connectors[name]?.telephony?.calls.split('.').slice(-1) ?? [],
    context: (workspace, connection, signal) => connections.context(workspace, connection, signal),
    publicUrl: () => hub.publicUrl,
    now,
    log,
  });
  const crm = openCrm({
    store,
    now,
    edited: (workspace, objects) => engine.edited(workspace, objects),
    regionChanged: (tx, change) => engine.regionChanged(tx, change),
    unlinkable: (workspace, address, err) =>
      log.error({ workspace, address, err }, 'what names an address could not be linked; passed over'),
  });
  const moves = openMoves({ store, crm, engine, actions, streamOf: (name) => streamOf({ connectors }, name), now });
  const upkeep = new Upkeep({
    crm,
    workspaces: () => workspaceIds(store),
    unindexed: () => store.installation((tx) => unindexed(tx, keyRules)),
    marked: () => store.installation((tx) => addressedWorkspaces(tx, 200)),
    log,
  });
  const strangers = openStrangers({
    store,
    now,
    marked: (workspace) => upkeep.begin(workspace),
    edited: (workspace, objects) => engine.edited(workspace, objects),
  });
  const secretsOf = async (connector: string, subscription: string | undefined): Promise<readonly string[] | undefined> => {
    if (webhooks[connector]?.secrets === 'app')
      return subscription === undefined ? config.webhookSecretsOf(connector) : undefined;
    return subscription === undefined ? undefined : (await subscriptions.ownerOf(connector, subscription))?.secrets;
  };
  const news = openNews({
    store,
    webhooks,
    engine,
    disconnected: (tx, connection, reason, at) => connections.disconnectedThere(tx, connection, reason, at),
    handlers: options.handlers ?? {
      heard: (tx, connection, events) => calls.heard(tx, connection, events),
      onExpiring: async (workspace, connection) => void (await subscriptions.attend({ workspace, connection })),
    },
    ownerOf: (connector, subscription) => subscriptions.ownerOf(connector, subscription),
    secretsOf,
    days: config.deliveriesDays,
    now,
    log,
    count: countDeliveries,
  });
  const gate = openGate({
    webhooksOf: (name) => (Object.hasOwn(webhooks, name) ? webhooks[name] : undefined),
    secretsOf,
    lend: async (connector, subscription) => {
      const owner = await subscriptions.ownerOf(connector, subscription);
      if (owner === undefined) throw new Error(`${connector}: nobody has this subscription any more`);
      return connections.context(owner.workspace, owner.connection, AbortSignal.timeout(LENT_MS));
    },
    inbox: deliveryInbox(store),
    now,
    count: countWebhook,
    woken: (connectors) => news.wake(connectors),
  });
  const vigil = new Vigil({ every: HOUR, round: () => connections.keepAlive(), name: 'refreshing unused grants', log });
  const repeating = new Vigil({
    ...{ every: CUT_OFF_LOOK_MS, name: 'repeating refreshes that were cut off', log },
    round: () => connections.repeatCutOff(),
  });
  const keys = openKeys(store);
  const hub: Hub = {
    config,
    version: about.version,
    publicUrl: config.publicUrl,
    log,
    store,
    keys,
    firms: openFirms(store, keys),
    crm,
    upkeep,
    strangers,
    connections,
    engine,
    subscriptions,
    gate,
    news,
    calls,
    actions,
    ledger,
    histories,
    moves,
    vigil,
    now,
    start(others) {
      engine.start(others);
      for (const room of [news, calls, ledger, histories, upkeep, subscriptions, vigil, repeating]) room.start();
    },
    async close() {
      await gate.idle();
      await actions.idle();
      await calls.stop();
      await ledger.stop();
      await histories.stop();
      await vigil.stop();
      await repeating.stop();
      await news.stop();
      await subscriptions.stop();
      await engine.stop();
      await upkeep.stop();
      await connections.idle();
      await store.close();
    },
  };
  return hub;
}

/** A name with a slip in it would be passed over, and the service itself be called instead. */
function expectKnown(hosts: Config['hosts'], connectors: { readonly [name: string]: Connector }): void {
  const problems = Object.entries(hosts).flatMap(([name, apis]): ConfigProblem[] => {
    const variable = `SWITCHBOARD_HOSTS.${name}`;
    const known = Object.hasOwn(connectors, name) ? connectors[name] : undefined;
    if (known === undefined)
      return [{ variable, found: 'no connector of this name', allowed: Object.keys(connectors).join(', ') }];
    const unknown = Object.keys(apis).filter((api) => !Object.hasOwn(known.base, api));
    return unknown.map((api) => ({
      variable: `${variable}.${api}`,
      found: 'no such API',
      allowed: Object.keys(known.base).join(', '),
    }));
  });
  if (problems.length > 0) throw new ConfigTrouble(problems);
}

function webhooksOf(connectors: { readonly [name: string]: Connector }): { [name: string]: NonNullable<Connector['webhooks']> } {
  return Object.fromEntries(Object.values(connectors).flatMap(({ name, webhooks }) => (webhooks ? [[name, webhooks]] : [])));
}

async function sealOf({ sealingKeys, data }: Config): Promise<Seal> {
  return createSeal(sealingKeys ? keyringFrom(sealingKeys, 'SWITCHBOARD_KEYS') : await keyringIn(join(data, 'keys')));
}
