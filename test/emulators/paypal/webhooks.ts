/** Webhooks of apps, the events for them, and their way: signed, sent, and sent again for three days until somebody takes them. */
import { randomUUID, sign, verify, X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Account, Ids } from './account.ts';
import { authority, type Certificate } from './certificates.ts';
import { post } from './delivery.ts';
import type { App } from './identity.ts';

export interface Webhook {
  id: string;
  app: App;
  url: string;
  /** Names of events, or `*`. */
  types: readonly string[];
}

export interface StoredEvent {
  id: string;
  app: App;
  type: string;
  at: number;
  /** As it goes over the wire, to the letter. */
  body: string;
  transmissions: Transmission[];
}

interface Transmission {
  id: string;
  webhook: Webhook;
  status: 'PENDING' | 'SUCCESS' | 'FAILURE';
  /** Of the last answer; 0: there was none. */
  http: number;
  tried: number;
  /** When it is tried next. */
  due: number;
}

/** What differs from a service that behaves. */
export interface Manners {
  /** Signs with this, in place of the emulator's own. */
  signer: Certificate;
  /** PEM that the address of the certificate gives. */
  chain: string;
  /** How long an answer may take, real ms. */
  within: number;
}

const MOST_TRIES = 25;
/** "25 times over the course of 3 days": so that the last comes in time. */
const FIRST_WAIT = 20_000;
const LONGEST_WAIT = 5 * 3_600_000;
const CERTS = 'https://api.paypal.com/v1/notifications/certs/';

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks(clock: Clock, ids: Ids, traffic?: Traffic) {
  const hooks = new Map<string, Webhook>();
  const events: StoredEvent[] = [];
  const under = new Set<Promise<void>>();
  const certificate = `CERT-${randomUUID().slice(0, 8)}-${randomUUID().slice(0, 8)}-${randomUUID().slice(0, 8)}`;
  let odd: Partial<Manners> = {};
  let paused = false;

  const signer = (): Certificate => odd.signer ?? authority().signer;

  function transmit(event: StoredEvent, one: Transmission): void {
    one.tried++;
    one.due = clock.now() + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (one.tried - 1));
    const sending: Promise<void> = post(one.webhook.url, headersOf(event.body, one), event.body, odd.within ?? 5_000, traffic)
      .then((status) => {
        one.http = status;
        if (status >= 200 && status < 300) one.status = 'SUCCESS';
        else if (one.tried >= MOST_TRIES) one.status = 'FAILURE';
      })
      .finally(() => under.delete(sending));
    under.add(sending);
  }

  /** What comes with a delivery; each try is signed anew, at its own time. */
  function headersOf(body: string, { id, webhook }: { id: string; webhook: Pick<Webhook, 'id'> }): { [name: string]: string } {
    const [time, signature] = signed(body, id, webhook.id);
    return {
      'PAYPAL-TRANSMISSION-ID': id,
      'PAYPAL-TRANSMISSION-TIME': time,
      'PAYPAL-TRANSMISSION-SIG': signature,
      'PAYPAL-AUTH-VERSION': 'v2',
      'PAYPAL-CERT-URL': CERTS + certificate,
      'PAYPAL-AUTH-ALGO': 'SHA256withRSA',
      'Content-Type': 'application/json',
      'Correlation-Id': id.slice(0, 13),
      'User-Agent': 'PayPal/AUHD-214.0-58391792',
    };
  }

  /** The specification wants a letter, a digit or `_` first: a second earlier is signed otherwise. */
  function signed(body: string, id: string, webhook: string): [time: string, signature: string] {
    for (let at = clock.now(); ; at -= 1_000) {
      const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
      const signature = sign('sha256', messageOf(id, time, webhook, Buffer.from(body)), signer().key).toString('base64');
      if (/^\w/.test(signature)) return [time, signature];
    }
  }

  function wanted(app: App, type: string): Webhook[] {
    return [...hooks.values()].filter(({ app: of, types }) => of === app && (types.includes('*') || types.includes(type)));
  }

  function tick(): void {
    const now = clock.now();
    for (const event of events) {
      for (const one of event.transmissions) if (one.status === 'PENDING' && one.due <= now) transmit(event, one);
    }
  }

  return {
    hooks,
    events,
    certificate,
    /** The chain behind the address of the certificate: what signed, and what issued that. */
    chain: (): string => odd.chain ?? authority().signer.pem + authority().between.pem,
    /** Something happened in an account: its app is told, wherever it wants to be. */
    publish(account: Account, app: App, type: string, resourceType: string, resource: Json): void {
      if (account.id !== app.account && !account.partners.has(app.clientId)) return;
      const id = ids.event();
      const self = `https://api.sandbox.paypal.com/v1/notifications/webhooks-events/${id}`;
      const body = JSON.stringify({
        id,
        event_version: '1.0',
        create_time: new Date(clock.now()).toISOString(),
        resource_type: resourceType,
        resource_version: '2.0',
        event_type: type,
        summary: `Something happened: ${type.toLowerCase().replaceAll('.', ' ')}`,
        resource,
        links: [
          { href: self, rel: 'self', method: 'GET' },
          { href: `${self}/resend`, rel: 'resend', method: 'POST' },
        ],
      });
      const event: StoredEvent = { id, app, type, at: clock.now(), body, transmissions: [] };
      events.push(event);
      for (const webhook of wanted(app, type)) this.send(event, webhook);
    },
    send(event: StoredEvent, webhook: Webhook): void {
      const one: Transmission = { id: randomUUID(), webhook, status: 'PENDING', http: 0, tried: 0, due: clock.now() };
      event.transmissions.push(one);
      if (!paused) transmit(event, one);
    },
    /**
     * A delivery as it would be sent now, for whoever sends it in another way. What PayPal's simulator sends is signed over the literal
     * id `WEBHOOK_ID`.
     */
    delivery(body: string, webhook: Pick<Webhook, 'id'>): { headers: { [name: string]: string }; body: string } {
      return { headers: headersOf(body, { id: randomUUID(), webhook }), body };
    },
    /** Is it signed by what is behind the certificate's address, for this webhook? */
    verified(given: { id: string; time: string; signature: string; webhook: string; body: Buffer }): boolean {
      const key = new X509Certificate(authority().signer.pem).publicKey;
      const message = messageOf(given.id, given.time, given.webhook, given.body);
      return verify('sha256', message, key, Buffer.from(given.signature, 'base64'));
    },
    tick,
    /** Holds deliveries back, and lets them go in their order or in the reverse. */
    pause: () => {
      paused = true;
    },
    release(reversed = false): void {
      paused = false;
      const waiting = events.flatMap((event) =>
        event.transmissions.filter(({ tried }) => tried === 0).map((one) => ({ event, one })),
      );
      for (const { event, one } of reversed ? waiting.reverse() : waiting) transmit(event, one);
    },
    async settled(): Promise<void> {
      tick();
      while (under.size > 0) await Promise.all(under);
    },
    behave: (manners: Partial<Manners>) => {
      odd = manners;
    },
  };
}

/** What is signed: CRC-32 of the very bytes of the body, as a positive decimal. */
export function messageOf(id: string, time: string, webhook: string, body: Uint8Array): Buffer {
  return Buffer.from(`${id}|${time}|${webhook}|${crc32(body)}`);
}
