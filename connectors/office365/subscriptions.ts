/**
 * Microsoft's promises to call us: one for each stream, which together are one subscription of the house. Each is made to last by a later
 * end; its secret (`clientState`) is given at the beginning and never after, so another secret wants other promises.
 */
import { createHash } from 'node:crypto';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, textOf } from '#kit/json.ts';
import type { Subscribed, Wanted } from '#kit/webhook.ts';
import { type Part, sendBatch } from './batch.ts';
import { ask } from './client.ts';
import { explain, isMissing } from './faults.ts';
import { whoAmI } from './identity.ts';
import { listAll } from './listing.ts';

/** What is watched, and how long at most: "10,080 minutes" of Outlook's (resources/subscription). */
const WATCHED: { readonly [stream: string]: { resource: string; minutes: number } } = {
  contacts: { resource: 'me/contacts', minutes: 10_080 },
  events: { resource: 'me/events', minutes: 10_080 },
};

export const TELLS = Object.keys(WATCHED);

/** Their clock may be ahead of ours, and a longer life than the longest is refused. */
const MARGIN = 30 * 60_000;

/** Our id of all of them: by what they were made, and theirs by stream. */
interface Promises {
  of: string;
  ids: { [stream: string]: string };
}

const madeOf = ({ url, secret }: Wanted): string =>
  createHash('sha256').update(`${url} ${secret}`).digest('base64url').slice(0, 16);

function promisesIn(id: string): Promises {
  const [of = '', ...pairs] = id.split(' ');
  return { of, ids: Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string])) };
}

const written = ({ of, ids }: Promises): string =>
  [of, ...Object.entries(ids).map(([stream, id]) => `${stream}=${id}`)].join(' ');

/** Microsoft greets both addresses before it answers. All, or none. */
export async function subscribe(ctx: Context, wanted: Wanted): Promise<Subscribed> {
  const { id: account } = await whoAmI(ctx);
  const made: Promises = { of: madeOf(wanted), ids: {} };
  const ends: number[] = [];
  try {
    for (const stream of watchedIn(wanted)) {
      const answer = await create(ctx, wanted, account, stream);
      made.ids[stream] = idIn(answer);
      ends.push(endOf(answer));
    }
  } catch (error) {
    await endAll(ctx, Object.values(made.ids)).catch(() => undefined); // what is left calls an address that is none any more
    throw error;
  }
  return { id: written(made), expires: Math.min(...ends) };
}

const watchedIn = ({ streams }: Wanted): string[] => streams.filter((stream) => Object.hasOwn(WATCHED, stream));

function create(ctx: Context, { url, secret }: Wanted, account: string, stream: string): Promise<JsonObject> {
  // What is told of a subscription's own life names neither whose nor what it is.
  const address = `${url}?account=${encodeURIComponent(account)}&stream=${stream}`;
  const body = {
    changeType: 'created,updated,deleted',
    ...{ notificationUrl: address, lifecycleNotificationUrl: address, resource: WATCHED[stream]!.resource },
    ...{ expirationDateTime: expiry(ctx, stream), clientState: secret, latestSupportedTlsVersion: 'v1_2' },
  };
  return ask(ctx, { name: 'subscriptions.create', group: 'subscriptions', method: 'POST', path: '/subscriptions', body });
}

const expiry = (ctx: Context, stream: string): string =>
  new Date(ctx.now() + WATCHED[stream]!.minutes * 60_000 - MARGIN).toISOString();

