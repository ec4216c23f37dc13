/** Webhooks: can services come to us, do they keep what they promised, and do they tell everything? */

import { baseOf, isLoopback } from '#credentials/service.ts';
import type { ConnectionView } from '#hub/connections/connections.ts';
import type { Hub } from '#hub/open.ts';
import type { Connector } from '#kit/connector.ts';
import type { SubscriptionView } from '#store/subscriptions.ts';
import { tryAddress } from '#webhooks/handshake.ts';
import { standing } from '../subscriptions.ts';
import type { Check, Finding } from './check.ts';

const MOST = 50;
const DAYS = 7;
/** Beyond one in fifty something is wrong with the subscription rather than with a delivery. */
const MOST_UNTOLD = 0.02;

type Subscribed = ConnectionView & { subscription: SubscriptionView };

export const checkWebhooks: Check = async (hub, workspace, signal) => {
  const views = (await hub.connections.list(workspace, 0, MOST)).filter((view): view is Subscribed => view.subscription !== null);
  if (views.length === 0) return [];
  const connectors = (await hub.connections.connectors(workspace)).map(({ connector }) => connector);
  const outside = connectors.some((one) => views.some(({ connector }) => connector === one.name) && isOutside(hub, one));
  const address = (await tryAddress(hub.publicUrl, outside, hub.now(), signal)).map((trial) => ({
    name: 'webhook address',
    ...trial,
  }));
  const reached = address.some(({ state, found }) => state === 'well' && found.endsWith('answers'));
  const each = views.map(async (view) => [
    promised(view),
    ...(reached ? await gate(hub, workspace, view, signal) : []),
    ...(await untold(hub, workspace, view)),
  ]);
  return [...address, ...(await Promise.all(each)).flat()];
};

/** Does the service live elsewhere than on this machine? What stands in for one here calls plain addresses of this machine too. */
function isOutside(hub: Hub, connector: Connector): boolean {
  return Object.values(baseOf(connector, hub.config.hosts)).some((base) => !isLoopback(new URL(base)));
}

function promised(view: Subscribed): Finding {
  const { subscription } = view;
  const name = `${nameOf(view)}: subscription`;
  const found = standing(subscription);
  if (subscription.state === 'live' && subscription.problem === null) return { name, state: 'well', found };
  const advice = subscription.problem?.advice || `npm run cli -- subscriptions attend ${view.id}`;
  return { name, state: subscription.state === 'refused' ? 'wrong' : 'warning', found, advice };
}

async function gate(hub: Hub, workspace: number, view: Subscribed, signal: AbortSignal): Promise<Finding[]> {
  const trial = await hub.subscriptions.tryOut({ workspace, connection: view.id }, signal);
  return trial ? [{ name: `${nameOf(view)}: webhook`, ...trial }] : [];
}

async function untold(hub: Hub, workspace: number, view: Subscribed): Promise<Finding[]> {
  const gaps = await hub.connections.gaps(workspace, view.id, DAYS);
  const [told, found] = [gaps.reduce((n, gap) => n + gap.told, 0), gaps.reduce((n, gap) => n + gap.found, 0)];
  if (told + found === 0) return [];
  const finding = { name: `${nameOf(view)}: gaps`, found: `in ${DAYS} days ${told} changes were told, ${found} only found` };
  if (found <= MOST_UNTOLD * (told + found)) return [{ ...finding, state: 'well' }];
  const advice = `Nothing was lost, it came later. npm run cli -- subscriptions gaps ${view.id} says on which days; subscriptions attend ${view.id} asks the service how it stands.`;
  return [{ ...finding, state: 'warning', advice }];
}

function nameOf({ id, connector, title }: ConnectionView): string {
  return `connection ${id} (${connector}, ${title})`;
}
