/** What the gate answers: as little as HTTP allows, for some services read no more than a kilobyte, headers included. */
import type { ServerResponse } from 'node:http';

/** Why a request is not taken, before anybody has asked whether it is genuine. */
export interface Refusal {
  status: number;
  /** Counted by; one of a few. */
  reason: string;
  /** One line for whoever looks at what their request came back with. Absent: nothing is said. */
  say?: string;
  headers?: { readonly [name: string]: string };
}

/** Seconds after which a service may try again. */
const RETRY_AFTER = '5';

export const notNow = (reason: string, say?: string): Refusal => ({
  status: 503,
  reason,
  ...(say === undefined ? {} : { say }),
  headers: { 'retry-after': RETRY_AFTER },
});

/** Ends the exchange, once. `last`: the connection is of no more use. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: { readonly [name: string]: string } = {},
  body = '',
  last = false,
): void {
  if (response.headersSent || response.destroyed) return;
  const all: { [name: string]: string | number } = { ...headers };
  if (status !== 204) all['content-length'] = Buffer.byteLength(body);
  if (last) all.connection = 'close';
  response.writeHead(status, all);
  response.end(body);
}

export function refuse(response: ServerResponse, { status, say, headers }: Refusal, last: boolean): void {
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  answer(response, status, say === undefined ? headers : { ...type, ...headers }, say === undefined ? '' : `${say}\n`, last);
}
