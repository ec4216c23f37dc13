/** How long the hub takes until it listens: on an empty folder, and the second time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atMost, type Bench, type Figure, timed } from './figure.ts';

/** Ready in so many seconds on a second start. */
const WARM = 1.5;
const WARM_STARTS = 3;

export const startup: Bench = async (_options, report) => {
  const data = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  try {
    const cold = await start(data);
    report(without(atMost('startup', 'cold, s', cold, cold)));
    const warm: number[] = [];
    for (let n = 0; n < WARM_STARTS; n++) warm.push(await start(data));
    report(atMost('startup', `warm, s (median of ${WARM_STARTS})`, warm.sort((a, b) => a - b)[WARM_STARTS >> 1]!, WARM));
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};

/** Nothing is promised of it. */
function without({ floor: _floor, ratio: _ratio, ...figure }: Figure): Figure {
  return figure;
}

/** Seconds from the start of the process until it says that it listens. Ends it in order. */
async function start(data: string): Promise<number> {
  const main = new URL('../../hub/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATA: data, PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL: '' },
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const lines = createInterface({ input: child.stdout });
  const { seconds } = await timed(() => Promise.race([once(lines, 'line'), early(once(child, 'exit'), () => said)]));
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  return seconds;
}

async function early(exit: Promise<unknown[]>, said: () => string): Promise<never> {
  throw new Error(`the hub ended with ${(await exit)[0]} before it listened: ${said()}`);
}
