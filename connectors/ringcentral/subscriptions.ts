/** The promise to call our webhook: for the whole account where whoever is connected may, else for their own extension. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Subscribed, Wanted } from '#kit/webhook.ts';
import { ACCOUNT, ask, EXTENSION } from './client.ts';
import { isForbiddenToPerson, isMissing } from './faults.ts';
import { msOf } from './records.ts';

const PATH = 'subscription';
/** A week: long enough to outlive an outage, short enough that an address nobody renews is soon forgotten. */
const LIFE = 604_800;
/** Reminds a day before the end, every four hours: `threshold` is at most half of the life, `interval` at most half of that. */
const REMINDER = '/restapi/v1.0/subscription/~?threshold=86400&interval=14400';

type Whose = 'account' | 'extension';

/** RingCentral greets the address before it answers. */
export async function subscribe(ctx: Context, wanted: Wanted): Promise<Subscribed> {
  const deliveryMode = { transportType: 'WebHook', address: wanted.url, verificationToken: wanted.secret };
  return widest(ctx, wanted, (eventFilters) =>
    ask(ctx, {
      name: 'createSubscription',
      group: 'medium',
      method: 'POST',
      path: PATH,
      body: { eventFilters, deliveryMode, expiresIn: LIFE },
    }),
  );
}

export async function renew(ctx: Context, id: string, wanted: Wanted): Promise<Subscribed> {
  return widest(ctx, wanted, (eventFilters) => update(ctx, id, eventFilters));
}

export async function look(ctx: Context, id: string): Promise<Subscribed | undefined> {
  try {
    return subscribed(await ask(ctx, { name: 'readSubscription', group: 'light', path: `${PATH}/${encodeURIComponent(id)}` }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function find(ctx: Context, url: string): Promise<Subscribed | undefined> {
  const answer = await ask(ctx, { name: 'listSubscriptions', group: 'light', path: PATH });
  const found = objectsOf(answer.records).find((one) => textOf(objectOf(one.deliveryMode)?.address) === url);
  return found && subscribed(found);
}

export async function unsubscribe(ctx: Context, id: string): Promise<void> {
  try {
    const path = `${PATH}/${encodeURIComponent(id)}`;
    await ask(ctx, { name: 'deleteSubscription', group: 'medium', method: 'DELETE', path });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function update(ctx: Context, id: string, eventFilters: string[]): Promise<JsonObject> {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const body = { eventFilters, expiresIn: LIFE };
  return ask(ctx, { name: 'updateSubscription', group: 'medium', method: 'PUT', path, body });
}

/** For the account; where that is refused, or comes back with a filter switched off, for the extension. */
async function widest(ctx: Context, wanted: Wanted, send: (filters: string[]) => Promise<JsonObject>): Promise<Subscribed> {
  if (ctx.settings.ownCallsOnly === true) return subscribed(await send(filtersFor(wanted.streams, 'extension')));
  let answer: JsonObject;
  try {
    answer = await send(filtersFor(wanted.streams, 'account'));
  } catch (error) {
    if (!isForbiddenToPerson(error)) throw error;
    return subscribed(await send(filtersFor(wanted.streams, 'extension')));
  }
  const disabled = objectsOf(answer.disabledFilters).map((one) => textOf(one.filter) ?? '');
  const id = textOf(answer.id);
  if (id === undefined || !disabled.some((filter) => filter.includes(SESSIONS))) return subscribed(answer);
  return subscribed(await update(ctx, id, filtersFor(wanted.streams, 'extension')));
}

const SESSIONS = '/telephony/sessions';

/** Event filters for the streams in use: pure. */
export function filtersFor(streams: readonly string[], whose: Whose): string[] {
  const [account, extension] = [`/restapi/v1.0/${ACCOUNT}`, `/restapi/v1.0/${EXTENSION}`];
  const filters: string[] = [];
  if (streams.includes('calls')) filters.push(`${whose === 'account' ? account : extension}${SESSIONS}`);
  if (streams.includes('messages')) {
    filters.push(`${extension}/message-store`, `${extension}/message-store/instant?type=SMS`, `${extension}/voicemail`);
  }
  if (streams.includes('extensions')) filters.push(whose === 'account' ? `${account}/extension` : extension);
  return [...filters, REMINDER];
}

/** A subscription as RingCentral holds it. Blacklisted: it calls no more, for good. */
function subscribed(answer: JsonObject): Subscribed {
  const id = textOf(answer.id);
  if (id === undefined) {
    throw new Changed(
      `subscription: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'id'`,
      'RingCentral answers in a way we do not know. Tell the maintainer.',
    );
  }
  const expires = msOf(answer.expirationTime);
  const status = textOf(answer.status);
  const reason = textOf(objectOf(answer.blacklistedData)?.reason);
  return {
    id,
    ...(expires !== undefined && { expires }),
    ...(status !== undefined && status !== 'Active' && { dropped: reason === undefined ? status : `${status}: ${reason}` }),
  };
}
