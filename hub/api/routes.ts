/** Every route of the hub: a literal one can read. */
import type { Connections } from '#hub/connections/connections.ts';
import type { Keys } from '#hub/keys.ts';
import type { Store } from '#store/database.ts';
import { ping } from '#store/health.ts';
import { connectionRoutes } from './connections.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { oauthRoutes } from './oauth.ts';
import { openapiRoute } from './openapi.ts';
import type { Route } from './route.ts';

/** The rooms that answer. */
export interface Rooms {
  store: Store;
  keys: Keys;
  connections: Connections;
  /** Of Switchboard. */
  version: string;
  /** Where browsers reach the hub. */
  publicUrl: string;
}

export function routesOf(rooms: Rooms): Route[] {
  const routes = [
    ...healthRoutes({ ping: () => ping(rooms.store) }),
    ...keyRoutes(rooms.keys),
    ...connectionRoutes(rooms.connections),
    ...oauthRoutes(rooms.connections),
  ];
  return [...routes, openapiRoute(routes, { version: rooms.version, url: rooms.publicUrl })];
}
