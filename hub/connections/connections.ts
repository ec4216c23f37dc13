/** The room of connections as the rest of the house uses it. */

import type { App } from '#credentials/apps.ts';
import { createFreshness } from '#credentials/freshness.ts';
import { type Resealed, reseal } from '#credentials/reseal.ts';
import { type Missing, missingScopes } from '#credentials/scopes.ts';
import type { Account, Connector } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Reconnect } from '#kit/errors.ts';
import { listApps } from '#store/apps.ts';
import {
  type ConnectionRow,
  type Evidence,
  evidenceOf,
  getConnection,
  listConnections,
  pauseConnection,
} from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { foldGaps, type Gap, listGaps } from '#store/gaps.ts';
import { grantSafe } from '#store/grants.ts';
import { listSubscriptions, type SubscriptionView } from '#store/subscriptions.ts';
import { vaultsOf, workspaceIds } from '#store/vaults.ts';
import { connectByAssertion, type Pasted } from './assertion.ts';
import { type DayBudget, dayBudgets } from './budgets.ts';
import { connectByApp, type Entry } from './by-app.ts';
import { repeatCutOff } from './cut-off.ts';
import { type Disconnected, disconnect, disconnectedThere } from './disconnect.ts';
import { refreshIdle } from './idle.ts';
import { lend } from './lend.ts';
import { setApp, unsetApp } from './own-apps.ts';
import { type ConnectionParts, connectorOf } from './parts.ts';
import { renew } from './renew.ts';
import { type Arrival, arrive, board, type Departure, depart, missingConnection } from './sign-in.ts';
import { type Status, statusOf } from './status.ts';

export interface ConnectionView extends Status {
  id: number;
  connector: string;
  account: string;
  title: string;
  settings: ConnectionRow['settings'];
  missing: readonly Missing[];
  /** Streams that nobody has asked for, with the scopes they would need. */
  unused: readonly Missing[];
  created: string;
  createdBy: string;
  /** The service's promise to call us; null where it makes none. */
  subscription: SubscriptionView | null;
  syncs: readonly Pick<Evidence, 'id' | 'stream' | 'state' | 'reason' | 'failures' | 'moved' | 'succeeded'>[];
}

export interface ConnectorView {
  connector: Connector;
  /** Whose app signs in, and its public id; absent: none is set. */
  app?: { of: 'workspace' | 'installation'; id: string };
}

export interface Connections {
  connectors(workspace: number): Promise<ConnectorView[]>;
  /** Sets the workspace's own app for a connector. */
  setApp(workspace: number, connector: string, app: App): Promise<void>;
  unsetApp(workspace: number, connector: string): Promise<void>;
  /** Begins a sign-in: the address for the browser. */
  start(asked: Departure): Promise<{ url: string; expires: string }>;
  /** The link that `start` gave was opened, in this browser. */
  open(state: string, session?: string): Promise<{ url: string; session: string }>;
  /** The person came back from the service. */
  finish(params: URLSearchParams, session: string | undefined): Promise<Arrival>;
  /** Connects by an assertion that was pasted. */
  paste(asked: Pasted): Promise<Arrival>;
  /** Connects as the app itself. */
  enter(asked: Entry): Promise<Arrival>;
  list(workspace: number, after: number, most: number): Promise<ConnectionView[]>;
  get(workspace: number, id: number): Promise<ConnectionView>;
  /** What webhooks told and what they did not, by stream and day, newest first. */
  gaps(workspace: number, id: number, days: number): Promise<Gap[]>;
  /** What the service allows in a day, what is used of it, and when it will be used up. */
  budgets(workspace: number, id: number): Promise<DayBudget[]>;
  disconnect(workspace: number, id: number, by: string): Promise<Disconnected>;
  /** The service said at that instant that the access had ended: pauses the connection. What came of it. */
  disconnectedThere(tx: Tx, id: number, reason: string, at: string): Promise<string>;
  /** Asks the service who we are; one call. Throws what is wrong. */
  check(workspace: number, id: number, signal: AbortSignal): Promise<Account>;
  /** What the connector is lent. Throws Reconnect where the grant is dead. */
  context(workspace: number, id: number, signal: AbortSignal): Promise<Context>;
  /** Seals everything again that an older key sealed. Safe to repeat, and while hubs run. */
  reseal(): Promise<Resealed>;
  /** Refreshes grants whose refresh token would die unused. How many. */
  keepAlive(): Promise<number>;
  /** Does refreshes again that were cut off, whoever began them. How many. */
  repeatCutOff(): Promise<number>;
  /** Resolves when no refresh is under way. */
  idle(): Promise<void>;
}

