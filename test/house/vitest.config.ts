/** For `npm run check`: the house alone, without a database. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: { include: ['test/house.test.ts'] },
});
