/**
 * RingCentral's own SDK, for its requests alone. What it does besides (tokens in a store that all instances share, refreshing on its
 * own, one more try after a 401 or a 429) is switched off by `authProxy` and `skipAuthCheck`: tokens, limits and retries are ours.
 */
import type { Readable } from 'node:stream';
import { withToken } from '#kit/bearer.ts';
import type { CallOptions, Context, Cost } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, parseExactly } from '#kit/json.ts';
import type { Sound } from '#kit/telephony.ts';
import { faultHeaders, isUnauthenticated, RingFault } from './faults.ts';

/** RingCentral counts each signed-in person and app by these; a request's group is named in its specification. */
export type Group = 'light' | 'medium' | 'heavy';

export interface Sending {
  /** The operation, as the specification names it. */
  name: string;
  group: Group;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Under `/restapi/v1.0/`. */
  path: string;
  /** A list repeats its name. */
  query?: { readonly [name: string]: string | number | boolean | readonly string[] };
  body?: JsonObject;
  headers?: { readonly [name: string]: string };
}

/** One's own account and extension, as paths call them. */
export const ACCOUNT = 'account/~';
export const EXTENSION = 'account/~/extension/~';

/** One request; gives the object it answers with, an empty one where it answers with nothing. Reads are repeated. */
export async function ask(ctx: Context, sending: Sending, options?: CallOptions): Promise<JsonObject> {
  const text = await send(ctx, ctx.base.platform!, sending, (response) => response.text(), options);
  if (text === '') return {};
  let answer: Json;
  try {
    answer = parseExactly(text);
  } catch {
    throw new Changed(`${sending.name}: answered ${text.length} characters that are no JSON`, UNREADABLE);
  }
  if (!isObject(answer)) throw new Changed(`${sending.name}: answered ${typeof answer}; expected a JSON object`, UNREADABLE);
  return answer;
}

/** One request for bytes, which another host keeps. */
export async function askBytes(ctx: Context, sending: Sending): Promise<{ type: string; bytes: Uint8Array }> {
  return send(ctx, ctx.base.media!, sending, async (response) => ({
    type: response.headers.get('content-type') ?? 'application/octet-stream',
    bytes: new Uint8Array(await response.arrayBuffer()),
  }));
}

/** One request for bytes as they come. `range`: a part of them; where the service passes that over, it sends all. */
export async function askStream(ctx: Context, sending: Sending, range?: string): Promise<Sound> {
  const headers: { [name: string]: string } = range === undefined ? {} : { range };
  return send(ctx, ctx.base.media!, { ...sending, headers }, async ({ status, headers: said, body }) => {
    const [length, part] = [Number(said.get('content-length') ?? Number.NaN), said.get('content-range')];
    return {
      type: said.get('content-type') ?? 'application/octet-stream',
      ...(Number.isSafeInteger(length) && { length }),
      ...(status === 206 && part !== null && { part }),
      // The SDK fetches by node-fetch, whose bodies are streams of node.
      bytes: body as unknown as Readable,
    };
  });
}

const UNREADABLE = 'RingCentral answered something unreadable. Try again later; if it stays, tell the maintainer.';

async function send<T>(
  ctx: Context,
  server: string,
  { name, group, method = 'GET', path, query, body, headers: more }: Sending,
  read: (response: Response) => Promise<T>,
  options: CallOptions = { repeatable: method === 'GET' },
): Promise<T> {
  const platform = await open(server);
  const cost: Cost = { name, group };
  return ctx.call(
    cost,
    (signal, rest) =>
      withToken(
        ctx,
        async (token) => {
          const headers = { ...more, authorization: `Bearer ${token}` };
          const request = { method, url: `/restapi/v1.0/${path}`, headers, signal, redirect: 'error', skipAuthCheck: true };
          const response = await platform
            .send({ ...request, ...(query && { query }), ...(body && { body }) })
            .catch(async (error: unknown) => {
              throw await answered(error);
            });
          restIfUsedUp(response.headers, rest);
          return read(response);
        },
        isUnauthenticated,
      ),
    options,
  );
}

/** Without a store of tokens there is nothing that instances could share. */
async function open(server: string) {
  const { SDK } = await import('@ringcentral/sdk');
  const options = { server: server.replace(/\/+$/, ''), authProxy: true, handleRateLimit: false };
  return unseen('localStorage', () => new SDK(options).platform());
}

/** The SDK looks at a global it does not need, and Node warns whoever looks. */
function unseen<T>(name: string, make: () => T): T {
  const own = Object.getOwnPropertyDescriptor(globalThis, name);
  if (!own?.configurable) return make();
  Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
  try {
    return make();
  } finally {
    Object.defineProperty(globalThis, name, own);
  }
}

/** What the SDK throws for an answer that is not ok, with what it says; anything else stays as it is. */
async function answered(error: unknown): Promise<unknown> {
  if (!isRecord(error) || !isRecord(error.response)) return error;
  const response = error.response as unknown as Response;
  const text = await response.text().catch(() => '');
  let body: Json | undefined;
  try {
    body = parseExactly(text);
  } catch {
    body = undefined; // a page of something in between
  }
  return new RingFault(response.status, body, faultHeaders(response.headers));
}

/** "When Remaining reaches 0, wait for the window" (guide/basics/rate-limits); the window is in seconds. */
function restIfUsedUp(headers: Response['headers'], rest: (ms: number) => void): void {
  if (headers.get('x-rate-limit-remaining') !== '0') return;
  const window = Number(headers.get('x-rate-limit-window'));
  rest((window > 0 ? window : 60) * 1000);
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
