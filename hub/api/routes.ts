/** Every route of the hub: a literal one can read. */
import type { Calls } from '#calls/calls.ts';
import type { Crm } from '#crm/crm.ts';
import type { Strangers } from '#crm/people/strangers.ts';
import type { Upkeep } from '#crm/upkeep.ts';
import type { Actions } from '#hub/actions/actions.ts';
import type { Connections } from '#hub/connections/connections.ts';
import type { Firms } from '#hub/firms.ts';
import type { Keys } from '#hub/keys.ts';
import type { Histories } from '#hub/ledger/history/history.ts';
import type { LedgerRoom } from '#hub/ledger/ledger.ts';
import type { Moves } from '#hub/ledger/move/move.ts';
import type { Counted } from '#hub/metrics.ts';
import type { NewsRoom } from '#hub/news/news.ts';
import type { Store } from '#store/database.ts';
import { ping } from '#store/health.ts';
import type { Engine } from '#sync/engine.ts';
import type { Subscriptions } from '#webhooks/subscriptions.ts';
import { actionRoutes } from './actions.ts';
import { callPolicyRoutes } from './call-policies.ts';
import { callSoundRoutes } from './call-sounds.ts';
import { callRoutes } from './calls.ts';
import { caseRoutes } from './cases.ts';
import { connectionRoutes } from './connections.ts';
import { customFieldRoutes } from './custom-fields.ts';
import { deliveryRoutes } from './deliveries.ts';
import { explainRoutes } from './explain.ts';
import { firmRoutes } from './firms.ts';
import { healthRoutes } from './health.ts';
import { heldRoutes } from './held.ts';
import { historyRoutes } from './histories.ts';
import { keyRoutes } from './keys.ts';
import { mappingRoutes } from './mappings.ts';
import { moveRoutes } from './moves.ts';
import { oauthRoutes } from './oauth.ts';
import { openapiRoute } from './openapi.ts';
import { paymentRoutes } from './payments.ts';
import { placedCallRoutes } from './placed-calls.ts';
import { planRoutes } from './plans.ts';
import { recordRoutes } from './records.ts';
import type { Route } from './route.ts';
import { runRoutes } from './runs.ts';
import { searchRoutes } from './search.ts';
import { sourceRoutes } from './sources.ts';
import { strangerRoutes } from './strangers.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { syncRoutes } from './syncs.ts';
import { mergeRoutes, timelineRoutes } from './timeline.ts';
import { workspaceRoutes } from './workspace.ts';

/** The rooms that answer. */
export interface Rooms {
  store: Store;
  keys: Keys;
  firms: Firms;
  crm: Crm;
  upkeep: Upkeep;
  strangers: Strangers;
  connections: Connections;
  engine: Engine;
  subscriptions: Subscriptions;
  news: NewsRoom;
  calls: Calls;
  actions: Actions;
  ledger: LedgerRoom;
  histories: Histories;
  moves: Moves;
  /** Of Switchboard. */
  version: string;
  /** Where browsers reach the hub. */
  publicUrl: string;
}

/** `counted`: what processes that work for this one have counted. */
export function routesOf(rooms: Rooms, counted?: () => readonly Counted[]): Route[] {
  const routes = [
    ...healthRoutes({ ping: () => ping(rooms.store), ...(counted && { counted }) }),
    ...keyRoutes(rooms.keys),
    ...firmRoutes(rooms.firms),
    ...workspaceRoutes(rooms.crm, (workspace) => rooms.upkeep.begin(workspace)),
    ...recordRoutes(rooms.crm),
    ...searchRoutes(rooms.crm),
    ...timelineRoutes(rooms.crm),
    ...mergeRoutes(rooms.crm),
    ...strangerRoutes(rooms.strangers),
    ...customFieldRoutes(rooms.crm),
    ...connectionRoutes(rooms.connections),
    ...subscriptionRoutes(rooms.connections, rooms.subscriptions),
    ...oauthRoutes(rooms.connections),
    ...syncRoutes(rooms.engine),
    ...planRoutes(rooms.engine),
    ...runRoutes(rooms.engine),
    ...heldRoutes(rooms.engine),
    ...mappingRoutes(rooms.engine),
    ...sourceRoutes(rooms.engine),
    ...explainRoutes(rooms.engine),
    ...caseRoutes(rooms.engine),
    ...deliveryRoutes(rooms.news.look),
    ...callRoutes(rooms.calls),
    ...callSoundRoutes(rooms.calls),
    ...placedCallRoutes(rooms.calls),
    ...callPolicyRoutes(rooms.calls),
    ...actionRoutes(rooms.actions),
    ...paymentRoutes(rooms.ledger),
    ...historyRoutes(rooms.histories),
    ...moveRoutes(rooms.moves),
  ];
  return [...routes, openapiRoute(routes, { version: rooms.version, url: rooms.publicUrl })];
}
