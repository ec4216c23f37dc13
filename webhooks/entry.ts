/** What can be said of a request from its first lines, before its body is read. */
import type { IncomingMessage } from 'node:http';
import type { Delivery, Webhooks } from '#kit/webhook.ts';
import type { Address } from './address.ts';
import type { Refusal } from './answer.ts';
import { BODY_LIMIT, TOO_LARGE } from './body.ts';

export interface Entry extends Address {
  method: Delivery['method'];
  webhooks: Webhooks;
}

const JSON_ONLY: readonly string[] = ['application/json'];

/** Where it goes, or why it is not taken. */
export function enter(
  request: IncomingMessage,
  address: Address | undefined,
  webhooksOf: (connector: string) => Webhooks | undefined,
): Entry | Refusal {
  const webhooks = address && webhooksOf(address.connector);
  if (address === undefined || webhooks === undefined) return missing('unknown connector', 'No service calls this address.');
  if (webhooks.secrets === 'app' && address.subscription !== undefined) {
    return missing('unknown subscription', 'This service has one address for all: leave out what follows its name.');
  }
  if (webhooks.secrets === 'subscription' && address.subscription === undefined) {
    return missing('unknown subscription', 'This service has an address for each subscription: its id is missing.');
  }
  const { method } = request;
  if (method !== 'GET' && method !== 'POST') {
    return { status: 405, reason: 'method', say: 'Send it as POST.', headers: { allow: 'GET, POST' } };
  }
  return unreadable(request, webhooks) ?? { ...address, method, webhooks };
}

const missing = (reason: string, say: string): Refusal => ({ status: 404, reason, say });

function unreadable({ headers, httpVersion }: IncomingMessage, webhooks: Webhooks): Refusal | undefined {
  if (httpVersion === '1.0') {
    return {
      status: 505,
      reason: 'HTTP/1.0',
      say: 'Send it as HTTP/1.1; a proxy between has to as well (proxy_http_version 1.1;).',
    };
  }
  // A few bytes may unpack to gigabytes, and signatures are of what was sent: nobody needs it.
  const packed = headers['content-encoding'];
  if (packed !== undefined && packed.toLowerCase() !== 'identity') {
    return { status: 415, reason: 'compressed', say: 'Send the body as it is, without Content-Encoding.' };
  }
  const length = headers['content-length'];
  if (length !== undefined && Number(length) > BODY_LIMIT) return TOO_LARGE;
  if (length === '0' || (length === undefined && headers['transfer-encoding'] === undefined)) return undefined;
  const types = webhooks.types ?? JSON_ONLY;
  const type = headers['content-type'];
  if (type !== undefined && (types.includes(type) || types.includes(type.split(';', 1)[0]!.trim().toLowerCase())))
    return undefined;
  return { status: 415, reason: 'content type', say: `Send the body as ${types.join(' or ')}.` };
}
