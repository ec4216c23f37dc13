/** A hub in a process of its own that asks for tokens when told to, and dies where its orders say. */
import { connectors } from '#connectors/index.ts';
import { keyringFrom } from '#credentials/keyring.ts';
import { createSeal, type Seal } from '#credentials/seal.ts';
import type { Hosts } from '#credentials/service.ts';
import { openConnections } from '#hub/connections/connections.ts';
import type { Context } from '#kit/context.ts';
import { Problem } from '#kit/errors.ts';
import { sharedAllowance } from '#store/budgets.ts';
import { openDatabase, type Store } from '#store/database.ts';

export interface Start {
  url: string;
  hosts: Hosts;
  keys: readonly string[];
}

/** Where a refresher dies: the service has answered and nothing is kept yet; or it is kept and nobody has the token yet. */
export type Death = 'answered' | 'kept';

export type Order = { id: number; at: number; dies: Death | null } & (
  | { is: 'ask'; workspace: number; connection: number }
  /** Refreshes that were cut off. */
  | { is: 'repeat' }
  | { is: 'calm' }
);

export interface Said {
  id: number;
  access?: string;
  repeated?: number;
  /** Why there is no token. */
  problem?: { next: string; advice: string };
}

const start = JSON.parse(process.argv[2]!) as Start;
let at = 0;
let dies: Death | null = null;
/** A token that was got and is not kept. */
let keeping = false;
const now = () => at;

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

const opened = await openDatabase({ url: start.url, data: '' });
const store: Store = {
  ...opened,
  async workspace(workspace, work) {
    const result = await opened.workspace(workspace, work);
    if (keeping && dies === 'kept') await die();
    keeping = false;
    return result;
  },
};
const sealing = createSeal(keyringFrom(start.keys, 'the tests'));
const seal: Seal = {
  ...sealing,
  async close(place, secret) {
    if (dies === 'answered') await die();
    keeping = true;
    return sealing.close(place, secret);
  },
};
const connections = openConnections({
  ...{ store, connectors, hosts: start.hosts, seal, now, allowance: sharedAllowance(store, now) },
  publicUrl: () => 'http://127.0.0.1:8080',
  clientOf: () => ({ id: 'switchboard-demo', secret: 'demo-secret' }),
  onConnected: async () => undefined,
});
const contexts = new Map<number, Context>();

async function carryOut(order: Order): Promise<Omit<Said, 'id'>> {
  if (order.is === 'repeat') return { repeated: await connections.repeatCutOff() };
  if (order.is === 'calm') return {};
  const { workspace, connection } = order;
  let context = contexts.get(connection);
  if (context === undefined) {
    context = await connections.context(workspace, connection, new AbortController().signal);
    contexts.set(connection, context);
  }
  return { access: await context.token() };
}

process.on('message', async (order: Order) => {
  at = order.at;
  dies = order.dies;
  const said = await carryOut(order).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    return { problem: { next: error.next, advice: error.advice } };
  });
  process.send!({ id: order.id, ...said } satisfies Said);
});
process.on('disconnect', () => process.exit(0));
process.send!({ id: 0 } satisfies Said);
