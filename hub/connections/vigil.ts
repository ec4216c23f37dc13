/** What is done again and again while the hub runs: once at its start, then each time so long after the last. */

export interface VigilParts {
  /** Milliseconds between the end of one round and the next. */
  every: number;
  round(): Promise<unknown>;
  log: { error(about: object, message: string): void };
}

export interface Vigil {
  start(): void;
  /** Lets the round under way finish. */
  stop(): Promise<void>;
}

export function openVigil({ every, round, log }: VigilParts): Vigil {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let work: Promise<void> = Promise.resolve();
  function go(): void {
    work = round()
      .catch((error: unknown) => log.error({ err: error }, 'a round of the vigil failed; the next one tries again'))
      .then(() => {
        if (!stopped) timer = setTimeout(go, every).unref();
      });
  }
  return {
    start: go,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await work;
    },
  };
}
