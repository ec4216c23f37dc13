import { createHmac, randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Change } from './ledger.ts';

/** Where an app wants to be told, and with which key it is signed. */
export interface Subscription {
  url: string;
  key: string;
  state: 'intent' | 'active' | 'disabled';
}

interface Pending {
  events: Json[];
  first: number;
  due: number;
  tries: number;
  since: number;
}

const CATEGORY: { readonly [kind: string]: string } = { Contacts: 'CONTACT', Invoices: 'INVOICE', CreditNotes: 'CREDITNOTE' };
const WITHIN = 5_000;
const GIVE_UP = 24 * 3_600_000;
const MOST = 50;

export type Webhooks = ReturnType<typeof createWebhooks>;

/** One subscription for the app, over all its organisations: contacts, invoices and credit notes; created or updated and nothing else. */
export function createWebhooks(clock: Clock, traffic: Traffic | undefined, connected: (tenantId: string) => boolean) {
  let subscription: Subscription | undefined;
  let sequence = 0;
  let waiting: Json[] = [];
  let queue: Pending[] = [];
  let last: { body: string; signature: string } | undefined;

  function tell({ organisation, kind, id, event }: Change): void {
    const category = CATEGORY[kind];
    if (category === undefined || subscription?.state !== 'active' || !connected(organisation.id)) return;
    const object = organisation.books[kind].get(id.toLowerCase());
    const data = { Type: object?.Type ?? null, Status: object?.Status ?? null };
    waiting.push({
      resourceUrl: `https://api.xero.com/api.xro/2.0/${kind}/${id}`,
      resourceId: id,
      tenantId: organisation.id,
      tenantType: 'ORGANISATION',
      eventCategory: category,
      eventType: event,
      eventDateUtc: new Date(clock.now()).toISOString().slice(0, -1),
      ...(category === 'CREDITNOTE' && { data }),
    });
  }

  const bodyOf = (events: Json[], first: number): string =>
    JSON.stringify({
      events,
      firstEventSequence: events.length === 0 ? 0 : first,
      lastEventSequence: events.length === 0 ? 0 : first + events.length - 1,
      entropy: randomUUID().replaceAll('-', '').toUpperCase().slice(0, 20),
    });

  async function post(body: string, signature: string): Promise<number> {
    const url = subscription!.url;
    const headers = { 'content-type': 'application/json; charset=utf-8', 'x-xero-signature': signature };
    traffic?.notified({ service: 'xero', url, headers, body });
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(WITHIN), redirect: 'manual' });
      const text = await answer.text();
      return answer.status === 200 && text !== '' ? 0 : answer.status;
    } catch {
      return 0;
    }
  }

  const signed = (body: string, key = subscription!.key): string => createHmac('sha256', key).update(body).digest('base64');

  /** Several posts, some signed right and some wrong: 200 for the right, 401 for the wrong, else it is not active. */
  async function intend(): Promise<boolean> {
    const outcomes: boolean[] = [];
    for (const right of [true, false, true, false]) {
      const body = bodyOf([], 0);
      const status = await post(body, right ? signed(body) : signed(body, 'another key'));
      outcomes.push(status === (right ? 200 : 401));
    }
    return outcomes.every((fine) => fine);
  }

  async function send(one: Pending): Promise<void> {
    const body = bodyOf(one.events, one.first);
    last = { body, signature: signed(body) };
    if ((await post(body, last.signature)) === 200) {
      queue = queue.filter((other) => other !== one);
      return;
    }
    one.tries++;
    one.due = clock.now() + 60_000 * 2 ** Math.min(one.tries, 8);
    if (clock.now() - one.since < GIVE_UP) return;
    subscription!.state = 'disabled';
    queue = [];
  }

  return {
    tell,
    /** Somebody saves the address in the developer's console. */
    async subscribe(url: string, key: string): Promise<Subscription> {
      subscription = { url, key, state: 'intent' };
      if (await intend()) subscription.state = 'active';
      return subscription;
    },
    subscription: () => subscription,
    /** Sends what is due, until nothing more is. */
    async settled(): Promise<void> {
      while (waiting.length > 0) {
        const events = waiting.slice(0, MOST);
        waiting = waiting.slice(MOST);
        queue.push({ events, first: sequence + 1, due: clock.now(), tries: 0, since: clock.now() });
        sequence += events.length;
      }
      for (const one of [...queue]) if (one.due <= clock.now() && subscription?.state === 'active') await send(one);
    },
    /** Events that were told and not taken yet. */
    pending: () => waiting.length + queue.reduce((sum, { events }) => sum + events.length, 0),
    /** Sends the last delivery once more, to the letter. */
    async again(): Promise<void> {
      if (last !== undefined) await post(last.body, last.signature);
    },
  };
}
