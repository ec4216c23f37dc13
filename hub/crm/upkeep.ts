/**
 * What goes on behind what people do: keys and formulas computed anew, one workspace after the other. What a process that stopped left
 * undone is gone on with: all of it when a hub starts, keys within a minute by any hub that runs.
 */
import type { Crm } from './crm.ts';

export interface UpkeepParts {
  crm: Pick<Crm, 'recompute' | 'reindex' | 'relink'>;
  workspaces(): Promise<number[]>;
  /** Those whose keys are to be computed anew. */
  unindexed(): Promise<number[]>;
  /** Those in which addresses have got a bearer. */
  marked(): Promise<number[]>;
  /** How often to look for those that are unindexed, ms. Default a minute. */
  every?: number;
  log: { info(about: object, message: string): void; error(about: object, message: string): void };
}

const LOOK_MS = 60_000;
/** Whoever makes a contact wants to see what they took part in. */
const MARKS_MS = 2_000;

export class Upkeep {
  private readonly parts: UpkeepParts;
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<number>();
  private work: Promise<void> = Promise.resolve();

  constructor(parts: UpkeepParts) {
    this.parts = parts;
  }

  /** Looks at every workspace, and from then on for those that others left undone. */
  start(): void {
    const asked = new Set<() => Promise<number[]>>();
    const look = (workspaces: () => Promise<number[]>) => {
      if (asked.has(workspaces)) return; // what goes on before it takes long
      asked.add(workspaces);
      this.next(async () => {
        asked.delete(workspaces);
        for (const workspace of await workspaces()) this.begin(workspace);
      });
    };
    look(this.parts.workspaces);
    const looking = setInterval(() => look(this.parts.unindexed), this.parts.every ?? LOOK_MS).unref();
    const watching = setInterval(() => look(this.parts.marked), MARKS_MS).unref();
    this.stopping.signal.addEventListener('abort', () => {
      clearInterval(looking);
      clearInterval(watching);
    });
  }

  /** Something of this workspace is to be computed anew. */
  begin(workspace: number): void {
    if (this.waiting.has(workspace)) return;
    this.waiting.add(workspace);
    this.next(() => this.keepUp(workspace));
  }

  /** Settles when nothing waits. */
  async idle(): Promise<void> {
    for (let seen = null as Promise<void> | null; seen !== this.work; ) {
      seen = this.work;
      await seen;
    }
  }

  /** Finishes the batch under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.idle();
  }

  private next(work: () => Promise<void>): void {
    this.work = this.work.then(async () => {
      if (this.stopping.signal.aborted) return;
      await work().catch((error: unknown) => {
        if (!this.stopping.signal.aborted)
          this.parts.log.error({ err: error }, 'upkeep failed; it is tried again at the next start');
      });
    });
  }

  private async keepUp(workspace: number): Promise<void> {
    this.waiting.delete(workspace); // whoever asks from now on is asking for more than this looks at
    const { crm, log } = this.parts;
    const recomputed = await crm.recompute(workspace, this.stopping.signal);
    const reindexed = await crm.reindex(workspace, this.stopping.signal);
    const relinked = await crm.relink(workspace, this.stopping.signal);
    if (recomputed + reindexed.dropped + reindexed.added + relinked > 0)
      log.info({ workspace, recomputed, ...reindexed, relinked }, 'computed anew');
  }
}
