/** What the gate answers: as little as HTTP allows, for some services read no more than a kilobyte, headers included. */
import type { ServerResponse } from 'node:http';

/** What became of a request. */
export type Outcome = 'accepted' | 'again' | 'greeting' | 'forged' | 'refused';

export interface Reply {
  outcome: Outcome;
  /** Counted by; one of a few, '' where there is nothing to say. */
  reason: string;
  status: number;
  headers?: { readonly [name: string]: string };
  body?: string;
  /** The connection is of no more use. */
  last?: boolean;
}

/** Why a request is not taken, before anybody has asked whether it is genuine. */
export interface Refusal {
  status: number;
  reason: string;
  /** One line for whoever looks at what their request came back with. Absent: nothing is said. */
  say?: string;
  headers?: { readonly [name: string]: string };
}

/** Seconds after which a service may try again. */
const RETRY_AFTER = '5';

export const notNow = (reason: string): Reply => refused({ status: 503, reason, headers: { 'retry-after': RETRY_AFTER } });

export function refused({ status, reason, say, headers }: Refusal, last = false): Reply {
  const told =
    say === undefined ? { headers } : { headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${say}\n` };
  return { outcome: 'refused', reason, status, ...told, last };
}

/** Ends the exchange. Throws where a header cannot be said, and nothing is sent then. */
export function answer(response: ServerResponse, { status, headers, body = '', last }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const all: { [name: string]: string | number } = { ...headers };
  if (status !== 204) all['content-length'] = Buffer.byteLength(body);
  if (last) all.connection = 'close';
  response.writeHead(status, all);
  response.end(body);
}
