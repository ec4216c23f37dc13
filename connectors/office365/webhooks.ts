/**
 * Change notifications (learn.microsoft.com/graph/change-notifications-delivery-webhooks). Microsoft signs none: what proves one is the
 * `clientState` that was given when subscribing, in each of its items.
 */
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { isSecret } from '#kit/signature.ts';
import type { Delivery, News, Proof, Verdict, Webhooks } from '#kit/webhook.ts';
import { find, look, renew, subscribe, TELLS, unsubscribe } from './subscriptions.ts';

export const webhooks: Webhooks = {
  secrets: 'subscription',
  tells: TELLS,
  // "202 Accepted" once it is queued.
  answers: { stored: 202 },
  // A greeting is text/plain, and empty.
  types: ['application/json', 'text/plain'],
  ...{ verify, greeting, parse, subscribe, renew, look, find, unsubscribe },
};

const GREETING = 'validationToken';

/** Longer than any token that was seen; it is sent back as it is. */
const LONGEST = 1_024;

/** A greeting comes while a subscription is made, and wants its token back: 200, text/plain, within 10 s. */
function verify({ method, query, body }: Delivery, { secrets }: Proof): Verdict {
  if (method !== 'POST') return { is: 'forged', reason: `a ${method}; Microsoft sends POST` };
  const token = new URLSearchParams(query).get(GREETING);
  if (token !== null && body.length === 0) return greeted(token);
  const items = itemsOf(body);
  if (items === undefined) return { is: 'forged', reason: 'no list of notifications' };
  // Every item is compared, whatever the others were.
  const proven = items.map((item) => isSecret(textOf(item.clientState), secrets));
  return proven.every(Boolean) ? { is: 'genuine' } : { is: 'forged', reason: 'the clientState is another' };
}

function greeted(token: string): Verdict {
  if (token === '' || token.length > LONGEST || !token.isWellFormed())
    return { is: 'forged', reason: `a ${GREETING} that is no token` };
  return { is: 'greeting', answer: { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: token } };
}

/** As it comes while a subscription is made. */
function greeting(token: string): Delivery {
  const query = `${GREETING}=${encodeURIComponent(token)}`;
  return { method: 'POST', headers: { 'content-type': 'text/plain; charset=utf-8' }, query, body: new Uint8Array() };
}

/** At least one; undefined where it is nothing of Graph's. */
function itemsOf(body: Uint8Array): readonly JsonObject[] | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    const value = isObject(json) ? json.value : undefined;
    const items = objectsOf(value);
    return Array.isArray(value) && items.length === value.length && items.length > 0 ? items : undefined;
  } catch {
    return undefined;
  }
}

/** Hints to look: what changed is read where it stands. Throws where it is no list of notifications. */
function parse({ query, body }: Delivery): News[] {
  const items = itemsOf(body);
  if (items === undefined) throw new Error(`a notification: found ${body.length} bytes that are no list of items`);
  const address = new URLSearchParams(query);
  return items.flatMap((item) => newsOf(item, address.get('account') ?? undefined, address.get('stream') ?? undefined));
}

/** Whose and what it is says `resource` (`Users/{id}/Contacts/{id}`); of what concerns a subscription itself, our own address. */
function newsOf(item: JsonObject, addressed: string | undefined, watched: string | undefined): News[] {
  const account = ownerIn(item.resource) ?? addressed;
  const subscription = textOf(item.subscriptionId);
  if (account === undefined || subscription === undefined) {
    throw new Error(`a notification: found ${Object.keys(item).join(', ')}; expected subscriptionId, and whose it is`);
  }
  const stream = streamOf(item) ?? watched;
  switch (item.lifecycleEvent) {
    case undefined:
      break;
    case 'reauthorizationRequired':
    case 'subscriptionRemoved':
      return [{ account, is: 'expiring', subscription }];
    default: // `missed`, and whatever else says that something was not told
      return stream === undefined ? [] : [{ account, is: 'touched', stream }];
  }
  if (stream === undefined) return []; // nothing we asked for
  const id = textOf(objectOf(item.resourceData)?.id);
  const anything: News = { account, is: 'touched', stream };
  if (id === undefined) return [anything];
  const itself: News = { account, is: 'touched', stream, id };
  if (item.changeType !== 'deleted') return [itself];
  // A contact in Deleted Items may answer to its id; a round says that it went. A series goes without a word in any round.
  return stream === 'contacts' ? [anything] : [itself, anything];
}

function ownerIn(resource: unknown): string | undefined {
  const id = typeof resource === 'string' ? /^\/?users(?:\/|\(')([^/'@)]+)/i.exec(resource)?.[1] : undefined;
  return id === undefined || id.toLowerCase() === 'me' ? undefined : id;
}

/** Letters are of either case, and the type is the surest word. */
function streamOf({ resource, resourceData }: JsonObject): string | undefined {
  const type = textOf(objectOf(resourceData)?.['@odata.type']) ?? textOf(resource) ?? '';
  return TELLS.find((stream) => type.toLowerCase().includes(stream.slice(0, -1)));
}
