/** The hub's programs as people start them: real processes over the test's database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { atEndOfFile } from '#test/file.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  /** Resolves with what was said so far when it has the text; rejects with everything when the program ends before. */
  says(text: string, on?: 'stdout' | 'stderr'): Promise<string>;
  ended: Promise<Ended>;
}

const ROOT = new URL('../..', import.meta.url).pathname;

/** `input`: what stands on its standard input; absent: nothing does. */
export function start(file: string, args: readonly string[], env: { readonly [name: string]: string }, input?: string): Running {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  const said = { stdout: '', stderr: '' };
  const heard = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      for (const hear of heard) hear();
    });
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...said }));
  atEndOfFile(() => {
    child.kill('SIGKILL');
  });
  const says = (text: string, on: 'stdout' | 'stderr' = 'stdout'): Promise<string> =>
    new Promise((resolve, reject) => {
      const hear = (): void => {
        if (!said[on].includes(text)) return;
        heard.delete(hear);
        resolve(said[on]);
      };
      heard.add(hear);
      hear();
      ended.then(({ code }) => reject(new Error(`ended with ${code} before it said "${text}": ${said.stdout}${said.stderr}`)));
    });
  return { process: child, says, ended };
}
