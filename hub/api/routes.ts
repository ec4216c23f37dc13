/** Every route of the hub: a literal one can read. */
import type { Hub } from '#hub/open.ts';
import { ping } from '#store/health.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { openapiRoute } from './openapi.ts';
import type { Route } from './route.ts';

export function routesOf(hub: Hub): Route[] {
  const routes = [...healthRoutes({ ping: () => ping(hub.store) }), ...keyRoutes(hub.keys)];
  return [...routes, openapiRoute(routes, { version: hub.version, url: hub.config.publicUrl })];
}
