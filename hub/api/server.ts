/** The hub's HTTP: routes in order of how exact their paths are, and for everything else problem details. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Log } from '#hub/log.ts';
import { counted } from './counted.ts';
import type { Identify } from './entry.ts';
import { pathsOf } from './paths.ts';
import { BadRequest, detailsOf, type ProblemDetails, refusalOf } from './problems.ts';
import { type Handling, handlersOf, numbered } from './request.ts';
import type { Route } from './route.ts';

export interface ServerOptions {
  identify: Identify;
  log: Log;
  /** Where people reach the hub: `https://hub.example.com`. */
  publicUrl?: string;
  inspect?: Handling['inspect'];
  /** Until a request's headers must be there, ms. Default 15 s. */
  headersMs?: number;
  /** Answers what is its own before any route is asked: true where it did. */
  first?(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface ApiServer {
  /** Port 0 takes a free one. Throws what node throws, EADDRINUSE among others. */
  listen(port: number, host?: string): Promise<{ port: number }>;
  /** Refuses new requests, ends streams of events, gives running requests `graceMs` to finish. */
  close(graceMs?: number): Promise<void>;
}

/** Routes of the same path and method, or whose path and `params` disagree, are a mistake and throw. */
export function openServer(routes: readonly Route[], options: ServerOptions): ApiServer {
  const stopping = new AbortController();
  const secure = options.publicUrl?.startsWith('https:') ?? false;
  const app = appOf(
    routes,
    { identify: options.identify, inspect: options.inspect, secure, stopping: stopping.signal },
    options.log,
  );
  const server = createServer(
    {
      headersTimeout: options.headersMs ?? 15_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 10_000,
      connectionsCheckingInterval: Math.min(5_000, options.headersMs ?? 5_000),
    },
    (request, response) => {
      if (!options.first?.(request, response)) app(request, response);
    },
  );
  server.on('clientError', refuseUnreadable);
  server.on('request', (_request, response) => {
    response.once('close', () => {
      // A connection that becomes idle only now was not among those that `close` closed.
      if (stopping.signal.aborted) setImmediate(() => server.closeIdleConnections());
    });
  });
  return {
    listen: (port, host) => listen(server, port, host),
    close: (graceMs = 10_000) => {
      stopping.abort();
      return close(server, graceMs);
    },
  };
}

function appOf(routes: readonly Route[], handling: Handling, log: Log): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('case sensitive routing', true);
  app.use(numbered, guarded, counted(log));
  for (const { path, routes: here } of pathsOf(routes)) {
    const entry = app.route(path);
    for (const route of here) entry[route.method](...handlersOf(route, handling));
    const allow = allowOf(here);
    entry.options((_request, response) => void response.set('allow', allow).status(204).end());
    entry.all((request) => {
      throw new BadRequest(405, `${request.path} does not take ${request.method}.`, `It takes ${allow}.`, { headers: { allow } });
    });
  }
  app.use((request) => {
    throw new BadRequest(404, `There is nothing at ${request.path}.`, 'GET /api/openapi.json lists every address.');
  });
  app.use(refuse(log));
  return app;
}

function allowOf(routes: readonly Route[]): string {
  const methods = routes.map((route) => route.method.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}

/** Nothing here is to be framed, sniffed, cached or named to others; the few pages have no scripts. */
const guarded: RequestHandler = (_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  next();
};

function refuse(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const refusal = refusalOf(error);
    if (refusal.unforeseen) log.error({ err: error, request: response.locals.request, path: request.path }, 'A request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.set(refusal.headers).set('cache-control', 'no-store').removeHeader('etag');
    sendDetails(response, { ...refusal.details, request: response.locals.request });
  };
}

function sendDetails(response: ServerResponse, details: ProblemDetails): void {
  const body = JSON.stringify(details);
  response.statusCode = details.status;
  response.setHeader('content-type', 'application/problem+json');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

const UNREADABLE: { readonly [code: string]: ProblemDetails } = {
  HPE_HEADER_OVERFLOW: detailsOf(431, 'http-431', 'The headers are larger than 16 KiB.', 'Send less in headers and address.'),
  ERR_HTTP_REQUEST_TIMEOUT: detailsOf(408, 'http-408', 'The request did not arrive in time.', 'Send it again.'),
};

/** What node's parser gives up on never reaches express: answered here, on the bare socket. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const details = UNREADABLE[error.code ?? ''] ?? detailsOf(400, 'http-400', 'The request is not HTTP.', '');
  const body = JSON.stringify(details);
  socket.end(
    `HTTP/1.1 ${details.status} Refused\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function listen(server: Server, port: number, host?: string): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
