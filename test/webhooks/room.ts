/** Subscriptions over a real database, a service that calls back over HTTP, a gate that greets, and a clock one can turn. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { createSeal } from '#credentials/seal.ts';
import { type Connections, openConnections } from '#hub/connections/connections.ts';
import { createAllowance } from '#kit/allowance.ts';
import type { Connector } from '#kit/connector.ts';
import { Changed } from '#kit/errors.ts';
import { listSubscriptions, type SubscriptionView, subscriptionRegister, wantSubscription } from '#store/subscriptions.ts';
import type { SyncRow } from '#store/syncs.ts';
import { atEndOfFile } from '#test/file.ts';
import { openWorld, type World } from '#test/sync/world.ts';
import type { Register } from '#webhooks/register.ts';
import { openSubscriptions, type Subscriptions } from '#webhooks/subscriptions.ts';
import { CallingService, webhooksOf } from './service.ts';

export interface Room extends World {
  calling: CallingService;
  register: Register;
  subscriptions: Subscriptions;
  ref: { workspace: number; connection: number };
  /** What the gate found behind the addresses it was greeted at. */
  greeted: { address: string; known: boolean }[];
  setPublicUrl(url: string): void;
  /** From now on the gate knows no address. */
  blindGate(): void;
  publicUrl(): string;
  /** Another hub on the same database; `through` stands between it and the register. */
  hub(through?: (register: Register) => Register): Subscriptions;
  /** Does what is due of this room's, as the hub's loop does of everybody's. False: nothing was. */
  attendDue(): Promise<boolean>;
  kept(): Promise<SubscriptionView>;
  syncRow(): Promise<SyncRow>;
  /** The lease of a hub that died has lapsed. */
  lapse(): Promise<void>;
}

/** The connections of the room's service, as the API and the doctor see them. */
export function connectionsOf({ database, service, subscriptions, publicUrl, now }: Room): Connections {
  const memory: Connector = {
    ...{ name: 'memory', title: 'Memory', docs: '', base: { api: 'http://127.0.0.1/' }, streams: { people: service.stream } },
    auth: {
      kind: 'oauth2',
      authorize: { api: 'api', path: '' },
      token: { api: 'api', path: '' },
      ...{ scopes: { always: [], streams: {} }, pkce: true, client: 'basic', rotates: false },
    },
    limits: { groups: {}, timeout: 1_000 },
    check: async () => ({ id: 'a', title: 'a' }),
    explain: (error) => new Changed(String(error), ''),
  };
  return openConnections({
    ...{ store: database.store, connectors: { memory }, hosts: {}, publicUrl, clientOf: () => undefined, now },
    seal: SEAL,
    allowance: createAllowance(now),
    onConnected: async () => undefined,
    beforeDisconnect: (workspace, connection) => subscriptions.leave({ workspace, connection }),
  });
}

export const SEAL = createSeal({ keys: [{ id: 'test', bytes: new Uint8Array(32).fill(7) }] });

export async function openRoom({ finds = true, renews = true } = {}): Promise<Room> {
  const world = await openWorld();
  const { database, workspace, now } = world;
  const { store } = database;
  const seal = SEAL;
  const register = subscriptionRegister(store, seal);
  const service = new CallingService(now);
  const base = { api: await service.listen() };
  const greeted: Room['greeted'] = [];
  const webhooks = webhooksOf(finds, renews);
  let blind = false;
  const gate = createServer(async (request, response) => {
    const [, connector = '', address = ''] = /^\/webhooks\/([^/]+)\/([^/]+)$/.exec(request.url ?? '') ?? [];
    if (request.url === '/healthz') return response.end();
    const owner = blind ? undefined : await subscriptions.ownerOf(connector, address);
    greeted.push({ address, known: owner !== undefined });
    const { greeting } = request.headers;
    if (owner === undefined || typeof greeting !== 'string') return response.writeHead(404).end();
    return response.writeHead(200, { greeting }).end();
  });
  await new Promise<void>((listening) => gate.listen(0, '127.0.0.1', listening));
  let url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
  const hub = (through: (register: Register) => Register = (own) => own): Subscriptions =>
    openSubscriptions({
      register: through(register),
      webhooks: { memory: webhooks },
      context: async (_workspace, _connection, signal) => ({
        ...{ settings: {}, base, signal, now, clientId: 'app', token: async () => 'token' },
        call: (_cost, send) => send(signal, () => undefined),
      }),
      always: () => [],
      publicUrl: () => url,
      now,
      log: { info: () => undefined, error: (about) => expect.unreachable(JSON.stringify(about)) },
    });
  const subscriptions = hub();
  const connection = await store.workspace(workspace, async (tx) => {
    const { id } = (await tx.query<{ id: number }>('select id from connections order by id'))[0]!;
    await wantSubscription(tx, seal, { workspace, id, connector: 'memory' }, new Date(now()));
    return id;
  });
  atEndOfFile(() => {
    service.close();
    gate.closeAllConnections();
    gate.close();
  });
  return {
    ...world,
    calling: service,
    register,
    subscriptions,
    ref: { workspace, connection },
    greeted,
    setPublicUrl: (other) => {
      url = other;
    },
    blindGate: () => {
      blind = true;
    },
    publicUrl: () => url,
    hub,
    async attendDue() {
      const due = await register.due(now(), 1_000);
      return (
        due.some((one) => one.connection === connection && one.workspace === workspace) &&
        subscriptions.attend({ workspace, connection })
      );
    },
    kept: async () => (await store.workspace(workspace, (tx) => listSubscriptions(tx, [connection])))[0]!,
    syncRow: () => world.engine.look.sync(workspace, world.sync),
    async lapse() {
      await database.owner.query(`update subscriptions set lease_until = now() - interval '1 second' where workspace = $1`, [
        workspace,
      ]);
    },
  };
}
