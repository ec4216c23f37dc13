/** The connections: signed in, allowed what they need, within the service's quota. Costs one call each. */
import type { ConnectionView } from '#hub/connections/connections.ts';
import { sayUnused } from '#hub/connections/status.ts';
import { Problem } from '#kit/errors.ts';
import type { Check, Finding } from './check.ts';

const MOST = 50;

export const checkConnections: Check = async (hub, workspace, signal) => {
  const views = await hub.connections.list(workspace, 0, MOST);
  const findings = await Promise.all(
    views.map(async (view) => [
      ...(view.status === 'disconnected' ? [] : [await signedIn(view, () => hub.connections.check(workspace, view.id, signal))]),
      ...scopesOf(view),
      evidenceOf(view),
    ]),
  );
  return findings.flat();
};

/** One call tells whether the grant lives, its secret opens, and the quota is not used up. */
async function signedIn(view: ConnectionView, check: () => Promise<{ title: string }>): Promise<Finding> {
  const name = `${nameOf(view)}: sign-in and quota`;
  try {
    const account = await check();
    return { name, state: 'well', found: `the service knows us as ${account.title}` };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { name, state: error.next === 'later' ? 'warning' : 'wrong', found: error.message, advice: error.advice };
  }
}

function scopesOf(view: ConnectionView): Finding[] {
  const name = `${nameOf(view)}: scopes`;
  if (view.status === 'disconnected') return [];
  const unused = sayUnused(view.connector, view.id, view.unused);
  const well = `everything asked for was allowed${unused === '' ? '' : `; not in use: ${unused}`}`;
  if (view.missing.length === 0) return [{ name, state: 'well', found: well }];
  const found = view.missing.map(({ stream, scopes }) => `${stream ?? 'the account'} lacks ${scopes.join(', ')}`).join('; ');
  return [
    {
      name,
      state: 'wrong',
      found,
      advice: `npm run cli -- connect ${view.connector} --again ${view.id}, and leave every box ticked; what the app itself lacks is allowed over there first.`,
    },
  ];
}

function evidenceOf(view: ConnectionView): Finding {
  const name = `${nameOf(view)}: status`;
  if (view.status === 'working') return { name, state: 'well', found: view.because };
  return { name, state: view.status === 'failing' ? 'wrong' : 'warning', found: view.status, advice: view.because };
}

function nameOf({ id, connector, title }: ConnectionView): string {
  return `connection ${id} (${connector}, ${title})`;
}
