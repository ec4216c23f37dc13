/** The hub's own address: where browsers come back from a sign-in. */
import { reach } from '#kit/reach.ts';
import type { Check } from './check.ts';

export const checkAddress: Check = async (hub, _workspace, signal) => {
  const url = hub.publicUrl;
  const name = 'public URL';
  try {
    const { status } = await reach(`${url}/healthz`, signal);
    if (status === 200) return [{ name, state: 'well', found: `${url} answers; sign-ins come back to ${url}/oauth/callback` }];
    return [
      {
        name,
        state: 'wrong',
        found: `${url} answers ${status} to /healthz`,
        advice: 'Set PUBLIC_URL to where this hub is reached, and PORT to a port of its own.',
      },
    ];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ name, state: 'warning', found, advice: 'Start the hub (npm start), or set PUBLIC_URL to where it is reached.' }];
  }
};
