/**
 * Rounds: reads what is unread, acts upon what waits, claims what was parked, and puts old days away. Woken once for each commit of
 * this hub's gate; what other hubs have committed, or a dead one has left, is found by a look each second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { dropOldDeliveries, ensureDeliveryDays } from '#store/deliveries.ts';
import { workspacesWaiting } from '#store/news.ts';
import { claimParked, type ParkedAccount, parkedAccounts } from '#store/parked.ts';
import { connectorsUnread } from '#store/unread.ts';
import { act } from './act.ts';
import type { NewsParts } from './parts.ts';
import { BATCH, readBatch } from './reader.ts';

const LOOK_MS = 1_000;
const HOUSEKEEPING_MS = 3_600_000;
const AGAIN_MS = 60_000;
const DAY_MS = 86_400_000;
/**
 * What comes in a burst is read together: rounds of reading begin so long apart, ms. While much comes they are longer, for a large
 * batch costs each of its deliveries less, and the gate needs what is spared; not while more waits than one batch takes.
 */
const GATHER_MS = { little: 20, much: 100 };
/** From so many deliveries in a round on it is much. */
const MUCH = 50;
/** How long a link that was announced may take to be committed. */
const LINKING_MS = 30_000;
/** Workspaces acted for at once. */
const AT_ONCE = 4;

export class Rounds {
  private readonly parts: NewsParts;
  private readonly connectors: readonly string[];
  private readonly unread = new Set<string>();
  private readonly waiting = new Set<number>();
  private readonly acting = new Map<number, Promise<void>>();
  /** What has to wait for a service, by workspace: nobody else waits with it. */
  private readonly aside = new Map<number, Promise<void>>();
  private readonly linking = new Map<string, { account: ParkedAccount; until: number }>();
  private stopping = new AbortController();
  private nudge = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private kept = Number.NEGATIVE_INFINITY;
  private looked = Number.NEGATIVE_INFINITY;
  private gathered = Number.NEGATIVE_INFINITY;
  private gather = GATHER_MS.little;

  constructor(parts: NewsParts) {
    this.parts = parts;
    this.connectors = Object.keys(parts.webhooks);
  }

  start(): void {
    this.stopping = new AbortController();
    this.nudge = new AbortController();
    this.loop = this.run();
  }

  /** Lets what is under way finish. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge.abort();
    await this.loop;
    await Promise.all(this.acting.values());
    await Promise.all(this.aside.values());
  }

  wake(connectors: Iterable<string>): void {
    for (const connector of connectors) this.unread.add(connector);
    this.nudge.abort();
  }

  linked(account: ParkedAccount): void {
    this.linking.set(JSON.stringify(account), { account, until: performance.now() + LINKING_MS });
    this.nudge.abort();
  }

  /** Look at once, for somebody has put something there. */
  look(): void {
    this.looked = Number.NEGATIVE_INFINITY;
    this.nudge.abort();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.housekeep();
        await this.find();
        await this.read();
        this.act();
      } catch (error) {
        this.parts.log.error({ err: error }, 'looking for deliveries failed; trying again');
        await delay(LOOK_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
      if (this.idle()) await delay(LOOK_MS, undefined, { signal: this.nudge.signal }).catch(() => undefined);
      if (!this.stopping.signal.aborted) this.nudge = new AbortController();
    }
  }

  private idle(): boolean {
    return this.unread.size === 0 && (this.acting.size >= AT_ONCE || [...this.waiting].every((one) => this.acting.has(one)));
  }

  private async housekeep(): Promise<void> {
    if (performance.now() - this.kept < HOUSEKEEPING_MS) return;
    this.kept = performance.now();
    try {
      await this.tidy(new Date());
    } catch (error) {
      // What came is read all the same.
      this.parts.log.error({ err: error }, 'old deliveries could not be put away; trying again in a minute');
      this.kept -= HOUSEKEEPING_MS - AGAIN_MS;
    }
  }

  private async tidy(now: Date): Promise<void> {
    const { store, days } = this.parts;
    await store.installation((tx) => ensureDeliveryDays(tx, now));
    await store.installation((tx) => dropOldDeliveries(tx, new Date(now.getTime() - days * DAY_MS), now));
    const accounts = await store.installation((tx) => parkedAccounts(tx, true, 1_000));
    for (const { connector, account } of accounts) await store.installation((tx) => claimParked(tx, connector, account));
  }

  private async find(): Promise<void> {
    const { store } = this.parts;
    for (const [key, { account, until }] of this.linking) {
      const n = await store.installation((tx) => claimParked(tx, account.connector, account.account));
      if (n > 0) this.looked = Number.NEGATIVE_INFINITY;
      if (n > 0 || performance.now() > until) this.linking.delete(key);
    }
    if (performance.now() - this.looked < LOOK_MS) return;
    this.looked = performance.now();
    await store.installation(async (tx) => {
      for (const connector of await connectorsUnread(tx, this.connectors)) this.unread.add(connector);
      for (const workspace of await workspacesWaiting(tx)) this.waiting.add(workspace);
    });
  }

  /** A batch of each connector that has something. */
  private async read(): Promise<void> {
    if (this.unread.size === 0) return;
    const rest = this.gathered + this.gather - performance.now();
    if (rest > 0) await delay(rest, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    this.gathered = performance.now();
    this.gather = GATHER_MS.little;
    for (const connector of [...this.unread]) {
      this.unread.delete(connector);
      if (!this.connectors.includes(connector)) continue;
      try {
        const { size, workspaces } = await readBatch(this.parts, connector);
        if (size > 0) this.unread.add(connector);
        if (size >= MUCH && size < BATCH) this.gather = GATHER_MS.much;
        for (const workspace of workspaces) this.waiting.add(workspace);
      } catch (error) {
        // Found again by the next look; the other connectors are read meanwhile.
        this.parts.log.error({ connector, err: error }, 'deliveries could not be read; trying again');
      }
      this.act();
    }
  }

  private act(): void {
    for (const workspace of this.waiting) {
      if (this.acting.size >= AT_ONCE) return;
      if (this.acting.has(workspace)) continue;
      this.waiting.delete(workspace);
      const work = act(this.parts, workspace, (told) => this.beside(workspace, told))
        .then((busy) => void (busy && this.waiting.add(workspace)))
        .catch((error: unknown) => this.parts.log.error({ workspace, err: error }, 'acting upon news failed; trying again'))
        .finally(() => {
          this.acting.delete(workspace);
          this.nudge.abort();
        });
      this.acting.set(workspace, work);
    }
  }

  /** Beside the rounds, one at a time of each workspace. What waits meanwhile is found by a later look. */
  private beside(workspace: number, work: () => Promise<boolean>): boolean {
    if (this.aside.has(workspace)) return false;
    const done = work()
      .then((busy) => void (busy && this.waiting.add(workspace)))
      .catch((error: unknown) => this.parts.log.error({ workspace, err: error }, 'acting upon news failed; trying again'))
      .finally(() => {
        this.aside.delete(workspace);
        this.nudge.abort();
      });
    this.aside.set(workspace, done);
    return false;
  }
}
