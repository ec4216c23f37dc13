/** Can somebody sign in? */
import type { Check } from './check.ts';

const ENOUGH = 200;

export const checkKeys: Check = async (hub, workspace) => {
  const keys = await hub.keys.list(workspace, { after: 0, limit: ENOUGH });
  const now = hub.now();
  const living = keys.filter((key) => key.revoked === null && (key.expires === null || Date.parse(key.expires) > now));
  const name = 'API keys';
  if (living.length === 0) {
    return [
      { name, state: 'warning', found: `workspace ${workspace} has none that is alive`, advice: 'npm run cli -- key create' },
    ];
  }
  return [{ name, state: 'well', found: `${living.length} alive in workspace ${workspace}` }];
};
