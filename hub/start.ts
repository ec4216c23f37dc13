/** Opens the hub quickly: the database is being opened while the rooms are loaded, and what was compiled once is kept. */
import { enableCompileCache } from 'node:module';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import type { Hub } from './open.ts';

export async function startHub(config: Config, log: Log): Promise<Hub> {
  enableCompileCache();
  const { openDatabase } = await import('#store/database.ts');
  const store = openDatabase({ url: config.databaseUrl, data: config.data });
  // It may fail before openHub, which tells, has come to wait for it.
  store.catch(() => undefined);
  const { openHub } = await import('./open.ts');
  return openHub(config, log, { store });
}
