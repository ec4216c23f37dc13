/** The services: an app to sign in with, an answer, and a clock like ours. */
import { baseOf, isLoopback } from '#credentials/service.ts';
import type { ConnectorView } from '#hub/connections/connections.ts';
import { reach } from '#kit/reach.ts';
import type { Check, Finding } from './check.ts';

/** Tokens and signatures of services are good for minutes around the hour they name. */
const MOST_APART_MS = 60_000;

export const checkServices: Check = async (hub, workspace, signal) => {
  const views = await hub.connections.connectors(workspace);
  const findings = await Promise.all(
    views.map(async (view) => [appOf(view), await clockOf(view, baseOf(view.connector, hub.config.hosts), signal)]),
  );
  return findings.flat();
};

function appOf({ connector, app }: ConnectorView): Finding {
  const name = `${connector.title}: app`;
  if (app) return { name, state: 'well', found: `client id ${app.id} of the ${app.of}` };
  const prefix = connector.name.toUpperCase();
  const advice = `To connect it, register an app there and set ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET (README.md).`;
  return { name, state: 'warning', found: 'no client id and secret are set', advice };
}

async function clockOf(
  { connector }: ConnectorView,
  base: { readonly [api: string]: string },
  signal: AbortSignal,
): Promise<Finding> {
  const name = `${connector.title}: clock`;
  const address = base[connector.auth.token.api]!;
  // What stands in for a service may have a clock that is turned.
  if (isLoopback(new URL(address))) return { name, state: 'well', found: `not compared: ${address} is this machine` };
  try {
    const { apart } = await reach(address, signal);
    if (apart === undefined) return { name, state: 'well', found: 'it answers, and names no time' };
    const found = `${Math.abs(Math.round(apart / 1000))} s apart`;
    if (Math.abs(apart) <= MOST_APART_MS) return { name, state: 'well', found };
    return { name, state: 'wrong', found, advice: 'Set this machine’s clock by NTP: sign-ins and tokens are refused otherwise.' };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, state: 'warning', found, advice: 'Look at the network, a proxy, and SWITCHBOARD_HOSTS.' };
  }
}
