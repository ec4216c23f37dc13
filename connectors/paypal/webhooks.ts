/**
 * Notifications. Each is signed with PayPal's key over its id, its time, the id of our webhook, and the CRC-32 of the very bytes of its
 * body; which webhook's it is, is the whole of what a stranger does not know how to have signed.
 */
import { verify as isSignedBy } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Context } from '#kit/context.ts';
import { isObject, type JsonObject, objectOf, parseExactly, textOf } from '#kit/json.ts';
import { ageProblem, WINDOW_MS } from '#kit/signature.ts';
import type { Delivery, News, Proof, Verdict, Webhooks } from '#kit/webhook.ts';
import { judge, openCertificates, placeOf } from './certificates.ts';
import { download } from './client.ts';
import { postback, type Signed } from './postback.ts';
import { msOf } from './records.ts';
import { find, look, renew, subscribe, unsubscribe } from './subscriptions.ts';

export const webhooks: Webhooks = {
  secrets: 'subscription',
  ...{ verify, identity, parse, subscribe, renew, look, find, unsubscribe },
};

/** "25 retries over 3 days" (doc: webhooks): a delivery may be as old as that and genuine. */
const OLDEST = 4 * 86_400_000;

/** What ids of webhooks look like: 17 signs. What was agreed before there is one is longer. */
const WEBHOOK = /^[A-Za-z0-9]{10,30}$/;

/** What anybody can have PayPal sign, by its simulator: never a proof. */
const SIMULATOR = 'WEBHOOK_ID';

const certificates = openCertificates();

async function verify(delivery: Delivery, proof: Proof): Promise<Verdict> {
  const { method, headers, body } = delivery;
  const signed = signedIn(headers);
  const ids = proof.secrets.filter((id) => id !== SIMULATOR && WEBHOOK.test(id));
  if (method !== 'POST') return forged(`a ${method}; PayPal sends POST`);
  if (signed === undefined) return forged('no signature');
  if (headers['paypal-auth-algo']?.toUpperCase() !== 'SHA256WITHRSA') return forged('another algorithm');
  const at = msOf(signed.time);
  const age = ageProblem(at, proof.now, at !== undefined && at > proof.now ? WINDOW_MS : OLDEST);
  if (at === undefined || age !== undefined) return forged(age ?? 'no timestamp');
  const place = placeOf(signed.certificate);
  if (place === undefined) return forged('a certificate from elsewhere');
  if (ids.length === 0) return { is: 'unproven', reason: 'the webhook is being made' };
  let ctx: Context | undefined;
  const lent = async (): Promise<Context> => {
    ctx ??= await proof.lend?.();
    if (ctx === undefined) throw new Error('nothing is lent to ask PayPal with');
    return ctx;
  };
  let pem: string;
  try {
    pem = await certificates(place.path, async (path) => download(await lent(), 'certs.get', path));
  } catch {
    return asked(lent, signed, ids, body);
  }
  const judged = judge(pem, place.house.name, at);
  if (judged.is === 'bad') return forged(judged.reason);
  if (judged.is === 'incomplete') return asked(lent, signed, ids, body);
  const genuine = ids.some((id) => isSignedBy('RSA-SHA256', messageOf(signed, id, body), judged.key, signed.signature));
  return genuine ? { is: 'genuine' } : forged('wrong signature');
}

/** PayPal itself is asked, where its certificate cannot be judged here; and where it cannot be asked either, the sender tries again. */
async function asked(lent: () => Promise<Context>, signed: Signed, ids: readonly string[], body: Uint8Array): Promise<Verdict> {
  try {
    const ctx = await lent();
    for (const id of ids) if (await postback(ctx, signed, id, body)) return { is: 'genuine' };
    return forged('PayPal says it is none of its own');
  } catch {
    return { is: 'unproven', reason: 'PayPal cannot be asked' };
  }
}

const forged = (reason: string): Verdict => ({ is: 'forged', reason });

function signedIn(headers: Delivery['headers']): Signed | undefined {
  const [id, time] = [headers['paypal-transmission-id'], headers['paypal-transmission-time']];
  const [signature, certificate] = [headers['paypal-transmission-sig'], headers['paypal-cert-url']];
  if (!id || !time || !signature || !certificate) return undefined;
  return /^[\w-]{1,50}$/.test(id) && /^[\w+/=]{1,500}$/.test(signature)
    ? { id, time, signature: Buffer.from(signature, 'base64'), certificate }
    : undefined;
}

/** What is signed. The time as it was written; the CRC as a positive decimal. */
export function messageOf({ id, time }: Pick<Signed, 'id' | 'time'>, webhook: string, body: Uint8Array): Buffer {
  return Buffer.from(`${id}|${time}|${webhook}|${crc32(body)}`);
}

function identity({ body }: Delivery): string | undefined {
  return textOf(read(body)?.id);
}

function read(body: Uint8Array): JsonObject | undefined {
  try {
    const json = parseExactly(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** Invoices, products and disputes do not say whose they are. */
const UNNAMED = 'unnamed';

/**
 * Which thing to look at again: what the event says of its state may be older than what we hold. A payment shows in the reports hours
 * later, so the stream is looked at, not a row. Every field but three may be missing.
 */
function parse({ body }: Delivery): News[] {
  const event = read(body);
  const [type, resource] = [textOf(event?.event_type), objectOf(event?.resource)];
  if (type === undefined || resource === undefined) {
    const found = event === undefined ? `${body.length} bytes that are no JSON object` : Object.keys(event).join(', ');
    throw new Error(`a notification: found ${found || 'nothing'}; expected event_type and resource`);
  }
  // It comes to the address of one connection, so that whose it is need not be said; reports name the account that was paid.
  const account = textOf(objectOf(resource.payee)?.merchant_id) ?? UNNAMED;
  const touched = (stream: string, id?: string): News => ({ account, is: 'touched', stream, ...(id !== undefined && { id }) });
  if (type.startsWith('INVOICING.INVOICE.')) {
    const invoice = touched('invoices', textOf(objectOf(resource.invoice)?.id) ?? textOf(resource.id));
    return /\.(PAID|REFUNDED)$/.test(type) ? [invoice, touched('transactions')] : [invoice];
  }
  if (/^PAYMENT\.(CAPTURE|SALE|REFUND)\./.test(type)) return [touched('transactions')];
  if (type.startsWith('CUSTOMER.DISPUTE.'))
    return [touched('disputes', textOf(resource.dispute_id) ?? textOf(resource.id)), touched('transactions')];
  if (type.startsWith('CATALOG.PRODUCT.')) return [touched('products', textOf(resource.id))];
  return []; // nothing we asked for: orders, subscriptions, of a webhook somebody else changed
}
