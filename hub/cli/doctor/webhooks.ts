/** Webhooks: can services come to us, do they keep what they promised, and do they tell everything? */

import { baseOf, isLoopback } from '#credentials/service.ts';
import type { ConnectionView } from '#hub/connections/connections.ts';
import type { Hub } from '#hub/open.ts';
import type { Connector } from '#kit/connector.ts';
import type { SubscriptionView } from '#store/subscriptions.ts';
import { tryAddress, tryGate } from '#webhooks/handshake.ts';
import { standing } from '../subscriptions.ts';
import type { Check, Finding } from './check.ts';

const MOST = 50;
const DAYS = 7;
/** Beyond one in fifty something is wrong with the subscription rather than with a delivery. */
const MOST_UNTOLD = 0.02;

type Subscribed = ConnectionView & { subscription: SubscriptionView };

export const checkWebhooks: Check = async (hub, workspace, signal) => {
  const all = await hub.connections.list(workspace, 0, MOST);
  const views = all.filter((view): view is Subscribed => view.subscription !== null);
  const connectors = (await hub.connections.connectors(workspace)).map(({ connector }) => connector);
  const used = connectors.filter(({ name }) => all.some(({ connector }) => connector === name));
  const alive = (name: string) => all.some(({ connector, status }) => connector === name && status !== 'disconnected');
  const apps = used.filter(({ name, webhooks }) => webhooks?.secrets === 'app' && alive(name));
  if (views.length === 0 && apps.length === 0) return [];
  const outside = used.some((one) => isOutside(hub, one));
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
  const ofApps = await Promise.all(apps.map((connector) => ofApp(hub, connector, reached, signal)));
  return [...address, ...(await Promise.all(each)).flat(), ...ofApps.flat()];
};

/** One address for the whole app, which somebody saves in the service's console: of what it promised only our half can be looked at. */
async function ofApp(hub: Hub, { name, title, webhooks }: Connector, reached: boolean, signal: AbortSignal): Promise<Finding[]> {
  const secrets = hub.config.webhookSecretsOf(name);
  const url = `${hub.publicUrl}/webhooks/${name}`;
  if (secrets.length === 0) {
    const found = 'no secret is set, so that whatever comes is refused; changes are polled';
    const advice = `Set ${name.toUpperCase()}_WEBHOOK_SECRET to the secret in the console of ${title}, and save ${url} there.`;
    return [{ name: `${title}: webhook`, state: 'warning', found, advice }];
  }
  if (!reached || webhooks === undefined) return [];
  return [{ name: `${title}: webhook`, ...(await tryGate(webhooks, url, { secrets, now: hub.now() }, signal)) }];
}

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
