/** Commands of the hub's program within this process, one after the other: what they print and with what they end, as in one of their own. */
import { run } from '#hub/cli/program.ts';
import type { Ended } from './process.ts';

let last: Promise<unknown> = Promise.resolve();

export function command(args: readonly string[], env: { readonly [name: string]: string }): Promise<Ended> {
  const ended = last.then(() => ran(args, env));
  last = ended.catch(() => undefined);
  return ended;
}

async function ran(args: readonly string[], env: { readonly [name: string]: string }): Promise<Ended> {
  const heard = { stdout: '', stderr: '' };
  const back = [hear('stdout', heard), hear('stderr', heard)];
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    process.exitCode = undefined;
    return { code: await run(args), ...heard };
  } finally {
    process.exitCode = undefined;
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    for (const give of back) give();
  }
}

function hear(on: 'stdout' | 'stderr', heard: { stdout: string; stderr: string }): () => void {
  const stream = process[on];
  const { write } = stream;
  stream.write = (chunk: string | Uint8Array) => {
    heard[on] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    return true;
  };
  return () => {
    stream.write = write;
  };
}
