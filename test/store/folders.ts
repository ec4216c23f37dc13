/** Folders for embedded servers of a test's own, emptied and removed at its end. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Surroundings } from '#store/embedded/cluster.ts';
import { type EmbeddedServer, embeddedServer } from '#store/embedded.ts';
import { atEndOfFile } from '#test/file.ts';

export const root = process.getuid?.() === 0;

/** Open to all, as most folders are. */
export function folder(): string {
  const data = mkdtempSync(join(tmpdir(), 'switchboard-store-'));
  chmodSync(data, 0o755);
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

let made: string | undefined;

/** With a database in it that was just made and stopped: a copy, which is quicker than making one. */
export async function usedFolder(data = folder()): Promise<string> {
  if (made === undefined) {
    made = mkdtempSync(join(tmpdir(), 'switchboard-store-'));
    atEndOfFile(() => {
      rmSync(made!, { recursive: true, force: true });
      made = undefined;
    });
    await (await embeddedServer(made)).leave();
  }
  mkdirSync(data, { recursive: true });
  execFileSync('cp', ['-a', join(made, 'postgres'), data]);
  return data;
}

/** Left at the end of the test. */
export async function hubOn(data: string, around?: Partial<Surroundings>): Promise<EmbeddedServer> {
  const server = await embeddedServer(data, around);
  onTestFinished(() => server.leave());
  return server;
}
