/**
 * The gate for inbound webhooks: proves, stores, answers. Nothing else happens in the request; 2xx is said only when the delivery is
 * committed. What a service's engineer sees of it is in README.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '#kit/context.ts';
import type { Delivery, Proof, Webhooks } from '#kit/webhook.ts';
import { addressOf, isOurs } from './address.ts';
import { answer, notNow, type Outcome, type Refusal, type Reply, refused } from './answer.ts';
import { readBody } from './body.ts';
import { openDeadlines } from './deadline.ts';
import { type Entry, enter } from './entry.ts';
import type { Arrival, Inbox } from './inbox.ts';
import { openSources } from './sources.ts';
import { together } from './together.ts';
import { withoutSecrets } from './traces.ts';

export interface Gate {
  /** Answers the request if its address is the gate's; false where it is not, and nothing was done. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  /** Resolves when nothing waits to be stored. */
  idle(): Promise<void>;
}

export interface GateParts {
  /** The webhooks of a connector; undefined where there is no such connector, or it has none. */
  webhooksOf(connector: string): Webhooks | undefined;
  /**
   * Live secrets of a connector's app, or of one subscription, newest first: two during a rotation, none where nothing was agreed.
   * Undefined: there is no such subscription. Rejects where nobody can tell now. Asked by every delivery.
   */
  secretsOf(connector: string, subscription: string | undefined): Promise<readonly string[] | undefined>;
  /** What the connection is lent that a subscription is for. Rejects where it cannot be now. Asked only by connectors that need it. */
  lend?(connector: string, subscription: string): Promise<Context>;
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
const CUT_SHORT: Refusal = { status: 400, reason: 'cut short' };
const NO_GREETING: Refusal = { status: 405, reason: 'method', say: 'Send it as POST.', headers: { allow: 'POST' } };

export function openGate(parts: GateParts): Gate {
  const { now } = parts;
  const inbox = together(parts.inbox, (connectors) => parts.woken?.(connectors));
  const sources = openSources(now);
  const deadlines = openDeadlines(parts.patience ?? PATIENCE_MS);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = enter(request, addressOf(request.url ?? ''), parts.webhooksOf);
    let over = false;
    const say = (reply: Reply): void => {
      if (over) return;
      answer(response, reply);
      over = true;
      parts.count?.('webhooks' in entry ? entry.connector : 'unknown', reply.outcome, reply.reason);
    };
    const inTime = deadlines.set(() => say(request.complete ? notNow('store is slow') : refused(LATE, true)));
    try {
      const body = await readBody(request, 'webhooks' in entry);
      if (!('webhooks' in entry)) say(refused(entry, !request.complete));
      else if (body === 'gone') say(refused(CUT_SHORT, true));
      else if ('status' in body) say(refused(body, !request.complete));
      else if (!over) say(await judge(request, entry, body));
    } catch {
      say(notNow('failed'));
    } finally {
      inTime();
    }
  }

  async function judge(request: IncomingMessage, entry: Entry, body: Uint8Array): Promise<Reply> {
    const { connector, subscription, query, method, webhooks } = entry;
    if (inbox.full()) return notNow('too much waits');
    const live = await parts.secretsOf(connector, subscription);
    if (live === undefined) return forged(request, refused(UNKNOWN));
    const delivery: Delivery = { method, headers: headersOf(request), query, body, ...(subscription && { subscription }) };
    const verdict = await webhooks.verify(delivery, { secrets: live, now: now(), ...lending(connector, subscription) });
    switch (verdict.is) {
      case 'greeting': {
        const { headers, ...said } = verdict.answer;
        return { outcome: 'greeting', reason: '', ...said, headers: { 'x-content-type-options': 'nosniff', ...headers } };
      }
      case 'forged':
        return forged(request, { outcome: 'forged', reason: verdict.reason, status: webhooks.answers?.forged ?? 401 });
      case 'unproven':
        return notNow(verdict.reason);
      case 'genuine':
        return method === 'GET' ? refused(NO_GREETING) : store(entry, delivery, live);
    }
  }

  function lending(connector: string, subscription: string | undefined): Pick<Proof, 'lend'> {
    const { lend } = parts;
    return lend === undefined || subscription === undefined ? {} : { lend: () => lend(connector, subscription) };
  }

  /** One too many from this source is told to stop; only what is forged is ever asked. */
  function forged({ socket }: IncomingMessage, reply: Reply): Reply {
    if (!sources.forged(socket.remoteAddress ?? '')) return reply;
    return { outcome: reply.outcome, reason: reply.reason, status: 429, headers: { 'retry-after': '60' }, last: true };
  }

  async function store({ connector, webhooks }: Entry, delivery: Delivery, live: readonly string[]): Promise<Reply> {
    const identity = webhooks.identity?.(delivery);
    const arrival: Arrival = { connector, delivery: withoutSecrets(delivery, live), at: now() };
    if (identity !== undefined) arrival.identity = identity;
    const fresh = await inbox.keep(arrival);
    return { outcome: fresh ? 'accepted' : 'again', reason: '', status: webhooks.answers?.stored ?? 200 };
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

/** Node joins what came several times with `, `; the one header it gives as a list is none that a request has. */
function headersOf({ headers }: IncomingMessage): Delivery['headers'] {
  return headers as Delivery['headers'];
}