export function openConnections(parts: ConnectionParts): Connections {
  const { store, seal, now } = parts;
  const freshness = createFreshness({
    safe: grantSafe(store),
    seal,
    now,
    refresh: (ref, name, old) => renew(parts, ref, name, old),
  });

  async function need(workspace: number, id: number): Promise<ConnectionRow> {
    const row = await store.workspace(workspace, (tx) => getConnection(tx, id));
    if (row === undefined) throw missingConnection(id);
    return row;
  }

  async function context(workspace: number, id: number, signal: AbortSignal): Promise<Context> {
    const row = await need(workspace, id);
    const { grant_id: grant, reason, title, account, settings } = row;
    if (grant === null || row.state === 'paused') {
      throw new Reconnect(`Connection ${id} (${title}) is paused: ${reason ?? 'no reason kept'}`, reason ?? 'Connect again.');
    }
    const tokens = (refused?: string) => freshness.tokens({ workspace, grant }, refused);
    return lend(parts, {
      connector: connectorOf(parts, row.connector),
      account,
      settings,
      signal,
      first: await tokens(),
      tokens,
      onReconnect: async ({ advice }) => {
        await store.workspace(workspace, (tx) => pauseConnection(tx, id, grant, advice));
      },
    });
  }

  return {
    connectors: (workspace) => connectorViews(parts, workspace),
    setApp: (workspace, connector, app) => setApp(parts, workspace, connector, app),
    unsetApp: (workspace, connector) => unsetApp(parts, workspace, connector),
    start: (asked) => depart(parts, asked),
    open: (state, session) => board(parts, state, session),
    finish: (params, session) => arrive(parts, params, session),
    paste: (asked) => connectByAssertion(parts, asked),
    enter: (asked) => connectByApp(parts, asked),
    list: (workspace, after, most) =>
      store.workspace(workspace, async (tx) => {
        const rows = await listConnections(tx, after, most);
        const ids = rows.map(({ id }) => id);
        const evidence = await evidenceOf(tx, ids);
        const subscriptions = await listSubscriptions(tx, ids);
        return rows.map((row) => viewOf(parts, row, evidence, subscriptions));
      }),
    get: async (workspace, id) => {
      const row = await need(workspace, id);
      return store.workspace(workspace, async (tx) =>
        viewOf(parts, row, await evidenceOf(tx, [id]), await listSubscriptions(tx, [id])),
      );
    },
    async gaps(workspace, id, days) {
      await need(workspace, id);
      return store.workspace(workspace, async (tx) => {
        await foldGaps(tx, null, new Date(now()));
        return listGaps(tx, id, new Date(now() - (days - 1) * DAY_MS));
      });
    },
    budgets: (workspace, id) => dayBudgets(parts, workspace, id),
    disconnect: (workspace, id, by) =>
      disconnect(parts, workspace, id, by, () => context(workspace, id, new AbortController().signal)),
    disconnectedThere,
    async check(workspace, id, signal) {
      const { connector } = await need(workspace, id);
      return connectorOf(parts, connector).check(await context(workspace, id, signal));
    },
    context,
    reseal: () => resealAll(parts),
    keepAlive: () => refreshIdle(parts, freshness),
    repeatCutOff: () => repeatCutOff(parts, freshness),
    idle: freshness.idle,
  };
}

const DAY_MS = 86_400_000;

function viewOf(
  parts: ConnectionParts,
  row: ConnectionRow,
  all: readonly Evidence[],
  subscriptions: readonly SubscriptionView[],
): ConnectionView {
  const { id, connector, account, title, settings, created, created_by: createdBy, scopes } = row;
  const evidence = all.filter((sync) => sync.connection === id);
  const { auth, webhooks } = connectorOf(parts, connector);
  const used = new Set(evidence.map(({ stream }) => stream));
  const missing = missingScopes(auth, scopes, (stream) => used.has(`${connector}.${stream}`));
  const unused = missingScopes(auth, scopes, () => true).filter(({ stream }) => missing.every((one) => one.stream !== stream));
  const subscription = subscriptions.find((one) => one.connection === id);
  // Where nothing is in use of which the service tells, nothing is asked of it.
  const told = webhooks?.tells === undefined || webhooks.tells.some((stream) => used.has(`${connector}.${stream}`));
  const syncs = evidence.map(({ id: sync, stream, state, reason, failures, moved, succeeded }) => ({
    id: sync,
    stream,
    state,
    reason,
    failures,
    moved,
    succeeded,
  }));
  return {
    id,
    connector,
    account,
    title,
    settings,
    missing,
    unused,
    created,
    createdBy,
    subscription: subscription !== undefined && (told || subscription.state !== 'wanted') ? subscription : null,
    syncs,
    ...statusOf(row, missing, evidence, parts.now()),
  };
}

async function connectorViews(parts: ConnectionParts, workspace: number): Promise<ConnectorView[]> {
  const own = new Map((await parts.store.workspace(workspace, listApps)).map((app) => [app.connector, app.client_id]));
  return Object.values(parts.connectors).map((connector) => {
    const mine = own.get(connector.name);
    if (mine !== undefined) return { connector, app: { of: 'workspace', id: mine } };
    const theirs = parts.clientOf(connector.name);
    return { connector, ...(theirs === undefined ? {} : { app: { of: 'installation', id: theirs.id } }) };
  });
}

async function resealAll({ store, seal }: ConnectionParts): Promise<Resealed> {
  const all: Resealed = { seen: 0, renewed: 0 };
  for (const workspace of await workspaceIds(store)) {
    for (const vault of vaultsOf(store, workspace)) {
      const { seen, renewed } = await reseal(vault, seal);
      all.seen += seen;
      all.renewed += renewed;
    }
  }
  return all;
}
