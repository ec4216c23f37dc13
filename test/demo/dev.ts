/** `npm run dev`: the hub with emulated services and demo data in ./data/dev; a change to the code starts it anew. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openStage, signIn } from './stage.ts';

const ROWS = 500;

/** The parent only watches: node's own watch mode starts the child again after each change. */
function watch(): void {
  const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', import.meta.filename, 'work'], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 0));
}

async function work(): Promise<void> {
  const stage = await openStage({
    rows: ROWS,
    data: join('data', 'dev'),
    port: Number(process.env.PORT ?? 8080),
    logLevel: 'info',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stage.close().then(() => process.exit(0)));
  if ((await stage.hub.connections.list(stage.workspace, 0, 1)).length === 0) await signIn(stage);
  stage.hub.start();
  process.stdout.write(`Switchboard for development: ${stage.url}/api/openapi.json\n  authorization: Bearer ${stage.key}\n`);
}

if (process.argv[2] === 'work') {
  work().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
} else watch();
