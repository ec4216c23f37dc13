/** One request through one route: admitted, read, checked, done, answered. */
import { randomUUID } from 'node:crypto';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { BODY_LIMIT, expectJson, parseJson } from './body.ts';
import { check, type Part } from './check.ts';
import { admit, type Identify } from './entry.ts';
import { sendEvents } from './events.ts';
import { BadRequest } from './problems.ts';
import type { Answer, Call, Route } from './route.ts';

const SESSION_COOKIE = 'switchboard';

export interface Handling {
  identify: Identify;
  /** Aborted when the hub stops: streams of events end. */
  stopping: AbortSignal;
  /** Is the hub reached by https? Then the session cookie is sent by https only. */
  secure: boolean;
  /** Sees every answer before it is sent: tests hold it against the route's schema. */
  inspect?: (route: Route, answer: Answer) => void;
}

/** The express handlers of a route, in order. */
export function handlersOf(route: Route, handling: Handling): RequestHandler[] {
  const read = express.raw({ type: () => true, limit: route.limit ?? BODY_LIMIT });
  const enter: RequestHandler = async (request, response, next) => {
    response.locals.route = route;
    response.locals.caller = await admit(request.headers, route.permission, handling.identify);
    if (route.ifMatch === 'required' && request.headers['if-match'] === undefined) {
      throw new BadRequest(
        428,
        'If-Match is missing.',
        'Read the thing first and send its ETag as If-Match, so that nobody’s change is overwritten unseen.',
      );
    }
    if (route.body !== undefined) expectJson(request.headers);
    next();
  };
  const answer: RequestHandler = async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const events = route.media === 'text/event-stream';
    const signal = events ? AbortSignal.any([gone.signal, handling.stopping]) : gone.signal;
    const given = await route.handle(callOf(route, request, response, signal));
    handling.inspect?.(route, given);
    await send(route, given, request, response, signal, handling.secure);
  };
  return route.body === undefined ? [enter, answer] : [enter, read, answer];
}

/** Gives every request its id, which an id sent by a proxy becomes if it is a plain one. */
export function numbered(request: Request, response: Response, next: NextFunction): void {
  const sent = request.get('x-request-id');
  response.locals.request = sent !== undefined && /^[\w.-]{1,64}$/.test(sent) ? sent : randomUUID();
  response.set('x-request-id', response.locals.request);
  next();
}

function callOf(route: Route, request: Request, response: Response, signal: AbortSignal): Call {
  const parts: Part[] = [
    { where: 'path', schema: route.params ?? z.strictObject({}), value: { ...request.params } },
    { where: 'query', schema: route.query === undefined ? z.strictObject({}) : closed(route.query), value: { ...request.query } },
  ];
  if (route.body !== undefined) parts.push({ where: 'body', schema: route.body, value: parseJson(bytesOf(request.body)) });
  const [params, query, body] = check(parts);
  return {
    ...response.locals.caller,
    session: cookie(request.headers.cookie, SESSION_COOKIE),
    params: route.params && params,
    query: route.query && query,
    body,
    ifMatch: version(request.headers['if-match']),
    lastEvent: request.get('last-event-id'),
    signal,
    request: response.locals.request,
  };
}

/** Unknown parameters are refused, unless the schema says what becomes of them. */
function closed(schema: z.ZodObject): z.ZodObject {
  return schema.def.catchall === undefined ? schema.strict() : schema;
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

/** RFC 9110 13.1.1: If-Match compares strongly, so a weak tag can never match. */
function version(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const tag = /^"([^"]*)"$/.exec(header.trim())?.[1];
  if (tag === undefined)
    throw new BadRequest(
      400,
      `If-Match is ${header.slice(0, 80)}.`,
      'Send one version in quotes, as the ETag gave it: If-Match: "3".',
    );
  return tag;
}

function cookie(header: string | undefined, name: string): string | undefined {
  const found = header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

async function send(
  route: Route,
  answer: Answer,
  request: Request,
  response: Response,
  signal: AbortSignal,
  secure: boolean,
): Promise<void> {
  const empty =
    answer.body === undefined && answer.html === undefined && answer.text === undefined && answer.events === undefined;
  response.status(answer.status ?? (empty ? (answer.location === undefined ? 204 : 201) : (route.status ?? 200)));
  if (answer.etag !== undefined) response.set({ etag: `"${answer.etag}"`, 'cache-control': 'private, no-cache' });
  if (answer.location !== undefined) response.location(answer.location);
  if (answer.session !== undefined)
    response.cookie(SESSION_COOKIE, answer.session, { httpOnly: true, sameSite: 'lax', secure, path: '/' });
  response.set(answer.headers ?? {});
  if (answer.events !== undefined) {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    if (request.method === 'HEAD') response.end();
    else await sendEvents(response, answer.events, signal);
  } else if (answer.html !== undefined) response.type('html').send(answer.html);
  else if (answer.text !== undefined) response.type(route.media ?? 'text/plain').send(answer.text);
  else if (answer.body !== undefined) response.json(answer.body);
  else response.end();
}
