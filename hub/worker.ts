/** A process that works on syncs for the hub which began it (workshop.ts), until that hub ends or is killed. */
import { once } from 'node:events';
import { readConfig } from './config.ts';
import { failureText } from './failure.ts';
import { openLog } from './log.ts';
import { registry } from './metrics.ts';
import { startHub } from './start.ts';
import type { FromWorker, ToWorker } from './workshop.ts';

const TELL_MS = 2_000;

async function main(): Promise<void> {
  let working = false;
  const gone = once(process, 'disconnect').then(() => {
    if (!working) process.exit(0); // nothing was begun
  });
  // Ctrl-C goes to all processes of a terminal: the hub says when it is time.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
  const begun = once(process, 'message') as Promise<[ToWorker]>;
  const config = readConfig();
  const hub = await startHub(config, openLog(config.logLevel));
  const [first] = await begun;
  if (first.is === 'begin') hub.publicUrl = first.publicUrl;
  process.on('message', (message: ToWorker) => {
    if (message.is === 'wake') hub.engine.wake();
  });
  hub.engine.start();
  working = true;
  const telling = setInterval(() => void tell(), TELL_MS);
  await gone;
  clearInterval(telling);
  await hub.close();
}

async function tell(): Promise<void> {
  const told: FromWorker = { is: 'counted', counted: await registry.getMetricsAsJSON() };
  if (process.connected) process.send!(told, () => undefined);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${failureText(error)}\n`);
    process.exit(1);
  },
);
