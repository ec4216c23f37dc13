/** Puts the rooms together: the one place that knows all of them. */
import { type Crm, openCrm } from '#crm/crm.ts';
import { openDatabase, type Store } from '#store/database.ts';
import about from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { type Keys, openKeys } from './keys.ts';
import type { Log } from './log.ts';

export interface Hub {
  config: Config;
  version: string;
  log: Log;
  store: Store;
  keys: Keys;
  crm: Crm;
  /** Milliseconds since the epoch: the clock of everything due. */
  now(): number;
  /** Lets what is under way finish, then leaves the database. */
  close(): Promise<void>;
}

/** Opens the database, brings it up to date and opens the rooms over it. Nothing runs by itself yet. */
export async function openHub(config: Config, log: Log, now: () => number = Date.now): Promise<Hub> {
  const store = await openDatabase({ url: config.databaseUrl, data: config.data });
  const crm = openCrm({ store, now });
  const keys = openKeys(store);
  return {
    config,
    version: about.version,
    log,
    store,
    keys,
    crm,
    now,
    async close() {
      await store.close();
    },
  };
}
