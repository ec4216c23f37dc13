/**
 * PayPal's own SDK, as a transport alone. Its tokens are switched off: it keeps them for the whole process by the client id, whatever
 * the secret and the address, and asks for one behind our back after each 401. Its reading of answers is replaced: what is no JSON, or
 * has no media type, it throws where nobody can catch it. README.md lists all that is fenced in here.
 */
import { withToken } from '#kit/bearer.ts';
import type { CallOptions, Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, parseExactly } from '#kit/json.ts';
import { isUnauthenticated, PaypalFault } from './faults.ts';
import { onBehalf } from './partner.ts';

/** `proof`: what strangers can make us ask, by sending notifications; it must not use up what the rest lives on. */
export type Group = 'rest' | 'reports' | 'proof';

export interface Sending {
  /** The operation, as the specification names it. */
  name: string;
  group?: Group;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the first slash. */
  path: string;
  query?: { readonly [name: string]: string | number | boolean };
  body?: JsonObject | readonly JsonObject[];
  /** The body as it goes over the wire, where the spelling counts. */
  text?: string;
  /** Under what the service recognises a repetition, where the operation has that: then it may be repeated. */
  key?: string;
  /** Ask for the whole of what was written. */
  whole?: true;
}

interface Answer {
  statusCode: number;
  headers: { readonly [name: string]: string | undefined };
  text: string;
}

/** One request; gives the object it answers with, an empty one where it answers with nothing. */
export async function ask(ctx: Context, sending: Sending, options?: CallOptions): Promise<JsonObject> {
  const { text } = await send(ctx, ctx.base.rest!, sending, options);
  if (text === '') return {};
  let answer: Json;
  try {
    answer = parseExactly(text);
  } catch {
    throw new Changed(`${sending.name}: answered ${text.length} characters that are no JSON`, UNREADABLE);
  }
  if (isObject(answer)) return answer;
  throw new Changed(`${sending.name}: answered ${typeof answer}; expected a JSON object`, UNREADABLE);
}

/** What is at an address of another host, as text; no token goes there. */
export async function download(ctx: Context, name: string, path: string): Promise<string> {
  const { text } = await ctx.call(
    { name, group: 'proof' },
    (signal) => execute(ctx.base.certs!, { path, verb: 'GET', headers: { Authorization: 'none' } }, signal),
    { repeatable: true },
  );
  return text;
}

const UNREADABLE = 'PayPal answered something unreadable. Try again later; if it stays, tell the maintainer.';

/** Reads, and writes under a key, are repeated. */
async function send(ctx: Context, server: string, sending: Sending, options?: CallOptions): Promise<Answer> {
  const { name, group = 'rest', method = 'GET', key } = sending;
  return ctx.call(
    { name, group },
    (signal) => withToken(ctx, (token) => execute(server, requestOf(ctx, sending, token), signal), isUnauthenticated),
    options ?? { repeatable: method === 'GET' || key !== undefined },
  );
}

interface Request {
  path: string;
  verb: string;
  headers: { [name: string]: string };
  body?: string;
  signal?: AbortSignal;
}

function requestOf(ctx: Context, { method = 'GET', path, query, body, text, key, whole }: Sending, token: string): Request {
  const params = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]));
  // A POST without a body wants its media type all the same, and an empty object does no harm.
  const sent = text ?? (body === undefined ? (method === 'POST' ? '{}' : undefined) : JSON.stringify(body));
  return {
    path: params.size === 0 ? path : `${path}?${params}`,
    verb: method,
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json',
      ...onBehalf(ctx),
      ...(sent !== undefined && { 'Content-Type': 'application/json' }),
      ...(key !== undefined && { 'PayPal-Request-Id': key }),
      ...(whole && { Prefer: 'return=representation' }),
    },
    ...(sent !== undefined && { body: sent }),
  };
}

async function execute(server: string, request: Request, signal: AbortSignal): Promise<Answer> {
  const client = await open(server);
  signal.throwIfAborted();
  try {
    return await client.execute({ ...request, signal: afterSocket(signal) });
  } catch (error) {
    throw answered(error);
  }
}

/** The SDK stumbles over a request that is given up before it has a socket, which it has at the next turn. */
function afterSocket(signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  signal.addEventListener('abort', () => setImmediate(() => later.abort(signal.reason)), { once: true });
  return later.signal;
}

const clients = new Map<string, { execute(request: Request): Promise<Answer> }>();

/** Clients hold nothing but an address: one for each. */
async function open(server: string): Promise<{ execute(request: Request): Promise<Answer> }> {
  const known = clients.get(server);
  if (known !== undefined) return known;
  const { core } = (await import('@paypal/checkout-server-sdk')).default;
  const { PayPalEnvironment, PayPalHttpClient } = core;
  const client = new PayPalHttpClient(new PayPalEnvironment('', '', server.replace(/\/+$/, ''), ''));
  const plain = Object.getPrototypeOf(PayPalHttpClient.prototype) as { execute(this: object, request: object): Promise<Answer> };
  Object.assign(client, {
    execute: (request: Request) => plain.execute.call(client, request),
    getTimeout: () => SOCKET_IDLE,
    encoder: { serializeRequest: ({ body }: Request) => body },
    _parseResponse: (text: string, { statusCode, headers }: Answer): Answer => ({ statusCode, headers, text }),
  });
  // Compressed bytes that are broken would be thrown where nobody can catch them, too.
  client.addInjector(({ headers }: { headers: object }) => void Reflect.deleteProperty(headers, 'Accept-Encoding'));
  const made = client as unknown as { execute(request: Request): Promise<Answer> };
  clients.set(server, made);
  return made;
}

/** Longer than a call may take: that deadline is the caller's. */
const SOCKET_IDLE = 120_000;

/** What the SDK throws for an answer that is not 2xx, with what it says; anything else stays as it is. */
function answered(error: unknown): unknown {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return error;
  const headers = 'headers' in error && isObject(error.headers) ? error.headers : {};
  let body: Json | undefined;
  try {
    body = parseExactly(error.message);
  } catch {
    body = undefined; // a page of something in between
  }
  const after = headers['retry-after'];
  return new PaypalFault(error.statusCode, body, typeof after === 'string' ? after : undefined);
}
