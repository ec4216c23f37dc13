/** What a grant holds, as it is sealed. */
import type { Json } from '#kit/fields.ts';

export interface Tokens {
  access: string;
  /** Absent where the service's access tokens do not end. */
  refresh?: string;
  /** What was pasted instead of signing in: it gives another grant when this one ends (assertion.ts). */
  assertion?: string;
  scopes: readonly string[];
  /** The app the service gave them to: another cannot refresh them. */
  clientId: string;
  /** Milliseconds since the epoch, by the hub's clock. */
  issued: number;
  /** When the access token ends. Absent: never. */
  expires?: number;
}

const MOST_MARGIN = 5 * 60_000;

/**
 * May the access token still be handed out? It must outlive the call it is for: five minutes, or a fifth of its life where that is
 * shorter.
 */
export function isFresh({ issued, expires }: Tokens, now: number): boolean {
  return expires === undefined || now < expires - Math.min(MOST_MARGIN, (expires - issued) / 5);
}

export function isAlive({ expires }: Tokens, now: number): boolean {
  return expires === undefined || now < expires;
}

export function tokensToJson({ scopes, ...rest }: Tokens): Json {
  return { ...rest, scopes: [...scopes] };
}

export function tokensFromJson(json: Json): Tokens {
  const { access, refresh, assertion, scopes, clientId, issued, expires } = json as { [name: string]: Json };
  if (typeof access !== 'string' || typeof clientId !== 'string' || typeof issued !== 'number' || !Array.isArray(scopes)) {
    throw new Error('A sealed grant does not hold tokens: it was written by another version of the hub.');
  }
  return {
    access,
    clientId,
    issued,
    scopes: scopes.map(String),
    ...(typeof refresh === 'string' ? { refresh } : {}),
    ...(typeof assertion === 'string' ? { assertion } : {}),
    ...(typeof expires === 'number' ? { expires } : {}),
  };
}
