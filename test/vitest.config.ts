import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of what tests wait for is other processes' work: databases, hubs, commands.
    maxWorkers: 3,
    // Hubs and commands that tests start in processes of their own are compiled once.
    env: { NODE_COMPILE_CACHE: new URL('../node_modules/.cache/compiled', import.meta.url).pathname },
  },
});
