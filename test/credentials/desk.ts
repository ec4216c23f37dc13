/** A hub's room of connections over a real database and an emulated service, with a connector that knows nothing but sign-in. */

import { keyringFrom, newKey } from '#credentials/keyring.ts';
import { createSeal } from '#credentials/seal.ts';
import { type Connections, openConnections } from '#hub/connections/connections.ts';
import type { ConnectionParts } from '#hub/connections/parts.ts';
import { createAllowance } from '#kit/allowance.ts';
import { withToken } from '#kit/bearer.ts';
import type { Connector, OAuth2 } from '#kit/connector.ts';
import { Changed, Problem, Reconnect } from '#kit/errors.ts';
import type { Store } from '#store/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import type { App } from '#test/emulators/kit/grants.ts';

export const CONTACTS = 'https://www.googleapis.com/auth/contacts';
export const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';

export const APP = { id: 'switchboard-demo', secret: 'demo-secret' };

class Unauthenticated extends Error {}

/** Signs in at the emulated accounts and can tell whose it is. */
export const desk: Connector & { auth: OAuth2 } = {
  name: 'gsuite',
  title: 'Desk',
  docs: 'https://developers.google.com/people',
  base: {
    people: 'https://people.googleapis.com/',
    oauth: 'https://oauth2.googleapis.com/',
    accounts: 'https://accounts.google.com/',
    www: 'https://www.googleapis.com/',
    tasks: 'https://tasks.googleapis.com/',
    admin: 'https://admin.googleapis.com/',
  },
  auth: {
    kind: 'oauth2',
    authorize: { api: 'accounts', path: 'o/oauth2/v2/auth' },
    token: { api: 'oauth', path: 'token' },
    revoke: { api: 'oauth', path: 'revoke' },
    scopes: { always: ['openid', EMAIL], streams: { contacts: [CONTACTS] } },
    pkce: true,
    client: 'post',
    rotates: false,
    params: { access_type: 'offline', prompt: 'consent' },
  },
  limits: { groups: { reads: { per: 'account' } }, timeout: 5_000 },
  streams: {},
  async check(ctx) {
    const ask = async (token: string) => {
      const response = await fetch(`${ctx.base.www}oauth2/v2/userinfo`, { headers: { authorization: `Bearer ${token}` } });
      if (response.status === 401) throw new Unauthenticated();
      return response.json();
    };
    const told = await ctx.call({ name: 'userinfo', group: 'reads' }, () =>
      withToken(ctx, ask, (error) => error instanceof Unauthenticated),
    );
    return { id: told.id, title: told.email };
  },
  explain(error) {
    if (error instanceof Problem) return error;
    if (error instanceof Unauthenticated) return new Reconnect('401', 'Connect again.', error);
    return new Changed(String(error), 'Tell the maintainer.', error);
  },
};

export const KEYS = [newKey('first')];

export interface DeskOptions {
  rotates?: boolean;
  apps?: readonly App[];
  parts?: Partial<ConnectionParts>;
}

export interface OpenDesk {
  on: Emulators;
  connections: Connections;
  parts: ConnectionParts;
  /** Connections made and revived, as the engine was told. */
  told: { workspace: number; id: number; connector: string; account: string; by: string }[];
  /** Signs somebody in, in one browser. */
  signIn(workspace: number, email?: string): Promise<number>;
}

export async function openDesk(store: Store, { rotates = false, apps, parts: more }: DeskOptions = {}): Promise<OpenDesk> {
  const on = await startEmulators({
    clock: createClock(Date.parse('2026-03-01T10:00:00Z')),
    traffic: null,
    gsuite: { accounts: [{ email: 'ada@example.com' }, { email: 'grace@example.com' }], rotates, apps },
  });
  const told: OpenDesk['told'] = [];
  const parts: ConnectionParts = {
    store,
    connectors: { gsuite: desk },
    hosts: on.hosts,
    publicUrl: () => 'http://127.0.0.1:8080',
    clientOf: () => APP,
    seal: createSeal(keyringFrom(KEYS, 'the tests')),
    allowance: createAllowance(on.clock.now),
    now: on.clock.now,
    onConnected: async (_tx, connection) => void told.push(connection),
    ...more,
  };
  const connections = openConnections(parts);
  return {
    on,
    parts,
    connections,
    told,
    async signIn(workspace, email = 'ada@example.com') {
      const { url } = await connections.start({ workspace, connector: 'gsuite', by: 'key 1', session: 'a browser' });
      const back = await on.gsuite.consent(url, { account: email });
      return (await connections.finish(new URL(back).searchParams, 'a browser')).connection;
    },
  };
}
