import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;

/** Files that put something in the place of the network, or of what all of a process trusts; and whoever imports them. */
const ALONE = /from 'nock'|setDefaultCACertificates/;

function apart(): string[] {
  const texts = new Map(globSync('test/**/*.ts', { cwd: root }).map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const alone = new Set([...texts].filter(([, text]) => ALONE.test(text)).map(([file]) => file));
  const importsOf = (file: string, text: string): string[] =>
    [...text.matchAll(/from '(\.\.?\/|#test\/)([^']+)'/g)].map(([, way, name]) =>
      way === '#test/' ? join('test', name!) : join(file, '..', way!, name!),
    );
  for (let before = -1; before !== alone.size; ) {
    before = alone.size;
    for (const [file, text] of texts) if (importsOf(file, text).some((name) => alone.has(name))) alone.add(file);
  }
  return [...alone].filter((file) => file.endsWith('.test.ts'));
}

const OWN_PROCESS = apart();

export default defineConfig({
  root,
  test: {
    globalSetup: ['test/server.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of what tests wait for is other processes' work: databases, hubs, commands.
    maxWorkers: 3,
    // Hubs and commands that tests start in processes of their own are compiled once.
    env: { NODE_COMPILE_CACHE: new URL('../node_modules/.cache/compiled', import.meta.url).pathname },
    projects: [
      // One process runs many files, one after another, and loads what it tests once: see test/file.ts for what ends with a file.
      { extends: true, test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: OWN_PROCESS, isolate: false } },
      { extends: true, test: { name: 'apart', include: OWN_PROCESS } },
    ],
  },
});
