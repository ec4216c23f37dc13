/**
 * Access tokens that are always fresh, refreshed once however many ask, in this process and in all others.
 *
 * A refresher claims the grant's generation, asks the service, and keeps the answer before anyone uses it. Whoever does not get
 * the claim waits for the generation to move. Nothing is held in the database while the service is asked. If a refresher dies
 * between answer and keeping, its claim lapses and the next one repeats the refresh with the old refresh token: harmless where the
 * service keeps refresh tokens or honours the former one for a while, else the grant is dead and says why (README.md).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Reconnect, TryLater } from '#kit/errors.ts';
import type { GrantRef, KeptGrant, Safe } from './safe.ts';
import type { Seal } from './seal.ts';
import { isAlive, isFresh, type Tokens, tokensFromJson, tokensToJson } from './tokens.ts';

export interface FreshnessParts {
  safe: Safe;
  seal: Seal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Asks the service. Throws Reconnect where the grant is dead. */
  refresh(ref: GrantRef, connector: string, old: Tokens): Promise<Tokens>;
}

export interface Freshness {
  /**
   * A token set whose access token is good for the next call. `refused`: an access token the service has just refused although
   * it should be good; another is got. Throws Reconnect where the grant is dead, TryLater where the service cannot refresh now.
   */
  tokens(ref: GrantRef, refused?: string): Promise<Tokens>;
  /**
   * Does a refresh again that was cut off, though the access token may be good: while the service still honours the former refresh
   * token. False where none was. Throws as `tokens` does.
   */
  again(ref: GrantRef): Promise<boolean>;
  /** Resolves when no refresh is under way: an answer on its way is kept before the hub stops. */
  idle(): Promise<void>;
}

const POLL_MS = 100;
/** Longest to wait for another's refresh: a claim's life and a little. */
const PATIENCE_MS = 25_000;

export function createFreshness(parts: FreshnessParts): Freshness {
  const flights = new Map<string, Promise<Tokens>>();
  const holder = randomUUID();

  const nameOf = ({ workspace, grant }: GrantRef): string => `${workspace}/${grant}`;

  function fly(ref: GrantRef, refused?: string): Promise<Tokens> {
    const name = nameOf(ref);
    const flight = obtain(parts, holder, ref, refused).finally(() => flights.delete(name));
    flights.set(name, flight);
    return flight;
  }

  async function tokens(ref: GrantRef, refused?: string): Promise<Tokens> {
    const name = nameOf(ref);
    for (let flying = flights.get(name); flying !== undefined; flying = flights.get(name)) {
      const found = await flying;
      if (found.access !== refused) return found;
    }
    return fly(ref, refused);
  }

  return {
    tokens,
    async again(ref) {
      const kept = await parts.safe.read(ref);
      if (!kept?.cutOff || kept.dead !== null) return false;
      const old = await open(parts, ref, kept);
      if (flights.has(nameOf(ref))) return false; // somebody asks anyway
      await fly(ref, old.access);
      return true;
    },
    async idle() {
      await Promise.allSettled(flights.values());
    },
  };
}

async function obtain(parts: FreshnessParts, holder: string, ref: GrantRef, refused: string | undefined): Promise<Tokens> {
  const { safe, now } = parts;
  for (let waited = 0; ; waited += POLL_MS) {
    const kept = await safe.read(ref);
    if (kept === undefined) {
      throw new Reconnect(
        `Grant ${ref.grant} is no longer kept.`,
        'The account was disconnected, or connected anew. Connect again if it should be.',
      );
    }
    if (kept.dead !== null) throw new Reconnect(`Grant ${ref.grant} is dead: ${kept.dead}`, kept.dead);
    const old = await open(parts, ref, kept);
    if (old.access !== refused && isFresh(old, now())) return old;
    const claim = await safe.claim(ref, kept.generation, holder);
    const renewed = claim && (await renew(parts, holder, ref, kept, old, { ...claim, refused }));
    if (renewed !== undefined) return renewed;
    if (old.access !== refused && isAlive(old, now())) return old;
    if (waited >= PATIENCE_MS) {
      throw new TryLater(
        `Grant ${ref.grant} is being refreshed elsewhere, too slowly.`,
        'It is tried again by itself.',
        5000,
        true,
      );
    }
    await wait(POLL_MS);
  }
}

async function open({ seal }: FreshnessParts, { workspace }: GrantRef, { connector, sealed }: KeptGrant): Promise<Tokens> {
  return tokensFromJson(await seal.open({ kind: 'grant', connector, workspace }, sealed));
}

interface Circumstances {
  interrupted: boolean;
  refused: string | undefined;
}

/** Undefined where the claim had lapsed and another refresher was quicker: what that one kept counts. */
async function renew(
  parts: FreshnessParts,
  holder: string,
  ref: GrantRef,
  kept: KeptGrant,
  old: Tokens,
  { interrupted, refused }: Circumstances,
): Promise<Tokens | undefined> {
  const { safe, now } = parts;
  let tokens: Tokens;
  try {
    tokens = await parts.refresh(ref, kept.connector, old);
  } catch (error) {
    if (error instanceof Reconnect) {
      const reason = interrupted ? `${error.advice} ${INTERRUPTED}` : error.advice;
      if (!(await safe.settle(ref, kept.generation, holder, { is: 'dead', reason }))) return undefined;
      throw new Reconnect(error.message, reason, error);
    }
    await safe.settle(ref, kept.generation, holder, { is: 'open', unsure: error instanceof TryLater && !error.notSent });
    if (error instanceof TryLater && old.access !== refused && isAlive(old, now())) return old;
    throw error;
  }
  return (await keep(parts, holder, ref, kept, tokens)) ? tokens : undefined;
}

const KEEP_TRIES = 5;

/** The answer may be the only copy of a rotated token: a database that fails for a moment must not lose it. */
async function keep(
  { safe, seal }: FreshnessParts,
  holder: string,
  ref: GrantRef,
  kept: KeptGrant,
  tokens: Tokens,
): Promise<boolean> {
  const place = { kind: 'grant', connector: kept.connector, workspace: ref.workspace } as const;
  const sealed = await seal.close(place, tokensToJson(tokens));
  const result = { is: 'refreshed', sealed, expires: tokens.expires ?? null } as const;
  for (let tried = 1; ; tried++) {
    try {
      return await safe.settle(ref, kept.generation, holder, result);
    } catch (error) {
      if (tried === KEEP_TRIES) throw error;
      await wait(tried * POLL_MS);
    }
  }
}

const INTERRUPTED = 'An earlier refresh was cut off before its answer could be kept, which may have used the refresh token up.';
