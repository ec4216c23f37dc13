/**
 * Notifications: one address for the app and all its organisations, saved in the developer's console. They name what was created or
 * updated and nothing of it; archived, voided and paid are updates too, and of payments, quotes and items there are none.
 */
import { isObject, type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import { isSigned, signatureOf } from '#kit/signature.ts';
import type { Delivery, News, Proof, Verdict, Webhooks } from '#kit/webhook.ts';

const SIGNATURE = 'x-xero-signature';
const SIGNING = { encoding: 'base64' } as const;

export const webhooks: Webhooks = {
  secrets: 'app',
  tells: ['contacts', 'invoices', 'creditNotes'],
  ...{ verify, identity, greeting, parse },
};

/**
 * Over the raw bytes. What is signed and says nothing is the "intent to receive", sent several times when the address is saved: 200 for
 * those signed right and 401 for those signed wrong, without a body (webhooks/configuring-your-server).
 */
function verify({ method, headers, body }: Delivery, { secrets }: Proof): Verdict {
  if (method !== 'POST') return { is: 'forged', reason: `a ${method}; Xero sends POST` };
  const given = headers[SIGNATURE];
  if (given === undefined) return { is: 'forged', reason: `no ${SIGNATURE} header` };
  if (!isSigned(given, secrets, [body], SIGNING)) return { is: 'forged', reason: `the ${SIGNATURE} is another` };
  const said = read(body);
  const empty = said !== undefined && Array.isArray(said.events) && said.events.length === 0;
  return empty ? { is: 'greeting', answer: { status: 200, headers: {}, body: '' } } : { is: 'genuine' };
}

/** A delivery that is sent again is the same to the letter, and so is its signature. */
function identity({ headers }: Delivery): string | undefined {
  return headers[SIGNATURE];
}

function greeting(token: string, { secrets }: Proof): Delivery {
  const text = JSON.stringify({ events: [], lastEventSequence: 0, firstEventSequence: 0, entropy: token });
  const body = new TextEncoder().encode(text);
  const signature = signatureOf(secrets[0] ?? '', [body], SIGNING);
  return { method: 'POST', headers: { [SIGNATURE]: signature, 'content-type': 'application/json' }, query: '', body };
}

const STREAMS: { readonly [category: string]: string } = { CONTACT: 'contacts', INVOICE: 'invoices', CREDITNOTE: 'creditNotes' };

/** Rows to be read again. An invoice that changed may have been paid, and of payments nothing else tells. */
function parse({ body }: Delivery): News[] {
  const said = read(body);
  if (said === undefined || !Array.isArray(said.events)) {
    throw new Error(`a notification: found ${body.length} bytes; expected an object with events`);
  }
  return objectsOf(said.events).flatMap((event): News[] => {
    const account = textOf(event.tenantId);
    const category = String(event.eventCategory);
    const stream = Object.hasOwn(STREAMS, category) ? STREAMS[category] : undefined;
    const id = textOf(event.resourceId);
    if (account === undefined || stream === undefined || id === undefined || event.tenantType !== 'ORGANISATION') return [];
    const news: News[] = [{ account, is: 'touched', stream, id }];
    if (stream === 'invoices' && event.eventType === 'UPDATE') news.push({ account, is: 'touched', stream: 'payments' });
    return news;
  });
}

function read(body: Uint8Array): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
