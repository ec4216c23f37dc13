/** What a connector is lent for its work: addresses, settings, a clock, fresh tokens, and the one way to call. */
import { baseOf } from '#credentials/service.ts';
import { isFresh, type Tokens } from '#credentials/tokens.ts';
import { type CallParts, makeCall } from '#kit/call.ts';
import type { Connector } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Reconnect, TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import type { ConnectionParts } from './parts.ts';

export interface Loan {
  connector: Connector;
  /** The account's id at the service: whom it counts. */
  account: string;
  settings: Values;
  signal: AbortSignal;
  /** The tokens at hand. */
  first: Tokens;
  /** Fresh ones, other than a refused access token. */
  tokens(refused?: string): Promise<Tokens>;
  /** The part of the service's budgets this work may use up. Default 1; less for polls and backfills. */
  share?: number;
  /** The service wants the person to sign in again: said once more after a refresh that went well. */
  onReconnect?(problem: Reconnect): Promise<void>;
}

export function lend(parts: ConnectionParts, loan: Loan): Context {
  const { connector, account, settings, signal } = loan;
  let held = loan.first;
  const call = makeCall({
    limits: connector.limits,
    allowance: parts.allowance,
    counted: countedAs(connector, held.clientId, account),
    share: loan.share,
    explain: (error) => connector.explain(error),
    count: (operation, result, ms) => parts.count?.(connector.name, operation, result, ms),
    signal,
    now: parts.now,
  });
  async function token(refused?: string): Promise<string> {
    if (held.access !== refused && isFresh(held, parts.now())) return held.access;
    try {
      held = await loan.tokens(refused);
    } catch (error) {
      throw error instanceof TryLater ? notSent(error) : error;
    }
    return held.access;
  }

  return {
    settings,
    base: baseOf(connector, parts.hosts),
    signal,
    clientId: held.clientId,
    now: parts.now,
    token,
    async call(cost, send, options) {
      try {
        await token(); // before the budget is asked: a service that cannot refresh has not used it up
        return await call(cost, send, options);
      } catch (error) {
        if (error instanceof Reconnect) await loan.onReconnect?.(error);
        throw error;
      }
    },
  };
}

/** Whom the service counts: the first half of its budgets' keys. */
export function countedAs({ name }: Connector, clientId: string, account: string): CallParts['counted'] {
  const app = `${name}/${clientId}`;
  return { app, account: `${app}/${account}` };
}

/** Whatever became of the refresh, the call it was for was not sent. */
function notSent({ message, advice, afterMs, cause }: TryLater): TryLater {
  return new TryLater(message, advice, afterMs, true, cause);
}
