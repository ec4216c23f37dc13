/**
 * Microsoft's own Graph client, for its requests alone. Its chain of middlewares is one link: no retries (it would repeat POSTs), no
 * redirects, no telemetry; tokens, limits and retries are ours.
 */
import type { Context as Request } from '@microsoft/microsoft-graph-client';
import { withToken } from '#kit/bearer.ts';
import type { CallOptions, Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject } from '#kit/json.ts';
import { GraphFault, isUnauthenticated } from './faults.ts';

export type Group = 'mailbox' | 'directory' | 'subscriptions';

export interface Sending {
  /** The operation, for counting. */
  name: string;
  group: Group;
  /** Requests it counts for, where it is a batch. Default 1. */
  units?: number;
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under `/v1.0`, with its query: `/me/contacts?$top=1`. */
  path: string;
  body?: JsonObject;
  /** Preferences beside that for ids that outlive a move. */
  prefer?: readonly string[];
  headers?: { readonly [name: string]: string };
}

/** "Send it with every request" (learn.microsoft.com/graph/outlook-immutable-id); in a batch with every request of it. */
export const IMMUTABLE = 'IdType="ImmutableId"';

/** One request; gives the object it answers with, an empty one where it answers with nothing. Reads are repeated. */
export async function ask(
  ctx: Context,
  sending: Sending,
  options: CallOptions = { repeatable: (sending.method ?? 'GET') === 'GET' },
): Promise<JsonObject> {
  const { name, group, units = 1 } = sending;
  const text = await ctx.call(
    { name, group, units },
    (signal) => withToken(ctx, (token) => send(ctx.base.graph!, sending, token, signal), isUnauthenticated),
    options,
  );
  if (text === '') return {};
  const answer = read(text);
  if (isObject(answer)) return answer;
  throw new Changed(
    `${name}: answered ${answer === undefined ? `${text.length} characters that are no JSON` : typeof answer}; expected a JSON object`,
    'Microsoft answered something unreadable. Try again later; if it stays, tell the maintainer.',
  );
}

async function send(
  base: string,
  { method = 'GET', path, body, prefer = [], headers }: Sending,
  token: string,
  signal: AbortSignal,
): Promise<string> {
  const { Client, HTTPMessageHandler, ResponseType } = await import('@microsoft/microsoft-graph-client');
  const handler = new HTTPMessageHandler();
  let broken: unknown;
  const middleware = {
    execute: (request: Request) =>
      handler.execute(request).catch((error: unknown) => {
        broken = error; // what the client makes of it has lost its causes
        throw error;
      }),
  };
  const client = Client.initWithMiddleware({ baseUrl: `${base.replace(/\/+$/, '')}/`, defaultVersion: 'v1.0', middleware });
  const request = client
    .api(path)
    .headers({ prefer: [IMMUTABLE, ...prefer].join(', '), ...headers, authorization: `Bearer ${token}` })
    .options({ signal, redirect: 'error' })
    .responseType(ResponseType.RAW);
  const sent = method === 'GET' ? request.get() : method === 'DELETE' ? request.delete() : request[VERBS[method]](body ?? {});
  const response: Response = await sent.catch((error: unknown) => {
    throw broken ?? error;
  });
  const text = await response.text();
  if (response.ok) return text;
  throw new GraphFault(response.status, read(text), response.headers.get('retry-after'));
}

const VERBS = { POST: 'post', PATCH: 'patch' } as const;

function read(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page of something in between, or half an answer
  }
}
