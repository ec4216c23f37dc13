import { badRequest, json, nothing } from './errors.ts';
import type { Thing } from './thing.ts';
import type { Visit } from './visit.ts';

const MEMBERS = new Set([
  ...['changeType', 'notificationUrl', 'lifecycleNotificationUrl', 'resource', 'expirationDateTime', 'clientState'],
  'latestSupportedTlsVersion',
]);

function given({ body = {} }: Visit, needed: readonly string[], allowed: ReadonlySet<string> = MEMBERS): Thing {
  const strange = Object.keys(body).find((name) => !allowed.has(name));
  if (strange !== undefined) throw badRequest(`The property '${strange}' cannot be given here.`, 'InvalidRequest');
  const lacking = needed.find((name) => typeof body[name] !== 'string');
  if (lacking !== undefined) throw badRequest(`The property '${lacking}' is required.`, 'InvalidRequest');
  return body;
}

const answer = (visit: Visit, thing: Thing, status = 200) =>
  json({ '@odata.context': `${visit.root}/$metadata#subscriptions/$entity`, ...thing }, status);

export async function createSubscription(visit: Visit) {
  const { account, subscriptions, immutable } = visit;
  const wanted = given(visit, ['changeType', 'notificationUrl', 'resource', 'expirationDateTime']);
  return answer(visit, subscriptions.view(await subscriptions.create(account, wanted, immutable)), 201);
}

export function listSubscriptions({ account, subscriptions, root }: Visit) {
  return json({
    '@odata.context': `${root}/$metadata#subscriptions`,
    value: subscriptions.list(account).map(subscriptions.view),
  });
}

const held = ({ account, subscriptions, params }: Visit) => subscriptions.find(account, params[0] ?? '');

export function getSubscription(visit: Visit) {
  return answer(visit, visit.subscriptions.view(held(visit)));
}

/** Its end alone can be changed. */
export function updateSubscription(visit: Visit) {
  const one = held(visit);
  return answer(
    visit,
    visit.subscriptions.view(
      visit.subscriptions.renew(one, given(visit, ['expirationDateTime'], new Set(['expirationDateTime']))),
    ),
  );
}

export function reauthorizeSubscription(visit: Visit) {
  visit.subscriptions.reauthorize(held(visit));
  return nothing();
}

export function deleteSubscription(visit: Visit) {
  visit.subscriptions.remove(held(visit));
  return nothing();
}
