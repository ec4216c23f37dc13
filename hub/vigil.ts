/** What is done again and again while the hub runs: at its start, then each time so long after the last round, or when woken. */
import { setTimeout as delay } from 'node:timers/promises';

export interface VigilParts {
  /** Milliseconds between the end of one round and the next. */
  every: number;
  round(): Promise<unknown>;
  /** What failed, where a round throws; the next one tries again. */
  name: string;
  log: { error(about: object, message: string): void };
}

export class Vigil {
  private readonly parts: VigilParts;
  private readonly stopping = new AbortController();
  private nudge = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(parts: VigilParts) {
    this.parts = parts;
  }

  /** Aborted once it is to stop. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  start(): void {
    this.loop = this.run();
  }

  /** Something is due now: the next round begins as soon as the one under way has ended. */
  wake(): void {
    this.nudge.abort();
  }

  /** Lets the round under way finish. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { every, round, name, log } = this.parts;
    while (!this.signal.aborted) {
      await round().catch((error: unknown) => log.error({ err: error }, `${name} failed; trying again`));
      await delay(every, undefined, { signal: this.nudge.signal }).catch(() => undefined);
      if (!this.signal.aborted) this.nudge = new AbortController();
    }
  }
}
