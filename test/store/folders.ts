/** Folders for embedded servers of a test's own, emptied and removed at its end. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Surroundings } from '#store/embedded/cluster.ts';
import { type EmbeddedServer, embeddedServer } from '#store/embedded.ts';

export const root = process.getuid?.() === 0;

/** Another user may pass through it, as through a home folder with mode 711. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'switchboard-store-'));
  chmodSync(made, 0o755);
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Left at the end of the test. */
export async function hubOn(data: string, around?: Partial<Surroundings>): Promise<EmbeddedServer> {
  const server = await embeddedServer(data, around);
  onTestFinished(() => server.leave());
  return server;
}
