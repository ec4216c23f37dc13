/** Google's own SDK, one API at a time: the whole of googleapis costs 100 MiB and a second, the people module 17 MiB and 80 ms. */
import type { admin_directory_v1 } from 'googleapis/build/src/apis/admin/index.js';
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import type { oauth2_v2 } from 'googleapis/build/src/apis/oauth2/index.js';
import type { people_v1 } from 'googleapis/build/src/apis/people/index.js';
import type { tasks_v1 } from 'googleapis/build/src/apis/tasks/index.js';
import { withToken } from '#kit/bearer.ts';
import type { CallOptions, Context, Cost } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { isObject, type JsonObject } from '#kit/json.ts';
import { isUnauthenticated } from './faults.ts';

/** What every request bears: the token, and the end of our patience. Retries are ours (`kit/call.ts`), never the SDK's. */
export interface Sent {
  headers: { authorization: string; 'If-Match'?: string };
  signal: AbortSignal;
  retry: false;
  /** Without it the SDK goes by the content type, and hands out a Blob where there is none. */
  responseType: 'json';
}

/** Sends with an API of the SDK. An answer without content (204) counts as an object without members. */
export type Send<Api> = (api: Api, sent: Sent) => Promise<{ data: unknown; status?: number }>;

/** One request to the People API; gives the object it answers with. */
export async function askPeople(
  ctx: Context,
  cost: Cost,
  send: Send<people_v1.Resource$People>,
  options?: CallOptions,
): Promise<JsonObject> {
  const { people } = await import('googleapis/build/src/apis/people/index.js');
  const api = people({ version: 'v1', rootUrl: ctx.base.people });
  return ask(ctx, cost, (sent) => send(api.people, sent), options);
}

/** One request to the Calendar API; gives the object it answers with. */
export async function askCalendar(
  ctx: Context,
  cost: Cost,
  send: Send<calendar_v3.Calendar>,
  options?: CallOptions,
): Promise<JsonObject> {
  const { calendar } = await import('googleapis/build/src/apis/calendar/index.js');
  const api = calendar({ version: 'v3', rootUrl: ctx.base.www });
  return ask(ctx, cost, (sent) => send(api, sent), options);
}

/** One request to the Tasks API; gives the object it answers with. */
export async function askTasks(ctx: Context, cost: Cost, send: Send<tasks_v1.Tasks>, options?: CallOptions): Promise<JsonObject> {
  const { tasks } = await import('googleapis/build/src/apis/tasks/index.js');
  const api = tasks({ version: 'v1', rootUrl: ctx.base.tasks });
  return ask(ctx, cost, (sent) => send(api, sent), options);
}

/** One request to the Directory API; gives the object it answers with. */
export async function askDirectory(
  ctx: Context,
  cost: Cost,
  send: Send<admin_directory_v1.Admin>,
  options?: CallOptions,
): Promise<JsonObject> {
  const { admin } = await import('googleapis/build/src/apis/admin/index.js');
  const api = admin({ version: 'directory_v1', rootUrl: ctx.base.admin });
  return ask(ctx, cost, (sent) => send(api, sent), options);
}

/** One request to the Drive API; gives the object it answers with. */
export async function askDrive(ctx: Context, cost: Cost, send: Send<drive_v3.Drive>, options?: CallOptions): Promise<JsonObject> {
  const { drive } = await import('googleapis/build/src/apis/drive/index.js');
  const api = drive({ version: 'v3', rootUrl: ctx.base.www });
  return ask(ctx, cost, (sent) => send(api, sent), options);
}

/** One request for who is signed in. */
export async function askUserinfo(ctx: Context, cost: Cost, send: Send<oauth2_v2.Resource$Userinfo>): Promise<JsonObject> {
  const { oauth2 } = await import('googleapis/build/src/apis/oauth2/index.js');
  const api = oauth2({ version: 'v2', rootUrl: ctx.base.www });
  return ask(ctx, cost, (sent) => send(api.userinfo, sent), { repeatable: true });
}

async function ask(
  ctx: Context,
  cost: Cost,
  send: (sent: Sent) => ReturnType<Send<unknown>>,
  options?: CallOptions,
): Promise<JsonObject> {
  const { data, status } = await ctx.call(
    cost,
    (signal) =>
      withToken(
        ctx,
        (token) => send({ headers: { authorization: `Bearer ${token}` }, signal, retry: false, responseType: 'json' }),
        isUnauthenticated,
      ),
    options,
  );
  if (status === 204) return {};
  if (!isObject(data)) {
    throw new Changed(
      `${cost.name}: answered ${typeof data === 'string' ? `${data.length} characters that are no JSON` : typeof data}; expected a JSON object`,
      'Google answered something unreadable. Try again later; if it stays, tell the maintainer.',
    );
  }
  return data;
}
