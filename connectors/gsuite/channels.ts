/** Push channels: Google's promise to call us, one for each calendar and one for the list of them. Together they are one subscription. */
import { randomUUID } from 'node:crypto';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, textOf } from '#kit/json.ts';
import type { Subscribed, Wanted } from '#kit/webhook.ts';
import { listCalendars } from './calendars.ts';
import { askCalendar } from './client.ts';
import { isMissing } from './faults.ts';
import { accountOf } from './identity.ts';

/** A channel as Google wants it named when it is stopped. */
interface Channel {
  id: string;
  resourceId: string;
}

/** Google greets the address (`sync`) before it answers. All channels, or none. */
export async function subscribe(ctx: Context, wanted: Wanted): Promise<Subscribed> {
  const { id: account } = await accountOf(ctx);
  const calendars = await listCalendars(ctx);
  const opened: Channel[] = [];
  let expires = Number.POSITIVE_INFINITY;
  try {
    for (const calendar of [undefined, ...calendars]) {
      const answer = await watch(ctx, calendar?.id, { ...wanted, id: channelId(account) });
      const [id, resourceId] = [textOf(answer.id), textOf(answer.resourceId)];
      if (id === undefined || resourceId === undefined)
        throw new Changed(
          `calendar.events.watch: answered with ${Object.keys(answer).join(', ')}; expected id and resourceId`,
          'Google answers in a way we do not know. Tell the maintainer.',
        );
      opened.push({ id, resourceId });
      expires = Math.min(expires, Number(answer.expiration ?? Number.POSITIVE_INFINITY));
    }
  } catch (error) {
    await stopAll(ctx, opened).catch(() => undefined); // what is left calls an address that is none any more
    throw error;
  }
  return { id: JSON.stringify(opened), ...(Number.isFinite(expires) && { expires }) };
}

/** Channels are not made to last longer: others take their place before they end, and both call for a moment. */
export async function renew(ctx: Context, id: string, wanted: Wanted): Promise<Subscribed> {
  const renewed = await subscribe(ctx, wanted);
  await unsubscribe(ctx, id);
  return renewed;
}

export function unsubscribe(ctx: Context, id: string): Promise<void> {
  return stopAll(ctx, JSON.parse(id) as Channel[]);
}

async function stopAll(ctx: Context, channels: readonly Channel[]): Promise<void> {
  for (const requestBody of channels) {
    try {
      await askCalendar(
        ctx,
        { name: 'calendar.channels.stop', group: 'calendar' },
        (api, sent) => api.channels.stop({ requestBody }, sent),
        { repeatable: true },
      );
    } catch (error) {
      if (!isMissing(error)) throw error; // else it ended by itself
    }
  }
}

function watch(
  ctx: Context,
  calendarId: string | undefined,
  { id, url: address, secret: token }: Wanted & { id: string },
): Promise<JsonObject> {
  const requestBody = { id, type: 'web_hook', address, token };
  return calendarId === undefined
    ? askCalendar(ctx, { name: 'calendar.calendarList.watch', group: 'calendar' }, (api, sent) =>
        api.calendarList.watch({ requestBody }, sent),
      )
    : askCalendar(ctx, { name: 'calendar.events.watch', group: 'calendar' }, (api, sent) =>
        api.events.watch({ calendarId, eventTypes: ['default'], requestBody }, sent),
      );
}

/** Messages name nobody but their channel: so its id says whose it is. At most 64 characters. */
function channelId(account: string): string {
  return `${account}-${randomUUID().replaceAll('-', '')}`;
}

export function accountOfChannel(id: string): string | undefined {
  return /^(\d{1,31})-[0-9a-f]{32}$/.exec(id)?.[1];
}
