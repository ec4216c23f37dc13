/**
 * Xero's own SDK, for its requests alone: the module of the Accounting API and nothing beside it (the whole client asks the identity
 * server as it starts, and cannot be pointed elsewhere). What the SDK makes of an answer is passed by: it gives instants where a date is
 * a calendar day, drops what its models do not know, and rejects with a text. Tokens, limits and retries are ours.
 */
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import { withToken } from '#kit/bearer.ts';
import type { CallOptions, Context } from '#kit/context.ts';
import { Changed, Reconnect } from '#kit/errors.ts';
import { parseAmounts } from '#kit/exact.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, textOf } from '#kit/json.ts';
import { isUnauthenticated, XeroFault } from './faults.ts';

export interface Sending {
  /** The operation, as the specification names it. */
  name: string;
  /** What is written, as Xero's JSON. Absent: it is a read. */
  body?: JsonObject;
  /** A file is written: its media type. Its bytes go through the SDK, which sets them after all else. */
  file?: string;
}

/** Calls one method of the SDK with positional arguments; they differ from method to method. */
export type Send = (api: AccountingApi, tenant: string) => Promise<unknown>;

/** One request; gives the object it answers with, an empty one where it answers with nothing. Reads are repeated. */
export async function ask(ctx: Context, sending: Sending, send: Send, options?: CallOptions): Promise<JsonObject> {
  const sdk = await import('xero-node/dist/gen/api/accountingApi.js');
  const tenant = tenantOf(ctx);
  const root = `${ctx.base.api!.replace(/\/+$/, '')}/api.xro/2.0`;
  return ctx.call(
    { name: sending.name, group: 'accounting' },
    (signal, rest) =>
      withToken(
        ctx,
        async (token) => {
          const api = new sdk.AccountingApi(root);
          const heard: Heard = {};
          api.accessToken = token;
          api.setDefaultAuthentication({ applyToRequest: (request) => takeOver(request, sending, signal, heard) });
          await send(api, tenant).catch((error: unknown) => {
            // An answer that broke off has a status too: it is told by a text, whereas an answer that says no is an object.
            if (typeof error === 'string') throw silent(error);
            if (heard.status === undefined) throw error;
          });
          restIfUsedUp(heard, rest);
          return answerOf(sending.name, heard);
        },
        isUnauthenticated,
      ),
    options ?? { repeatable: sending.body === undefined },
  );
}

/** One request to what the SDK cannot be pointed at: the list of connections. */
export async function askConnections(ctx: Context, method: 'GET' | 'DELETE', id = ''): Promise<Json> {
  const name = method === 'GET' ? 'getConnections' : 'deleteConnection';
  const url = `${ctx.base.api!.replace(/\/+$/, '')}/connections${id === '' ? '' : `/${encodeURIComponent(id)}`}`;
  return ctx.call(
    { name, group: 'identity' },
    (signal) =>
      withToken(
        ctx,
        async (token) => {
          const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
          const response = await fetch(url, { method, headers, signal, redirect: 'error' });
          const text = await response.text();
          const after = response.headers.get('retry-after');
          const fault = { status: response.status, text, ...(after !== null && { retryAfter: after }) };
          return readable(name, fault) ?? null;
        },
        isUnauthenticated,
      ),
    { repeatable: true }, // an end that was reached already is 404
  );
}

/** What came over the wire. */
interface Heard {
  status?: number;
  text?: string;
  retryAfter?: string;
  limit?: string;
  /** What is left of the minute and of the day. */
  minute?: string;
  day?: string;
}

/** What of the request the SDK has made ready is ours to say. */
interface Request {
  method?: string;
  data?: unknown;
  headers?: { [name: string]: unknown };
  signal?: unknown;
  maxRedirects?: number;
  validateStatus?: unknown;
  transformResponse?: unknown;
}

function takeOver(request: Request, { body, file }: Sending, signal: AbortSignal, heard: Heard): void {
  if (file !== undefined) request.headers = { ...request.headers, 'Content-Type': file };
  else if (body !== undefined) request.data = body;
  else delete request.data; // the SDK gives every GET a body
  request.signal = signal;
  request.maxRedirects = 0;
  request.validateStatus = () => true;
  request.transformResponse = (text: unknown, headers: { get(name: string): unknown }, status: number): undefined => {
    const header = (name: string) => textOf(String(headers.get(name) ?? ''));
    heard.status = status;
    heard.text = typeof text === 'string' ? text : '';
    Object.assign(heard, {
      retryAfter: header('retry-after'),
      limit: header('x-rate-limit-problem'),
      minute: header('x-minlimit-remaining'),
      day: header('x-daylimit-remaining'),
    });
  };
}

/** The SDK rejects with a text that holds the message of what broke, and no code. */
function silent(error: string): Error {
  const said = textOf(messageIn(error)) ?? error.slice(0, 200);
  const code = /\bE[A-Z]{3,}(_[A-Z]+)?\b/.exec(said)?.[0];
  return Object.assign(new Error(said), code !== undefined && { code });
}

function messageIn(text: string): Json | undefined {
  try {
    const told: Json = JSON.parse(text);
    return isObject(told) ? told.body : undefined;
  } catch {
    return undefined;
  }
}

function answerOf(name: string, heard: Heard): JsonObject {
  const answer = readable(name, heard);
  if (answer === undefined) return {};
  if (!isObject(answer)) throw new Changed(`${name}: answered ${typeof answer}; expected a JSON object`, UNREADABLE);
  return answer;
}

/** Undefined: nothing was to be said. Throws XeroFault where it is an error. */
function readable(name: string, { status = 0, text = '', retryAfter, limit }: Heard): Json | undefined {
  let body: Json | undefined;
  let broken = false;
  try {
    if (text !== '') body = parseAmounts(text);
  } catch {
    broken = true; // an error may be a page of something in between
  }
  if (status < 200 || status > 299) {
    throw new XeroFault(status, body, { ...(retryAfter && { retryAfter }), ...(limit && { limit }) });
  }
  if (broken) throw new Changed(`${name}: answered ${text.length} characters that are no JSON`, UNREADABLE);
  return body;
}

const UNREADABLE = 'Xero answered something unreadable. Try again later; if it stays, tell the maintainer.';

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** The windows are fixed and their ends unknown: what is used up rests for the whole minute, and is asked once an hour for the day. */
export function restIfUsedUp({ minute, day }: Pick<Heard, 'minute' | 'day'>, rest: (ms: number) => void): void {
  if (day === '0') rest(HOUR);
  else if (minute === '0') rest(MINUTE);
}

/** Which organisation: a setting of the connection, since one sign-in may open several. */
export function tenantOf({ settings }: Pick<Context, 'settings'>): string {
  const tenant = textOf(settings.tenant);
  if (tenant !== undefined) return tenant;
  throw new Reconnect('xero: the connection names no organisation', 'Connect the organisation again.');
}
