/** The operations of `/v1/notifications`: webhooks of the app, events kept, and verification by postback. */
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';
import type { Visit, World } from './desk.ts';
import { ApiError, json, malformed, missing, nothing } from './errors.ts';
import { type Body, bodyOf, jsonOf, natural, object, required, text } from './query.ts';
import type { StoredEvent, Webhook } from './webhooks.ts';

const HOST = 'https://api.sandbox.paypal.com/v1/notifications';
const MOST = 10;

function view({ id, url, types }: Webhook): { [member: string]: Json } {
  const link = (rel: string, method: string) => ({ href: `${HOST}/webhooks/${id}`, rel, method });
  const event_types = types.map((name): Json => ({ name, description: name, status: 'ENABLED' }));
  return { id, url, event_types, links: [link('self', 'GET'), link('update', 'PATCH'), link('delete', 'DELETE')] };
}

const own = (world: World, { app }: Visit): Webhook[] => [...world.webhooks.hooks.values()].filter((one) => one.app === app);

export function createWebhook(world: World, visit: Visit): Answer {
  const body = bodyOf(visit.call);
  const url = urlIn(text(body, 'url', 2048));
  const types = typesIn(body.event_types);
  const mine = own(world, visit);
  if (mine.some((one) => one.url === url)) throw conflict('WEBHOOK_URL_ALREADY_EXISTS', 'Webhook URL already exists');
  if (mine.length >= MOST) throw conflict('WEBHOOK_NUMBER_LIMIT_EXCEEDED', 'Number of webhooks limit exceeded');
  const webhook: Webhook = { id: world.ids.payment(), app: visit.app, url, types };
  world.webhooks.hooks.set(webhook.id, webhook);
  return json(view(webhook), 201);
}

function conflict(name: string, message: string): ApiError {
  return new ApiError(400, name, message);
}

/** Only https on its own port; to this machine http will do. */
function urlIn(given: string | undefined): string {
  const url = required(given, 'url');
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const here = parsed?.protocol === 'http:' && /^(127\.0\.0\.1|localhost)$/.test(parsed.hostname);
  if (parsed !== undefined && (here || (parsed.protocol === 'https:' && parsed.port === ''))) return url;
  throw malformed({ issue: 'Not a valid webhook URL', field: 'url', value: url, location: 'body' });
}

function typesIn(given: Json | undefined): string[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > 500)
    throw malformed({ issue: 'Event types are missing', field: 'event_types', location: 'body' });
  return given.map((one) => {
    const name = text(object(one), 'name');
    if (name === '*' || /^[A-Z][A-Z0-9-]*(\.[A-Z0-9-]+)+$/.test(name ?? '')) return name!;
    throw malformed({ issue: 'Unknown event type', field: 'event_types', value: String(name), location: 'body' });
  });
}

function held(world: World, visit: Visit): Webhook {
  const found = world.webhooks.hooks.get(visit.params[0] ?? '');
  if (found === undefined || found.app !== visit.app) throw missing('The webhook');
  return found;
}

export function listWebhooks(world: World, visit: Visit): Answer {
  return json({ webhooks: own(world, visit).map(view) });
}

export function getWebhook(world: World, visit: Visit): Answer {
  return json(view(held(world, visit)));
}

export function updateWebhook(world: World, visit: Visit): Answer {
  const webhook = held(world, visit);
  const patch = jsonOf(visit.call);
  if (!Array.isArray(patch)) throw malformed({ issue: 'MALFORMED_REQUEST_JSON' });
  for (const step of patch) {
    const { op, path, value } = object(step) ?? {};
    if (op !== 'replace') throw malformed({ issue: 'Only replace is supported', field: 'op', location: 'body' });
    if (path === '/url') webhook.url = urlIn(typeof value === 'string' ? value : undefined);
    else if (path === '/event_types') webhook.types = typesIn(value);
    else throw malformed({ issue: 'Unknown path', field: 'path', value: String(path), location: 'body' });
  }
  return json(view(webhook));
}

export function deleteWebhook(world: World, visit: Visit): Answer {
  world.webhooks.hooks.delete(held(world, visit).id);
  return nothing;
}

/** An event that is kept says more than one that is delivered: what became of its transmissions. */
function stored({ body, transmissions }: StoredEvent): { [member: string]: Json } {
  return {
    ...(JSON.parse(body) as { [member: string]: Json }),
    transmissions: transmissions.map(({ webhook, http, id, status }) => ({
      webhook_url: webhook.url,
      http_status: http,
      transmission_id: id,
      status,
    })),
  };
}

export function listEvents(world: World, { app, call }: Visit): Answer {
  const { query } = call;
  const size = natural(query, 'page_size', 10, 1, 300);
  const [from, to] = [Date.parse(query.get('start_time') ?? ''), Date.parse(query.get('end_time') ?? '')];
  const type = query.get('event_type');
  const found = world.webhooks.events.filter(
    (one) => one.app === app && !(one.at < from) && !(one.at > to) && (type === null || one.type === type),
  );
  return json({ events: found.slice(-size).reverse().map(stored), count: found.length, links: [] });
}

function eventOf(world: World, { app, params }: Visit): StoredEvent {
  const found = world.webhooks.events.find(({ id, app: of }) => id === params[0] && of === app);
  if (found === undefined) throw missing('The event');
  return found;
}

export function getEvent(world: World, visit: Visit): Answer {
  return json(stored(eventOf(world, visit)));
}

export function resendEvent(world: World, visit: Visit): Answer {
  const event = eventOf(world, visit);
  const { webhook_ids: ids } = bodyOf(visit.call);
  for (const one of own(world, visit)) if (!Array.isArray(ids) || ids.includes(one.id)) world.webhooks.send(event, one);
  return json(stored(event), 202);
}

/** The event is judged by the bytes it came in, spliced into the request: another spelling of the same is a failure. */
export function verifySignature(world: World, { call }: Visit): Answer {
  const body = bodyOf(call);
  const of = (name: string) => required(text(body, name, 500), name);
  const given = {
    id: of('transmission_id'),
    time: of('transmission_time'),
    signature: of('transmission_sig'),
    webhook: of('webhook_id'),
  };
  of('auth_algo');
  const at = new URL(URL.canParse(of('cert_url')) ? of('cert_url') : 'https://nowhere.invalid');
  const known = at.hostname === 'api.paypal.com' && at.pathname.endsWith(`/${world.webhooks.certificate}`);
  const good = known && world.webhooks.verified({ ...given, body: eventBytes(call.body, body) });
  return json({ verification_status: good ? 'SUCCESS' : 'FAILURE' });
}

/** The text of the member, from its first brace to the one that ends it. */
function eventBytes(request: Buffer, body: Body): Buffer {
  required(object(body.webhook_event), 'webhook_event');
  const whole = request.toString();
  const begin = whole.indexOf('{', whole.indexOf('"webhook_event"') + '"webhook_event"'.length);
  for (let end = whole.indexOf('}', begin); end > 0; end = whole.indexOf('}', end + 1)) {
    const piece = whole.slice(begin, end + 1);
    try {
      JSON.parse(piece);
      return Buffer.from(piece);
    } catch {
      // a brace inside
    }
  }
  throw malformed({ issue: 'MALFORMED_REQUEST_JSON' });
}
