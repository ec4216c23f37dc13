/**
 * Notifications: one address and one verifier token for the whole app, signed by HMAC-SHA256 over the raw bytes. Two shapes are
 * about, the older and CloudEvents; either may tell of several companies at once, and neither says what changed.
 */
import { createHash } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, parseExactly, textOf } from '#kit/json.ts';
import { isSigned } from '#kit/signature.ts';
import type { Delivery, News, Proof, Verdict, Webhooks } from '#kit/webhook.ts';

const SIGNATURE = 'intuit-signature';

/** Streams by the entity whose change is told, in small letters. */
const STREAMS: { readonly [entity: string]: string } = {
  customer: 'customers',
  item: 'items',
  estimate: 'estimates',
  invoice: 'invoices',
  payment: 'payments',
  creditmemo: 'creditMemos',
  term: 'terms',
};

export const webhooks: Webhooks = {
  secrets: 'app',
  tells: Object.values(STREAMS),
  types: ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'],
  verify,
  identity,
  parse,
};

function verify({ method, headers, body }: Delivery, { secrets }: Proof): Verdict {
  if (method !== 'POST') return { is: 'forged', reason: `a ${method}; QuickBooks sends POST` };
  const given = headers[SIGNATURE];
  if (given === undefined) return { is: 'forged', reason: `no ${SIGNATURE} header` };
  if (isSigned(given, secrets, [body], { encoding: 'base64' })) return { is: 'genuine' };
  return { is: 'forged', reason: `the ${SIGNATURE} is another` };
}

/** Newer events bear ids, and a delivery that comes again brings the same ones. Older ones that are alike may be two changes. */
function identity({ body }: Delivery): string | undefined {
  try {
    const said = read(body);
    const ids = objectsOf(Array.isArray(said) ? said : undefined).map(({ id }) => textOf(id) ?? '');
    return ids.length === 0 || ids.includes('') ? undefined : createHash('sha256').update(ids.join()).digest('hex');
  } catch {
    return undefined;
  }
}

/**
 * News in the order of the delivery, each thing once. Throws where it is no notification. An event that cannot be read spoils nothing of
 * the others, which may be of other companies; of it alone it is said.
 */
function parse({ body }: Delivery): News[] {
  const said = read(body);
  const once = new Map<string, News>();
  const problems: unknown[] = [];
  for (const [one, whole] of Array.isArray(said) ? said.map(eventOf) : notificationsOf(said)) {
    try {
      for (const news of newsOf(one, whole)) once.set(JSON.stringify(news), news);
    } catch (error) {
      problems.push(error);
    }
  }
  if (once.size === 0 && problems.length > 0) throw problems[0];
  return [...once.values()];
}

function read(body: Uint8Array): Json {
  try {
    return parseExactly(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Error(`a notification: found ${body.length} bytes that are no JSON; expected an object or a list of events`);
  }
}

interface Told {
  realm: string | undefined;
  entity: string | undefined;
  id: string | undefined;
  deletedId: string | undefined;
}

/** CloudEvents: `qbo.customer.created.v1`. */
function eventOf(event: Json): [Told, JsonObject] {
  const said = isObject(event) ? event : {};
  const [, entity] = (textOf(said.type) ?? '').split('.');
  const data = objectOf(said.data);
  return [
    {
      realm: textOf(said.intuitaccountid),
      entity,
      id: textOf(said.intuitentityid),
      deletedId: textOf(data?.deletedId) ?? textOf(data?.deletedid),
    },
    said,
  ];
}

function notificationsOf(said: Json): [Told, JsonObject][] {
  const list = isObject(said) ? said.eventNotifications : undefined;
  if (!Array.isArray(list))
    throw new Error(`a notification: found ${JSON.stringify(said).slice(0, 60)}; expected eventNotifications`);
  return objectsOf(list).flatMap((notification) =>
    objectsOf(objectOf(notification.dataChangeEvent)?.entities).map((one): [Told, JsonObject] => [
      {
        realm: textOf(notification.realmId),
        entity: textOf(one.name)?.toLowerCase(),
        id: textOf(one.id),
        deletedId: textOf(one.deletedId),
      },
      one,
    ]),
  );
}

/**
 * Events may come late, twice and in another order, and never carry values: each is a hint to look. What is deleted is looked at
 * too, for an older event may come last. Whatever we have no stream for says nothing.
 */
function newsOf({ realm, entity, id, deletedId }: Told, said: JsonObject): News[] {
  if (realm === undefined || entity === undefined || id === undefined) {
    throw new Error(`an event: found ${Object.keys(said).join(', ') || 'nothing'}; expected a company, an entity and its id`);
  }
  if (!Object.hasOwn(STREAMS, entity)) return [];
  const stream = STREAMS[entity]!;
  const ids = deletedId === undefined ? [id] : [id, deletedId];
  return ids.map((one): News => ({ account: realm, is: 'touched', stream, id: one }));
}
