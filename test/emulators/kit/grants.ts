import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** A client that is registered at the service. */
export interface App {
  clientId: string;
  clientSecret: string;
  /** Exact addresses; loopback addresses are always allowed. */
  redirectUris?: readonly string[];
  /** A client without a secret, as apps on a device are: PKCE alone proves it. */
  public?: true;
}

export interface GrantRules {
  clock: Clock;
  apps: readonly App[];
  /** Prefixes that make tokens look like the service's own. */
  prefixes: { access: string; refresh: string; code: string };
  /** Lifetimes in ms. `idle`: a refresh token dies when it was not used for so long. */
  life: { access: number; code: number; idle: number };
  /** Most live refresh tokens of one account and client; the oldest dies. */
  liveTokens: number;
  /** Does a refresh replace the refresh token? */
  rotates: boolean;
  /** Only one that is so old (ms); a younger one is kept. */
  rotatesAfter?: number;
  /** The access tokens of a grant die when it is refreshed. */
  oneAccess?: true;
  /**
   * Where refresh tokens rotate: a spent one still answers with the very tokens it gave, until so many ms after their first use and at
   * most so many after they were given.
   */
  repeats?: { afterUse: number; atMost: number };
  /** Where refresh tokens rotate: a spent one goes on giving new tokens until so many ms after its first use. */
  grace?: number;
  /** Each sign-in is a session of its own, revoked alone; of more than `liveTokens` the oldest dies with its access tokens. */
  sessions?: true;
  /** Access tokens that say something themselves. Default: the prefix and something random. */
  mint?(grant: Grant, life: number): string;
}

/** What someone allowed an app to do with an account. */
export interface Grant {
  account: string;
  clientId: string;
  scopes: readonly string[];
  /** Names one sign-in, where the rules know sessions. */
  session?: string;
}

export interface Tokens extends Grant {
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  refreshToken?: string;
  nonce?: string;
}

/** What an app asks for before anyone has said yes. */
export interface Wish {
  clientId: string;
  redirectUri: string;
  scopes: readonly string[];
  offline: boolean;
  /** Ask even where the account has said yes before; only then a second refresh token is given. */
  consent: boolean;
  /** Add what the account allowed this app before. */
  incremental: boolean;
  challenge?: string;
  /** How the challenge was made of the verifier. Default S256. */
  method?: 'S256' | 'plain';
  nonce?: string;
  /** Names the sign-in, where the rules know sessions. Default: some name. */
  session?: string;
}

/** A refusal in the words of RFC 6749. */
export interface Refusal {
  error: 'invalid_client' | 'invalid_grant' | 'redirect_uri_mismatch';
  because: 'client' | 'secret' | 'unknown' | 'spent' | 'expired' | 'verifier-missing' | 'verifier-wrong' | 'redirect';
}

interface Code extends Wish {
  account: string;
  expires: number;
  spent: boolean;
  refresh: boolean;
}

interface Refresh {
  grant: Grant;
  born: number;
  used: number;
  /** Spent, with what it was traded for. */
  gave?: { tokens: Tokens; at: number };
}

interface Access {
  grant: Grant;
  expires: number;
  /** When it was first used. */
  used?: number;
}

export type Grants = ReturnType<typeof createGrants>;

