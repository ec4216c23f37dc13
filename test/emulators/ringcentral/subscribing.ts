import type { Visit, World } from './desk.ts';
import { badParameter, json, nothing } from './errors.ts';
import { type Body, bodyOf, object, said } from './query.ts';
import type { Subscription, Wanted } from './subscriptions.ts';

export async function createSubscription(world: World, { me, clientId, call }: Visit) {
  const body = bodyOf(call);
  if (said(body, 'deliveryMode', 'transportType') !== 'WebHook') throw badParameter('deliveryMode.transportType');
  const made = await world.subscriptions.create(me, clientId, wantedIn(body));
  return json(world.subscriptions.view(made, world.places.platform));
}

function wantedIn(body: Body): Wanted {
  const { eventFilters, expiresIn } = body;
  if (eventFilters !== undefined && !Array.isArray(eventFilters)) throw badParameter('eventFilters');
  if (expiresIn !== undefined && typeof expiresIn !== 'number') throw badParameter('expiresIn');
  const mode = object(body.deliveryMode) ?? {};
  return {
    filters: eventFilters?.map((one) => (typeof one === 'string' ? one : fail())),
    address: said(mode, 'address'),
    // The guide still shows the older name.
    verificationToken: said(mode, 'verificationToken') ?? said(mode, 'validationToken'),
    expiresIn,
  };
}

function fail(): never {
  throw badParameter('eventFilters');
}

export function listSubscriptions(world: World, { me, clientId }: Visit) {
  const records = world.subscriptions.list(me, clientId).map((one) => world.subscriptions.view(one, world.places.platform));
  return json({ uri: `${world.places.platform}restapi/v1.0/subscription`, records });
}

function held(world: World, { me, clientId, params }: Visit): Subscription {
  return world.subscriptions.find(params[0] ?? '', me, clientId);
}

export function getSubscription(world: World, visit: Visit) {
  return json(world.subscriptions.view(held(world, visit), world.places.platform));
}

export async function updateSubscription(world: World, visit: Visit) {
  const renewed = await world.subscriptions.renew(held(world, visit), wantedIn(bodyOf(visit.call)));
  return json(world.subscriptions.view(renewed, world.places.platform));
}

export async function renewSubscription(world: World, visit: Visit) {
  const renewed = await world.subscriptions.renew(held(world, visit));
  return json(world.subscriptions.view(renewed, world.places.platform));
}

export function deleteSubscription(world: World, visit: Visit) {
  world.subscriptions.remove(held(world, visit));
  return nothing;
}
