/** `npm start`: the hub for real. Opens the database, listens, has others work beside it, until it is told to stop. */
import { readConfig } from './config.ts';
import { failureText } from './failure.ts';
import { openLog } from './log.ts';
import type { Hub } from './open.ts';
import { startHub } from './start.ts';
import { Workshop } from './workshop.ts';

async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog(config.logLevel);
  const hub = await startHub(config, log);
  const workshop = new Workshop({ workers: config.workers, log });
  try {
    const [{ openServer }, { routesOf }] = await Promise.all([import('#api/server.ts'), import('#api/routes.ts')]);
    const server = openServer(
      routesOf(hub, () => workshop.counted()),
      {
        identify: (key) => hub.keys.identify(key),
        log,
        publicUrl: config.publicUrl,
        first: hub.gate.take,
      },
    );
    await hub.news.ready();
    const { port } = await server.listen(config.port).catch(async (error: unknown) => {
      throw await portTrouble(error, config.port);
    });
    if (config.port === 0) hub.publicUrl = `http://localhost:${port}`;
    // After the port is ours: a key is shown once, and must not be lost to a start that fails.
    const firstKey = await hub.keys.first();
    untilTold(async () => {
      await server.close();
      await workshop.stop();
      await hub.close();
    });
    workshop.start(hub.publicUrl);
    hub.start(config.workers > 0 ? workshop : undefined);
    process.stdout.write(`${greeting(hub, port, firstKey)}\n`);
  } catch (error) {
    await hub.close();
    throw error;
  }
}

function greeting(hub: Hub, port: number, firstKey: string | undefined): string {
  const seconds = (performance.now() / 1000).toFixed(2);
  const url = hub.publicUrl;
  const signIn =
    firstKey === undefined
      ? 'Sign in with your API key; `npm run cli -- key create` makes another.'
      : `Your first API key, shown this once:\n\n    ${firstKey}\n\nTry it: curl -H 'authorization: Bearer ${firstKey}' ${url}/api/keys`;
  return [
    `Switchboard ${hub.version} listens on port ${port}, ready after ${seconds} s.`,
    `API: ${url}/api/openapi.json   Database: ${hub.store.where}`,
    signIn,
  ].join('\n');
}

/** The first signal stops in order; a second one at once. */
function untilTold(stop: () => Promise<void>): void {
  let told = false;
  const end = (signal: NodeJS.Signals): void => {
    if (told) process.exit(1);
    told = true;
    process.stderr.write(`${signal}: finishing what is under way; once more to stop at once.\n`);
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${failureText(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end).on('SIGTERM', end);
}

async function portTrouble(error: unknown, port: number): Promise<unknown> {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { Fault } = await import('./fault.ts');
  const other = `Set PORT to another one: PORT=${port + 1} npm start.`;
  if (error.code === 'EACCES') return new Fault('forbidden', `Port ${port} may not be opened by this user.`, other, [], error);
  if (error.code !== 'EADDRINUSE') return error;
  return new Fault(
    'busy',
    `Port ${port} is in use by another program, perhaps another hub.`,
    `Stop that program (lsof -i :${port} names it). ${other}`,
    [],
    error,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(1);
});