/** Until later; those of streams that came into use are added, of others ended. */
export async function renew(ctx: Context, id: string, wanted: Wanted): Promise<Subscribed> {
  const known = promisesIn(id);
  const streams = watchedIn(wanted);
  if (known.of !== madeOf(wanted)) {
    const anew = await subscribe(ctx, wanted);
    await leaveAll(ctx, Object.values(known.ids));
    return anew;
  }
  const kept = streams.filter((stream) => known.ids[stream] !== undefined);
  const answers: JsonObject[] = [];
  for (const stream of kept) {
    const path = `/subscriptions/${known.ids[stream]}`;
    const body = { expirationDateTime: expiry(ctx, stream) };
    answers.push(
      await ask(ctx, { name: 'subscriptions.update', group: 'subscriptions', method: 'PATCH', path, body }, { repeatable: true }),
    );
  }
  const ids = Object.fromEntries(kept.map((stream) => [stream, known.ids[stream]!]));
  const ends = answers.map(endOf);
  const fresh = streams.filter((stream) => !kept.includes(stream));
  if (fresh.length > 0) {
    const added = await subscribe(ctx, { ...wanted, streams: fresh });
    Object.assign(ids, promisesIn(added.id).ids);
    ends.push(added.expires!);
  }
  await leaveAll(
    ctx,
    Object.entries(known.ids).flatMap(([stream, one]) => (streams.includes(stream) ? [] : [one])),
  );
  return { id: written({ of: known.of, ids }), expires: Math.min(...ends) };
}

/**
 * Each as Microsoft holds it, and allowed anew: "without it delivery stops when the token lapses" (concepts/webhooks-lifecycle). One that is
 * gone takes the others with it.
 */
export async function look(ctx: Context, id: string): Promise<Subscribed | undefined> {
  const ids = Object.values(promisesIn(id).ids);
  const parts = ids.flatMap((one): Part[] => [
    { method: 'POST', url: `/subscriptions/${one}/reauthorize` },
    { method: 'GET', url: `/subscriptions/${one}` },
  ]);
  const answers = await sendBatch(ctx, 'subscriptions.look', 'subscriptions', parts, { repeatable: true });
  const ends: number[] = [];
  let gone = 0;
  for (const [at, one] of answers.entries()) {
    if (one.is === 'fault' && one.fault.http !== 404) throw explain(one.fault);
    if (at % 2 === 0) continue;
    if (one.is === 'answer') ends.push(endOf(one.body));
    else gone += 1;
  }
  if (ends.length === 0) return undefined;
  return { id, expires: Math.min(...ends), ...(gone > 0 && { dropped: 'one of its parts is no longer known' }) };
}

/** One whose making was not noted may be there in part: it is ended, and made anew. */
export async function find(ctx: Context, url: string): Promise<Subscribed | undefined> {
  const all = await listAll(ctx, { name: 'subscriptions.list', group: 'subscriptions', path: '/subscriptions' });
  const found = all.filter(({ notificationUrl }) => textOf(notificationUrl)?.startsWith(`${url}?`));
  if (found.length === 0) return undefined;
  const ids = Object.fromEntries(found.map((one, at) => [`part${at}`, idIn(one)]));
  return { id: written({ of: 'found', ids }), dropped: 'it may be there in part' };
}

export function unsubscribe(ctx: Context, id: string): Promise<void> {
  return endAll(ctx, Object.values(promisesIn(id).ids));
}

async function endAll(ctx: Context, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    try {
      await ask(
        ctx,
        { name: 'subscriptions.delete', group: 'subscriptions', method: 'DELETE', path: `/subscriptions/${id}` },
        { repeatable: true },
      );
    } catch (error) {
      if (!isMissing(error)) throw error; // it ended by itself
    }
  }
}

/** Those that others have taken the place of: the others have to be known, so one that cannot be ended is left to end by itself. */
async function leaveAll(ctx: Context, ids: readonly string[]): Promise<void> {
  for (const id of ids) await endAll(ctx, [id]).catch(() => undefined);
}

function idIn(answer: JsonObject): string {
  const id = textOf(answer.id);
  if (id !== undefined && /^[\w-]{1,128}$/.test(id)) return id;
  throw new Changed(
    `subscription: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'id'`,
    'Microsoft answers in a way we do not know. Tell the maintainer.',
  );
}

function endOf(answer: JsonObject): number {
  const end = Date.parse(String(answer.expirationDateTime));
  if (!Number.isNaN(end)) return end;
  throw new Changed(
    `subscription: found the end ${JSON.stringify(answer.expirationDateTime)}; expected a time`,
    'Microsoft answers in a way we do not know. Tell the maintainer.',
  );
}
