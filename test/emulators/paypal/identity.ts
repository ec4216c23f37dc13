import { randomBytes, timingSafeEqual } from 'node:crypto';
import { clientOf } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import type { Answer, Call } from '../kit/server.ts';
import { json } from './errors.ts';
import { SCOPES } from './scopes.ts';

/** A REST app: it belongs to one account, and signs in as itself. */
export interface App {
  clientId: string;
  clientSecret: string;
  /** Id of the account it belongs to. */
  account: string;
}

interface Token {
  value: string;
  app: App;
  scopes: readonly string[];
  until: number;
}

const LIFE = 32_400_000;
/** A token with as much left is handed out again. */
const AGAIN = 900_000;

export type Identity = ReturnType<typeof createIdentity>;

/** Tokens of apps. The same one is handed out again while it lives, with less time left; what an app may do is fixed when it is made. */
export function createIdentity(clock: Clock, apps: Map<string, App>) {
  const tokens = new Map<string, Token>();
  let allowed: readonly string[] = SCOPES;

  function grant(app: App): Token {
    const now = clock.now();
    const old = [...tokens.values()].find((one) => one.app === app && one.until - now > AGAIN && one.scopes === allowed);
    if (old !== undefined) return old;
    const value = `A21AA${randomBytes(40).toString('base64url')}`;
    const made: Token = { value, app, scopes: allowed, until: now + LIFE };
    tokens.set(value, made);
    return made;
  }

  function issue(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const app = apps.get(clientId);
    if (call.headers.authorization === undefined || app === undefined || !same(app.clientSecret, clientSecret)) {
      return json({ error: 'invalid_client', error_description: 'Client Authentication failed' }, 401);
    }
    if (form.get('grant_type') !== 'client_credentials') {
      return json({ error: 'unsupported_grant_type', error_description: 'Grant Type is NULL' }, 400);
    }
    const { value, scopes, until } = grant(app);
    return json({
      scope: [...scopes, 'openid'].join(' '),
      access_token: value,
      token_type: 'Bearer',
      app_id: 'APP-80W284485P519543T',
      expires_in: Math.floor((until - clock.now()) / 1000),
      nonce: `${new Date(clock.now()).toISOString()}${randomBytes(16).toString('base64url')}`,
    });
  }

  return {
    issue,
    grant,
    find(value: string): Token | undefined {
      const token = tokens.get(value);
      return token !== undefined && token.until > clock.now() && apps.get(token.app.clientId) === token.app ? token : undefined;
    },
    /** Ends the tokens; the app can have new ones. */
    expire: () => tokens.clear(),
    /** What apps are allowed from now on. A token that was given before stays as it is. */
    allow: (scopes: readonly string[]) => {
      allowed = [...scopes];
    },
  };
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
