/**
 * Notifications. RingCentral signs none: what proves one is the token that was given when subscribing, which comes back as
 * `Verification-Token`, or as `Validation-Token` where the guide's older name was used.
 */
import { isObject, type JsonObject, objectOf, objectsOf, parseExactly, textOf } from '#kit/json.ts';
import { isSecret } from '#kit/signature.ts';
import type { Delivery, News, Proof, Verdict, Webhooks } from '#kit/webhook.ts';
import { toEvent } from './party.ts';
import { idOf } from './records.ts';
import { find, look, renew, subscribe, unsubscribe } from './subscriptions.ts';

export const webhooks: Webhooks = {
  secrets: 'subscription',
  // Of personal contacts it tells nothing.
  tells: ['calls', 'messages', 'extensions'],
  ...{ verify, identity, greeting, parse, subscribe, renew, look, find, unsubscribe },
};

const GREETING = 'validation-token';
const PROOF = 'verification-token';

/**
 * A greeting comes while a subscription is made, before anybody knows it, and asks for its token back: 200, JSON, within 3 s and
 * 1024 bytes in all. A body that names an event is a notification even where that header is there.
 */
function verify({ method, headers, body }: Delivery, { secrets }: Proof): Verdict {
  if (method !== 'POST') return { is: 'forged', reason: `a ${method}; RingCentral sends POST` };
  const token = headers[GREETING];
  const proof = headers[PROOF];
  if (isSecret(proof, secrets) || isSecret(token, secrets)) {
    return token !== undefined && !namesEvent(body) ? greeted(token) : { is: 'genuine' };
  }
  if (token === undefined || namesEvent(body)) {
    return {
      is: 'forged',
      reason: proof === undefined && token === undefined ? `no ${PROOF} header` : `the ${PROOF} is another`,
    };
  }
  return greeted(token);
}

/** As it comes while a subscription is made. */
function greeting(token: string): Delivery {
  return {
    method: 'POST',
    headers: { [GREETING]: token, 'content-type': 'application/json' },
    query: '',
    body: new Uint8Array(),
  };
}

/** Only what can be a token is sent back: it becomes a header of ours. */
function greeted(token: string): Verdict {
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) return { is: 'forged', reason: `a ${GREETING} that is no token` };
  return {
    is: 'greeting',
    answer: { status: 200, headers: { [GREETING]: token, 'content-type': 'application/json' }, body: '' },
  };
}

function namesEvent(body: Uint8Array): boolean {
  return textOf(read(body)?.event) !== undefined;
}

function identity({ body }: Delivery): string | undefined {
  return textOf(read(body)?.uuid);
}

function read(body: Uint8Array): JsonObject | undefined {
  try {
    const json = parseExactly(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** News for the extension that subscribed. Throws where it is no notification, or one whose session cannot be read. */
function parse({ body: bytes }: Delivery): News[] {
  const envelope = read(bytes);
  const event = textOf(envelope?.event);
  const body = objectOf(envelope?.body);
  const account = idOf(envelope?.ownerId) ?? /\/extension\/(\d+)/.exec(event ?? '')?.[1];
  if (envelope === undefined || event === undefined || account === undefined) {
    const found = envelope === undefined ? `${bytes.length} bytes that are no JSON object` : Object.keys(envelope).join(', ');
    throw new Error(`a notification: found ${found || 'nothing'}; expected event, ownerId and body`);
  }
  const path = event.split('?', 1)[0]!;
  if (/\/subscription\/[^/]+$/.test(path)) return [expiring(account, envelope, body)];
  if (body === undefined) throw new Error(`a notification of ${path}: it has no body`);
  if (path.endsWith('/telephony/sessions')) return [{ account, is: 'call', event: toEvent(body) }];
  if (path.endsWith('/message-store')) return changedMessages(account, body);
  if (/\/(message-store\/instant|voicemail|fax)$/.test(path)) return [touched(account, 'messages', idOf(body.id))];
  if (/\/extension(\/[^/]+)?$/.test(path)) return [touched(account, 'extensions', idOf(body.extensionId))];
  return []; // nothing we asked for: presence and the like, of a subscription somebody else changed
}

/** It says how many changed, not which. */
function changedMessages(account: string, body: JsonObject): News[] {
  const changes = objectsOf(body.changes);
  const idle = changes.length > 0 && changes.every(({ newCount, updatedCount }) => newCount === 0 && updatedCount === 0);
  return idle ? [] : [touched(account, 'messages')];
}

function touched(account: string, stream: string, id?: string): News {
  return { account, is: 'touched', stream, ...(id !== undefined && { id }) };
}

function expiring(account: string, envelope: JsonObject, body: JsonObject | undefined): News {
  const subscription = textOf(envelope.subscriptionId) ?? textOf(body?.id);
  if (subscription === undefined) throw new Error('a reminder that names no subscription');
  return { account, is: 'expiring', subscription };
}
