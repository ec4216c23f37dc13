/** Group commit: deliveries that wait together are kept together; a group that fails is tried one by one. */
import type { Arrival, Inbox } from './inbox.ts';

export interface Together {
  /** True: kept now. False: it was there already. Rejects where it could not be kept. */
  keep(arrival: Arrival): Promise<boolean>;
  /** Can no more be taken on, for too much waits already? */
  full(): boolean;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/** In one transaction. */
const MOST = 500;
const MOST_BYTES = 4 * 1024 * 1024;
/** Groups under way at once: one is written while the other reaches the disk. */
const FLIGHTS = 2;
/** In all: what a burst may leave waiting while the database is slow. */
const FULL = 20_000;
const FULL_BYTES = 64 * 1024 * 1024;
/** So many failures in a row are the store's fault and not those of what it is to keep. */
const PATIENCE = 3;

interface Waiting {
  arrival: Arrival;
  /** Who asks: several, where the same delivery came several times. */
  told: { kept(fresh: boolean): void; failed(error: unknown): void }[];
}

/** `committed`: told once for each group, with the connectors that have something new. */
export function together(inbox: Inbox, committed: (connectors: ReadonlySet<string>) => void): Together {
  let queue: Waiting[] = [];
  let bytes = 0;
  const same = new Map<string, Waiting>();
  const flying = new Set<Promise<void>>();

  async function run(): Promise<void> {
    // Whatever else came in with the same packets joins the first group.
    await new Promise((turn) => setImmediate(turn));
    while (queue.length > 0) await commit(next());
  }

  function fly(): void {
    if (flying.size >= FLIGHTS) return;
    const flight = run().finally(() => flying.delete(flight));
    flying.add(flight);
  }

  function next(): Waiting[] {
    let size = 0;
    let n = 0;
    while (n < queue.length && n < MOST && (n === 0 || size < MOST_BYTES)) size += queue[n++]!.arrival.delivery.body.length;
    const group = queue.slice(0, n);
    queue = queue.slice(n);
    bytes -= size;
    for (const { arrival } of group) same.delete(keyOf(arrival));
    return group;
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    try {
      settle(group, await inbox.keep(group.map(({ arrival }) => arrival)), committed);
    } catch (error) {
      if (group.length === 1) fail(group, error);
      else await oneByOne(group);
    }
  }

  async function oneByOne(group: readonly Waiting[]): Promise<void> {
    let failures = 0;
    for (const [n, waiting] of group.entries()) {
      try {
        settle([waiting], await inbox.keep([waiting.arrival]), committed);
        failures = 0;
      } catch (error) {
        fail([waiting], error);
        if (++failures < PATIENCE) continue;
        fail(group.slice(n + 1), error);
        return;
      }
    }
  }

  return {
    keep: (arrival) =>
      new Promise((kept, failed) => {
        const twin = same.get(keyOf(arrival));
        if (twin !== undefined) {
          twin.told.push({ kept, failed });
          return;
        }
        const waiting: Waiting = { arrival, told: [{ kept, failed }] };
        queue.push(waiting);
        remember(same, waiting);
        bytes += arrival.delivery.body.length;
        fly();
      }),
    full: () => queue.length >= FULL || bytes >= FULL_BYTES,
    async idle() {
      while (flying.size > 0) await Promise.all(flying);
    },
  };
}

/** '' where nothing makes it the same as another. */
function keyOf({ connector, identity, delivery }: Arrival): string {
  return identity === undefined ? '' : JSON.stringify([connector, delivery.subscription ?? null, identity]);
}

function remember(same: Map<string, Waiting>, waiting: Waiting): void {
  const key = keyOf(waiting.arrival);
  if (key !== '') same.set(key, waiting);
}

/** Of several that asked for one delivery, the first brought it. */
function settle(
  group: readonly Waiting[],
  fresh: readonly boolean[],
  committed: (connectors: ReadonlySet<string>) => void,
): void {
  const connectors = new Set<string>();
  for (const [n, { arrival, told }] of group.entries()) {
    if (fresh[n]) connectors.add(arrival.connector);
    for (const [at, one] of told.entries()) one.kept(fresh[n]! && at === 0);
  }
  if (connectors.size > 0) committed(connectors);
}

function fail(group: readonly Waiting[], error: unknown): void {
  for (const { told } of group) for (const one of told) one.failed(error);
}
