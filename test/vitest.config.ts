import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;

/** Files that put something in the place of the network, or of what all of a process trusts: each has a process of its own. */
const APART = /from 'nock'|setDefaultCACertificates|drivers\//;
const apart: string[] = [];
for await (const file of glob('test/**/*.test.ts', { cwd: root }))
  if (APART.test(readFileSync(`${root}${file}`, 'utf8'))) apart.push(file);

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
      // One process after another loads what it tests once, and runs many files: see test/file.ts for what ends with a file.
      { extends: true, test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: apart, isolate: false } },
      { extends: true, test: { name: 'apart', include: apart } },
    ],
  },
});
