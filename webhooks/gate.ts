/**
 * The gate for inbound webhooks: proves, stores, answers. Nothing else happens in the request; 2xx is said only when the delivery is
 * committed. What a service's engineer sees of it is in README.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery, Verdict, Webhooks } from '#kit/webhook.ts';
import { addressOf, isOurs } from './address.ts';
import { answer, notNow, type Refusal, refuse } from './answer.ts';
import { readBody } from './body.ts';
import { openDeadlines } from './deadline.ts';
import { type Entry, enter } from './entry.ts';
import type { Inbox } from './inbox.ts';
import { openSources } from './sources.ts';
import { together } from './together.ts';
import { withoutSecrets } from './traces.ts';

export interface Gate {
  /** Answers the request if its address is the gate's; false where it is not, and nothing was done. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  /** Resolves when nothing waits to be stored. */
  idle(): Promise<void>;
}

/** What became of a request. */
export type Outcome = 'accepted' | 'again' | 'greeting' | 'forged' | 'refused';

export interface GateParts {
  /** The webhooks of a connector; undefined where there is no such connector, or it has none. */
  webhooksOf(connector: string): Webhooks | undefined;
  /**
   * Live secrets of a connector's app, or of one subscription, newest first: two during a rotation, none where nothing was agreed.
   * Undefined: there is no such subscription. Rejects where nobody can tell now. Asked by every delivery.
   */
  secretsOf(connector: string, subscription: string | undefined): Promise<readonly string[] | undefined>;
  inbox: Inbox;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told of every request; `reason` is '' where there is nothing to say. */
  count?(connector: string, outcome: Outcome, reason: string): void;
  /** Something new is committed: told once for each commit. */
  woken?(connectors: ReadonlySet<string>): void;
  /** How long a request may take in all, ms. Default 10 s: the most patient services wait no longer. */
  patience?: number;
}

const PATIENCE_MS = 10_000;
const LATE: Refusal = { status: 408, reason: 'too slow', say: 'The request did not arrive in time.' };
const UNKNOWN: Refusal = { status: 404, reason: 'unknown subscription', say: 'No such subscription is known here.' };
const TOO_MANY: Refusal = { status: 429, reason: 'too many forged', headers: { 'retry-after': '60' } };
const NO_GREETING: Refusal = { status: 405, reason: 'method', say: 'Send it as POST.', headers: { allow: 'POST' } };

export function openGate(parts: GateParts): Gate {
  const { now } = parts;
  const inbox = together(parts.inbox, (connectors) => parts.woken?.(connectors));
  const sources = openSources(now);
  const deadlines = openDeadlines(parts.patience ?? PATIENCE_MS);
  const count = (entry: Entry | Refusal, outcome: Outcome, reason = ''): void =>
    parts.count?.('webhooks' in entry ? entry.connector : 'unknown', outcome, reason);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = enter(request, addressOf(request.url ?? ''), parts.webhooksOf);
    let over = false;
    const end = (refusal: Refusal, last = false): void => {
      if (over) return;
      over = true;
      count(entry, 'refused', refusal.reason);
      refuse(response, refusal, last);
    };
    const inTime = deadlines.set(() => (request.complete ? end(notNow('store is slow')) : end(LATE, true)));
    try {
      const refused = 'webhooks' in entry ? undefined : entry;
      const body = await readBody(request, refused === undefined);
      if (over) return;
      if (refused !== undefined) end(refused, !request.complete);
      else if (body === 'gone') end({ status: 400, reason: 'cut short' }, true);
      else if ('status' in body) end(body, !request.complete);
      else await judge(entry as Entry, body);
    } catch {
      end(notNow('failed'));
    } finally {
      inTime();
    }

    async function judge({ connector, subscription, query, method, webhooks }: Entry, body: Uint8Array): Promise<void> {
      if (inbox.full()) return end(notNow('too much waits'));
      const live = await parts.secretsOf(connector, subscription);
      if (live === undefined) return end(sources.forged(addressOfPeer(request)) ? TOO_MANY : UNKNOWN);
      const delivery: Delivery = { method, headers: headersOf(request), query, body, ...(subscription && { subscription }) };
      const verdict = await webhooks.verify(delivery, { secrets: live, now: now() });
      if (over) return;
      if (verdict.is === 'greeting') greet(verdict);
      else if (verdict.is === 'forged') forged(verdict.reason, webhooks);
      else if (method === 'GET') end(NO_GREETING);
      else await store(delivery, live, connector, webhooks);
    }

    function greet({ answer: { status, headers, body } }: Verdict & { is: 'greeting' }): void {
      answer(response, status, { 'x-content-type-options': 'nosniff', ...headers }, body); // throws what no header can say
      over = true;
      count(entry, 'greeting');
    }

    function forged(reason: string, webhooks: Webhooks): void {
      over = true;
      count(entry, 'forged', reason);
      if (sources.forged(addressOfPeer(request))) refuse(response, TOO_MANY, true);
      else answer(response, webhooks.answers?.forged ?? 401);
    }

    async function store(delivery: Delivery, live: readonly string[], connector: string, webhooks: Webhooks): Promise<void> {
      const identity = webhooks.identity?.(delivery);
      const arrival = {
        connector,
        delivery: withoutSecrets(delivery, live),
        at: now(),
        ...(identity === undefined ? {} : { identity }),
      };
      const fresh = await inbox.keep(arrival);
      if (over) return;
      over = true;
      count(entry, fresh ? 'accepted' : 'again');
      answer(response, webhooks.answers?.stored ?? 200);
    }
  }

  return {
    take(request, response) {
      if (!isOurs(request.url ?? '')) return false;
      void handle(request, response);
      return true;
    },
    idle: () => inbox.idle(),
  };
}

const addressOfPeer = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';

/** Node joins what came several times with `, `; the one header it gives as a list is none that a request has. */
function headersOf({ headers }: IncomingMessage): Delivery['headers'] {
  return headers as Delivery['headers'];
}
