/**
 * A route is data: what it takes, what it answers, who may, and the function that does it. `server.ts` checks the first three
 * before the function runs; `openapi.ts` prints them. A function throws `Fault` (hub/fault.ts) or one of the kit's four errors;
 * `problems.ts` turns those into problem details.
 *
 *   route({
 *     method: 'get', path: '/api/records/:object/:id', title: 'One record', permission: 'records:read',
 *     params: z.object({ object: z.string(), id: z.uuid() }), answer: Record,
 *     async handle(call) { … return { body: record, etag: record.version }; },
 *   })
 */
import type { z } from 'zod';
import type { Permission } from '#hub/permissions.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type Media = 'application/json' | 'text/event-stream' | 'text/html' | 'text/plain' | 'text/csv';

/** One server-sent event. `data` is sent as JSON. */
export interface ServerEvent {
  event?: string;
  /** Given back by the client as `Last-Event-ID` when it reconnects: `call.lastEvent`. */
  id?: string;
  data: unknown;
}

export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  /** 0 in a public route: nobody's, and row-level security shows nothing. */
  workspace: number;
  /** Who asks, for the journal: `key 7f3a…`; `public` in a public route. */
  by: string;
  /** The browser's session (a cookie set by `answer.session`), where it sent one. */
  session?: string;
  permissions: ReadonlySet<Permission>;
  params: Params;
  query: Query;
  body: Body;
  /** The version named by If-Match, without quotes. Always there when the route says `ifMatch: 'required'`. */
  ifMatch?: string;
  /** Of the last event a reconnecting client has seen. */
  lastEvent?: string;
  /** Aborted when the client goes away or the hub stops. */
  signal: AbortSignal;
  /** Id of the request, as in the log, in the answer's `x-request-id` and in every problem. */
  request: string;
}

/** At most one of `body`, `html`, `text` and `events`. None: 204. */
export interface Answer<Body = unknown> {
  body?: Body;
  html?: string;
  text?: string;
  /** Sent as server-sent events until it ends; its `return` is called when the client goes away. */
  events?: AsyncIterable<ServerEvent>;
  /** Default the route's `status`, else 200; 204 without content. */
  status?: number;
  /** The thing's version, without quotes. */
  etag?: string | number;
  location?: string;
  headers?: { [name: string]: string };
  /** Sets the browser's session cookie. */
  session?: string;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export interface RouteOf<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Reply extends z.ZodType,
> {
  method: Method;
  /** Express style: `/api/records/:object/:id`. */
  path: string;
  /** What it does, for the API's documentation. */
  title: string;
  /** `public`: no key is asked for. */
  permission: Permission | 'public';
  /** Every parameter of the path. Values arrive as text: use `z.coerce` for numbers. */
  params?: Params;
  /** Parameters after `?`. They arrive as text; one that is not declared is refused. */
  query?: Query;
  /** JSON body. Unknown fields are refused where the schema is a `z.strictObject`. */
  body?: Body;
  /** Of the JSON body, or of each event's data where `media` is events. `z.null()` where nothing is answered. */
  answer: Reply;
  /** Default JSON. */
  media?: Media;
  /** Status of the usual answer, for the documentation and as default of `answer.status`. */
  status?: number;
  /** A request without If-Match is refused with 428. */
  ifMatch?: 'required';
  /** Largest body in bytes. Default 1 MiB. */
  limit?: number;
  handle(call: Call<Parsed<Params>, Parsed<Query>, Parsed<Body>>): Promise<Answer<z.input<Reply>>> | Answer<z.input<Reply>>;
}

/** Any route, as the server and the documentation see it. */
export interface Route {
  method: Method;
  path: string;
  title: string;
  permission: Permission | 'public';
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: z.ZodType;
  media?: Media;
  status?: number;
  ifMatch?: 'required';
  limit?: number;
  handle(call: Call): Promise<Answer> | Answer;
}

/** Types `handle` by the route's schemas. */
export function route<
  Reply extends z.ZodType,
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(declared: RouteOf<Params, Query, Body, Reply>): Route {
  return declared;
}
