import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Counters } from './counters.ts';
import type { Faults, Trouble } from './faults.ts';
import type { Traffic } from './traffic.ts';

/** A request as its route sees it. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** What the groups of the route's path matched, URL-decoded. */
  params: readonly string[];
}

export interface Answer {
  status: number;
  headers?: { readonly [name: string]: string };
  body: string | Buffer;
}

/** One operation of the service. */
export interface Route {
  /** The service's own name of the operation: what faults and counters call it. */
  name: string;
  /** Where one address serves several operations: which this call is one of. */
  nameOf?(call: Call): string;
  method: string;
  path: RegExp;
  /** Origin of the real service, for the traffic log. Absent: no part of the service's API, neither recorded nor counted. */
  origin?: string;
  handle(call: Call): Answer | Promise<Answer>;
}

/** What the server asks of the service it plays. */
export interface Service {
  /** Name of the connector. */
  name: string;
  routes: readonly Route[];
  /** Called when a call arrives; what it returns is called when the call is over. */
  enter?(route: Route, call: Call): () => void;
  /** An error in the service's own words. */
  failed(status: number): Answer;
  /** No operation at this method and path. */
  unknown(call: Call): Answer;
  /** Kills the grant behind the call's token. */
  revoke(call: Call): void;
}

export interface Equipment {
  faults: Faults;
  counters: Counters;
  traffic?: Traffic;
}

export interface Running {
  /** `http://127.0.0.1:8090/`, with the slash at the end. */
  origin: string;
  /** Ends the server; open connections are cut. */
  close(): Promise<void>;
}

/** Serves a service on the loopback interface; port 0 takes a free one. */
export async function serve(service: Service, equipment: Equipment, port: number): Promise<Running> {
  const server = createServer({ keepAlive: true }, (request, response) => {
    exchange(service, equipment, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else
        send(response, { status: 500, headers: { 'content-type': 'text/plain' }, body: String(error) }).catch(() =>
          response.destroy(),
        );
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`${service.name} emulator: the server has no port`);
  return {
    origin: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function exchange(
  service: Service,
  equipment: Equipment,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const call: Call = {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: request.headers,
    body: Buffer.alloc(0),
    params: [],
  };
  const route = find(service.routes, call);
  const left = route && service.enter?.(route, call);
  try {
    call.body = await bytesOf(request);
    if (route && !route.origin) {
      await send(response, await route.handle(call));
      return;
    }
    const { answer, faulted, sent } = await play(service, equipment, route, call);
    equipment.traffic?.record({
      service: service.name,
      method: call.method,
      url: `${route?.origin ?? service.routes[0]?.origin ?? ''}${target}`,
      request: { headers: call.headers, body: call.body },
      response: answer && { status: answer.status, headers: answer.headers ?? {}, body: Buffer.from(answer.body) },
      faulted,
    });
    if (answer === undefined) {
      if (sent !== 'never') response.destroy();
    } else if (sent === 'half') await sendHalf(response, answer);
    else await send(response, answer);
  } finally {
    left?.();
  }
}

interface Played {
  /** Absent: nothing is answered. */
  answer?: Answer;
  faulted: boolean;
  /** `half`: the connection breaks in the middle of the body; `never`: it stays open and silent. Absent: as it should be. */
  sent?: 'half' | 'never';
}

/** Carries out a call with the fault that strikes it. */
async function play(service: Service, { faults, counters }: Equipment, route: Route | undefined, call: Call): Promise<Played> {
  const operation = route?.nameOf?.(call) ?? route?.name ?? 'unknown';
  counters.called(operation);
  const trouble = faults.strike(operation);
  if (trouble?.kind === 'revoked') service.revoke(call);
  if (trouble?.kind === 'slow') await wait(trouble.ms);
  const early = trouble && refuse(service, trouble);
  const answer = trouble?.kind === 'refused' ? undefined : (early ?? (route ? await route.handle(call) : service.unknown(call)));
  if (answer === undefined || trouble?.kind === 'lost' || trouble?.kind === 'hang') {
    counters.answered(0);
    return { faulted: true, sent: trouble?.kind === 'hang' ? 'never' : undefined };
  }
  counters.answered(answer.status);
  if (trouble?.kind === 'cut') return { answer, faulted: true, sent: 'half' };
  if (trouble?.kind === 'malformed') return { answer: { ...answer, body: half(answer.body) }, faulted: true };
  return { answer, faulted: early !== undefined };
}

function half(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return bytes.subarray(0, bytes.length >> 1);
}

function refuse(service: Service, trouble: Trouble): Answer | undefined {
  if (trouble.kind !== 'rate' && trouble.kind !== 'status') return undefined;
  const answer = service.failed(trouble.kind === 'rate' ? 429 : trouble.status);
  if (trouble.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(trouble.retryAfter) } };
}

async function sendHalf(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  await new Promise<void>((resolve) => response.write(half(body), () => resolve()));
  response.destroy();
}

function send(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(body, resolve);
  });
}

function find(routes: readonly Route[], call: Call): Route | undefined {
  for (const route of routes) {
    if (route.method !== call.method) continue;
    const match = route.path.exec(call.path);
    if (match === null) continue;
    call.params = match.slice(1).map((part) => decoded(part ?? ''));
    return route;
  }
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
