/** Hubs in processes of their own that ask for tokens at one moment, and are killed between a service's answer and its being kept. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Death, Order, Said, Start } from './refresher-process.ts';

const PROCESS = fileURLToPath(new URL('refresher-process.ts', import.meta.url));

type Asked<T> = T extends Order ? Omit<T, 'id' | 'at' | 'dies'> : never;

export interface Refresher {
  /** Undefined: it died. */
  order(what: Asked<Order>, at: number, dies?: Death | null): Promise<Said | undefined>;
  readonly dead: boolean;
  /** Resolves when it is dead. */
  gone: Promise<void>;
  stop(): void;
}

export async function startRefresher(start: Start): Promise<Refresher> {
  const child: ChildProcess = fork(PROCESS, [JSON.stringify(start)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, (said: Said | undefined) => void>();
  let orders = 0;
  let dead = false;
  const gone = once(child, 'exit').then(() => {
    dead = true;
    for (const resolve of waiting.values()) resolve(undefined);
    waiting.clear();
  });
  await Promise.race([once(child, 'message'), gone]);
  if (dead) throw new Error('a hub ended before it was ready; what it said stands above');
  child.on('message', (said: Said) => {
    waiting.get(said.id)?.(said);
    waiting.delete(said.id);
  });
  return {
    gone,
    get dead() {
      return dead;
    },
    order: (what, at, dies = null) =>
      new Promise((resolve) => {
        if (dead) return resolve(undefined);
        const id = ++orders;
        waiting.set(id, resolve);
        child.send({ ...what, id, at, dies } as Order, () => undefined);
      }),
    stop: () => void child.kill('SIGKILL'),
  };
}
