/**
 * The processes beside the hub that work on syncs, so that what an import computes keeps no webhook and no person waiting. Each is one
 * more hub over the same database that listens nowhere; should one die, its leases lapse and another takes its place.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Counted, sumOf } from './metrics.ts';

/** What a worker is told: where the hub is reached, before all else; and that something is due. */
export type ToWorker = { is: 'begin'; publicUrl: string } | { is: 'wake' };
/** What a worker tells: all it has counted since it began. */
export interface FromWorker {
  is: 'counted';
  counted: Counted;
}

export interface WorkshopParts {
  /** How many processes. */
  workers: number;
  /** Milliseconds until another takes the place of one that died. Default a second. */
  again?: number;
  log: { error(about: object, message: string): void };
}

/** Of the operating system's twenty steps: work gives way to whoever waits for an answer. */
export const BEHIND = 10;

export class Workshop {
  private readonly parts: WorkshopParts;
  private readonly workers: Worker[] = [];
  private readonly stopping = new AbortController();
  /** What processes had counted that ended: to whoever reads the sum, one that falls is a new beginning. */
  private ended: Counted = [];
  private remembering = Promise.resolve();

  constructor(parts: WorkshopParts) {
    this.parts = parts;
  }

  start(publicUrl: string): void {
    while (this.workers.length < this.parts.workers) {
      const worker: Worker = { process: undefined, counted: [], keeping: Promise.resolve() };
      worker.keeping = this.keep(worker, publicUrl);
      this.workers.push(worker);
    }
  }

  /** Something is due now: each looks at once. */
  wake(): void {
    for (const { process } of this.workers) tell(process, { is: 'wake' });
  }

  /** What all of them have counted. */
  counted(): Counted[] {
    return [this.ended, ...this.workers.map(({ counted }) => counted)];
  }

  /** Lets them finish their pages. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const { process } of this.workers) if (process?.connected) process.disconnect();
    await Promise.all(this.workers.map(({ keeping }) => keeping));
  }

  private async keep(worker: Worker, publicUrl: string): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const process = begin();
      worker.process = process;
      process.on('message', (message: FromWorker) => {
        worker.counted = message.counted;
      });
      tell(process, { is: 'begin', publicUrl });
      const ended = await endOf(process);
      worker.process = undefined;
      if (signal.aborted) return;
      await this.remember(worker);
      this.parts.log.error({ worker: process.pid, ...ended }, 'a worker ended; another takes its place');
      await delay(this.parts.again ?? 1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One after the other, and each at one moment: what counts with the ended no longer counts with the worker. */
  private remember(worker: Worker): Promise<void> {
    this.remembering = this.remembering.then(async () => {
      this.ended = await sumOf([this.ended, worker.counted]);
      worker.counted = [];
    });
    return this.remembering;
  }
}

interface Worker {
  process: ChildProcess | undefined;
  counted: Counted;
  keeping: Promise<void>;
}

function begin(): ChildProcess {
  const process = fork(new URL('./worker.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    if (process.pid !== undefined) setPriority(process.pid, BEHIND);
  } catch {
    // A system that refuses it works all the same.
  }
  return process;
}

async function endOf(process: ChildProcess): Promise<{ exit?: number | null; signal?: string | null; err?: Error }> {
  try {
    const [exit, signal] = (await once(process, 'exit')) as [number | null, string | null];
    return { exit, signal }; // a log keeps what is named code to itself
  } catch (error) {
    return { err: error as Error }; // it could not be started
  }
}

/** One that is on its way out hears nothing more, and need not. */
function tell(process: ChildProcess | undefined, message: ToWorker): void {
  if (process?.connected) process.send(message, () => undefined);
}