/** The state behind an OAuth server: codes, grants and their tokens. Which words the wire uses is the service's matter. */
export function createGrants(rules: GrantRules) {
  const codes = new Map<string, Code>();
  const refreshes = new Map<string, Refresh>();
  const accesses = new Map<string, Access>();
  /** Everything an account has allowed an app so far. */
  const allowed = new Map<string, Set<string>>();
  const now = () => rules.clock.now();
  const secret = (prefix: string) => prefix + randomBytes(24).toString('base64url');
  const keyOf = ({ account, clientId }: { account: string; clientId: string }) => `${account} ${clientId}`;

  function access(grant: Grant, life = rules.life.access): Tokens {
    const accessToken = rules.mint?.(grant, life) ?? secret(rules.prefixes.access);
    accesses.set(accessToken, { grant, expires: now() + life });
    return { ...grant, accessToken, expiresIn: Math.floor(life / 1000) };
  }

  function refreshable(given: Grant, life?: number): Tokens {
    const grant = rules.sessions && given.session === undefined ? { ...given, session: randomUUID() } : given;
    const mine = [...refreshes].filter(([, one]) => keyOf(one.grant) === keyOf(grant) && one.gave === undefined);
    for (const [token, one] of mine.slice(0, Math.max(0, mine.length - rules.liveTokens + 1))) {
      if (one.grant.session === undefined) refreshes.delete(token);
      else end((other) => other.session === one.grant.session);
    }
    const refreshToken = secret(rules.prefixes.refresh);
    refreshes.set(refreshToken, { grant, born: now(), used: now() });
    return { ...access(grant, life), refreshToken };
  }

  function end(dies: (grant: Grant) => boolean): void {
    for (const [token, one] of refreshes) if (dies(one.grant)) refreshes.delete(token);
    for (const [token, one] of accesses) if (dies(one.grant)) accesses.delete(token);
  }

  /** An account has said yes to these of the wished scopes: the code for the redirect. */
  function accept(wish: Wish, account: string, scopes: readonly string[]): string {
    const key = keyOf({ account, clientId: wish.clientId });
    const before = allowed.get(key);
    const all = new Set([...(before ?? []), ...scopes]);
    allowed.set(key, all);
    const code = secret(rules.prefixes.code);
    codes.set(code, {
      ...wish,
      account,
      scopes: wish.incremental ? [...all] : scopes,
      expires: now() + rules.life.code,
      spent: false,
      refresh: wish.offline && (wish.consent || before === undefined),
    });
    return code;
  }

  function authenticate(clientId: string, clientSecret: string): Refusal | undefined {
    const app = rules.apps.find((one) => one.clientId === clientId);
    if (app === undefined) return { error: 'invalid_client', because: 'client' };
    if (app.public && clientSecret === '') return undefined;
    return app.clientSecret === clientSecret ? undefined : { error: 'invalid_client', because: 'secret' };
  }

  /** Trades a code for tokens; a code lives short and works once. */
  function exchange(asked: {
    code: string;
    clientId: string;
    redirectUri: string;
    verifier?: string;
    life?: number;
  }): Tokens | Refusal {
    const code = codes.get(asked.code);
    if (code === undefined || code.clientId !== asked.clientId) return { error: 'invalid_grant', because: 'unknown' };
    if (code.spent) return { error: 'invalid_grant', because: 'spent' };
    if (code.expires <= now()) return { error: 'invalid_grant', because: 'expired' };
    if (code.redirectUri !== asked.redirectUri) return { error: 'redirect_uri_mismatch', because: 'redirect' };
    if (code.challenge !== undefined) {
      if (!asked.verifier) return { error: 'invalid_grant', because: 'verifier-missing' };
      const hashed = code.method === 'plain' ? asked.verifier : createHash('sha256').update(asked.verifier).digest('base64url');
      if (hashed !== code.challenge) return { error: 'invalid_grant', because: 'verifier-wrong' };
    }
    code.spent = true;
    const { account, clientId, scopes, session } = code;
    const grant: Grant = { account, clientId, scopes, ...(session !== undefined && { session }) };
    return { ...(code.refresh ? refreshable(grant, asked.life) : access(grant, asked.life)), nonce: code.nonce };
  }

  function refresh(asked: { refreshToken: string; clientId: string; life?: number }): Tokens | Refusal {
    const held = refreshes.get(asked.refreshToken);
    if (held === undefined || held.grant.clientId !== asked.clientId) return { error: 'invalid_grant', because: 'unknown' };
    if (held.used + rules.life.idle <= now()) return { error: 'invalid_grant', because: 'expired' };
    if (held.gave && rules.grace !== undefined) {
      const over = held.gave.at + rules.grace <= now();
      return over ? { error: 'invalid_grant', because: 'spent' } : refreshable(held.grant, asked.life);
    }
    if (held.gave) return repeat(held.gave);
    held.used = now();
    if (!rules.rotates || now() < held.born + (rules.rotatesAfter ?? 0)) return access(held.grant, asked.life);
    forgetSpent();
    if (rules.oneAccess) for (const [token, one] of accesses) if (one.grant === held.grant) accesses.delete(token);
    refreshes.delete(asked.refreshToken);
    const tokens = refreshable(held.grant, asked.life);
    if (rules.repeats || rules.grace !== undefined) refreshes.set(asked.refreshToken, { ...held, gave: { tokens, at: now() } });
    return tokens;
  }

  /** Those that not even grace keeps alive: of a token that is refreshed ten thousand times, thousands. */
  function forgetSpent(): void {
    const { grace } = rules;
    if (grace === undefined) return;
    for (const [token, { gave }] of refreshes) if (gave !== undefined && gave.at + grace <= now()) refreshes.delete(token);
  }

  function repeat({ tokens, at }: { tokens: Tokens; at: number }): Tokens | Refusal {
    const { afterUse, atMost } = rules.repeats ?? { afterUse: 0, atMost: 0 };
    const given = accesses.get(tokens.accessToken);
    const late = given?.used === undefined ? false : given.used + afterUse <= now();
    if (given === undefined || late || at + atMost <= now()) return { error: 'invalid_grant', because: 'spent' };
    return { ...tokens, expiresIn: Math.ceil((given.expires - now()) / 1000) };
  }

  /** Ends everything an account has allowed, to one app or to all. */
  function forget(account: string, clientId?: string): void {
    end((grant) => grant.account === account && (clientId === undefined || grant.clientId === clientId));
    for (const key of allowed.keys()) {
      const [of, client] = key.split(' ');
      if (of === account && (clientId === undefined || client === clientId)) allowed.delete(key);
    }
  }

  /** Revokes the whole grant behind an access or refresh token, or its session; false when the token is not known. */
  function revoke(token: string): boolean {
    const grant = refreshes.get(token)?.grant ?? accesses.get(token)?.grant;
    if (grant === undefined) return false;
    if (grant.session === undefined) forget(grant.account, grant.clientId);
    else end((other) => other.session === grant.session);
    return true;
  }

  /** The grant behind an access token that is still good, with the seconds it has left. */
  function find(accessToken: string): (Grant & { expiresIn: number }) | undefined {
    const held = accesses.get(accessToken);
    if (held === undefined || held.expires <= now()) return undefined;
    held.used ??= now();
    return { ...held.grant, expiresIn: Math.ceil((held.expires - now()) / 1000) };
  }

  return {
    accept,
    authenticate,
    exchange,
    refresh,
    forget,
    revoke,
    find,
    /** The account behind a code or a token, good or not; asking spends nothing. */
    owner: (secret: string): string | undefined =>
      codes.get(secret)?.account ?? (refreshes.get(secret) ?? accesses.get(secret))?.grant.account,
    /** Is the token known, though it may be too old? */
    knows: (accessToken: string): boolean => accesses.has(accessToken),
    /** Tokens without the dance: as if the account had just said yes. */
    give(grant: Grant): Tokens {
      allowed.set(keyOf(grant), new Set([...(allowed.get(keyOf(grant)) ?? []), ...grant.scopes]));
      return refreshable(grant);
    },
    /** Ends the access tokens of an account; its refresh tokens live on. */
    expireAccess(account: string): void {
      for (const one of accesses.values()) if (one.grant.account === account) one.expires = Math.min(one.expires, now());
    },
    has: (account: string, clientId: string): boolean => allowed.has(keyOf({ account, clientId })),
  };
}

/** May this app be answered at this address? */
export function redirectAllowed(app: App, redirectUri: string): boolean {
  if (app.redirectUris?.includes(redirectUri)) return true;
  if (!URL.canParse(redirectUri)) return false;
  const { protocol, hostname } = new URL(redirectUri);
  return /^https?:$/.test(protocol) && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
