/** Every route of the hub: a literal one can read. */
import type { Keys } from '#hub/keys.ts';
import type { Store } from '#store/database.ts';
import { ping } from '#store/health.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { openapiRoute } from './openapi.ts';
import type { Route } from './route.ts';

/** The rooms that answer. */
export interface Rooms {
  store: Store;
  keys: Keys;
  /** Of Switchboard. */
  version: string;
  config: { publicUrl: string };
}

export function routesOf(rooms: Rooms): Route[] {
  const routes = [...healthRoutes({ ping: () => ping(rooms.store) }), ...keyRoutes(rooms.keys)];
  return [...routes, openapiRoute(routes, { version: rooms.version, url: rooms.config.publicUrl })];
}
