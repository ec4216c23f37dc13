/**
 * Push channels: Google's promise to call us, one for each calendar, one for the list of them, one for the changes of files. Together they
 * are one subscription.
 */
import { randomUUID } from 'node:crypto';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, textOf } from '#kit/json.ts';
import type { Subscribed, Wanted } from '#kit/webhook.ts';
import { listCalendars } from './calendars.ts';
import { askCalendar, askDrive } from './client.ts';
import { isMissing } from './faults.ts';
import { startToken } from './files.ts';
import { accountOf } from './identity.ts';

/** A channel as Google wants it named when it is stopped, and the API that opened it. */
interface Channel {
  id: string;
  resourceId: string;
  api: 'calendar' | 'drive';
}

/** What is asked for with every channel. */
interface Asked {
  id: string;
  type: 'web_hook';
  address: string;
  token: string;
}

/** Calendar gives a week without being asked, Drive an hour; either a week at most. */
const LIFE_MS = 7 * 86_400_000 - 60_000;

/** Google greets the address (`sync`) before it answers. All channels, or none. */
export async function subscribe(ctx: Context, wanted: Wanted): Promise<Subscribed> {
  const { id: account } = await accountOf(ctx);
  const opened: Channel[] = [];
  let expires = Number.POSITIVE_INFINITY;
  try {
    for (const { api, open } of await watches(ctx, wanted.streams)) {
      const answer = await open({ id: channelId(account), type: 'web_hook', address: wanted.url, token: wanted.secret });
      const [id, resourceId] = [textOf(answer.id), textOf(answer.resourceId)];
      if (id === undefined || resourceId === undefined)
        throw new Changed(
          `opening a channel: answered with ${Object.keys(answer).join(', ')}; expected id and resourceId`,
          'Google answers in a way we do not know. Tell the maintainer.',
        );
      opened.push({ id, resourceId, api });
      expires = Math.min(expires, Number(answer.expiration ?? Number.POSITIVE_INFINITY));
    }
  } catch (error) {
    await stopAll(ctx, opened).catch(() => undefined); // what is left calls an address that is none any more
    throw error;
  }
  return { id: JSON.stringify(opened), ...(Number.isFinite(expires) && { expires }) };
}

interface Watch {
  api: Channel['api'];
  open(asked: Asked): Promise<JsonObject>;
}

async function watches(ctx: Context, streams: readonly string[]): Promise<Watch[]> {
  const all: Watch[] = [];
  if (streams.includes('events')) {
    const name = 'calendar.calendarList.watch';
    all.push({
      api: 'calendar',
      open: (requestBody) =>
        askCalendar(ctx, { name, group: 'calendar' }, (api, sent) => api.calendarList.watch({ requestBody }, sent)),
    });
    for (const { id } of await listCalendars(ctx)) all.push({ api: 'calendar', open: (asked) => watchEvents(ctx, id, asked) });
  }
  if (streams.includes('files')) all.push({ api: 'drive', open: (asked) => watchFiles(ctx, asked) });
  return all;
}

function watchEvents(ctx: Context, calendarId: string, requestBody: Asked): Promise<JsonObject> {
  return askCalendar(ctx, { name: 'calendar.events.watch', group: 'calendar' }, (api, sent) =>
    api.events.watch({ calendarId, eventTypes: ['default'], requestBody }, sent),
  );
}

async function watchFiles(ctx: Context, asked: Asked): Promise<JsonObject> {
  const pageToken = await startToken(ctx);
  const requestBody = { ...asked, expiration: String(ctx.now() + LIFE_MS) };
  const drives = { supportsAllDrives: true, includeItemsFromAllDrives: true };
  return askDrive(ctx, { name: 'drive.changes.watch', group: 'drive', units: 50 }, (api, sent) =>
    api.changes.watch({ pageToken, ...drives, requestBody }, sent),
  );
}

/**
 * Channels are not made to last longer: others take their place before they end, and both call for a moment. The others have to be known
 * whatever becomes of the former: one that cannot be stopped ends by itself.
 */
export async function renew(ctx: Context, id: string, wanted: Wanted): Promise<Subscribed> {
  const renewed = await subscribe(ctx, wanted);
  for (const channel of channelsIn(id)) await stopAll(ctx, [channel]).catch(() => undefined);
  return renewed;
}

export function unsubscribe(ctx: Context, id: string): Promise<void> {
  return stopAll(ctx, channelsIn(id));
}

const channelsIn = (id: string): Channel[] => JSON.parse(id);

async function stopAll(ctx: Context, channels: readonly Channel[]): Promise<void> {
  for (const channel of channels) {
    try {
      await stop(ctx, channel);
    } catch (error) {
      if (!isMissing(error)) throw error; // else it ended by itself
    }
  }
}

function stop(ctx: Context, { api, ...requestBody }: Channel): Promise<JsonObject> {
  const again = { repeatable: true };
  return api === 'drive'
    ? askDrive(
        ctx,
        { name: 'drive.channels.stop', group: 'drive', units: 50 },
        (drive, sent) => drive.channels.stop({ requestBody }, sent),
        again,
      )
    : askCalendar(
        ctx,
        { name: 'calendar.channels.stop', group: 'calendar' },
        (calendar, sent) => calendar.channels.stop({ requestBody }, sent),
        again,
      );
}

/** Messages name nobody but their channel: so its id says whose it is. At most 64 characters. */
function channelId(account: string): string {
  return `${account}-${randomUUID().replaceAll('-', '')}`;
}

export function accountOfChannel(id: string): string | undefined {
  return /^(\d{1,31})-[0-9a-f]{32}$/.exec(id)?.[1];
}
