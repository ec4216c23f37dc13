/** A server of a few routes on a free port, with keys that need no database. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Caller } from '#api/entry.ts';
import type { Answer, Route } from '#api/route.ts';
import { openServer } from '#api/server.ts';
import { openLog } from '#hub/log.ts';
import type { Permission } from '#hub/permissions.ts';
import { atEndOfFile } from '#test/file.ts';

export interface Served {
  url: string;
  port: number;
  close(graceMs?: number): Promise<void>;
}

/** A key per caller of the tests: `full` may all that the routes ask, `small` only reads. */
const CALLERS: { readonly [key: string]: Caller } = {
  full: caller(['records:read', 'records:write', 'keys:manage', 'operator']),
  small: caller(['records:read']),
};

function caller(permissions: Permission[]): Caller {
  return { workspace: 1, by: 'key 1', permissions: new Set(permissions) };
}

/** Starts a server that the test file's end closes. Every answer is held against its route's schema. */
export async function serve(
  routes: readonly Route[],
  identify: (key: string) => Promise<Caller | undefined> = async (key) => CALLERS[key],
): Promise<Served> {
  const server = openServer(routes, { identify, log: openLog('silent'), inspect: expectDescribed });
  const { port } = await server.listen(0, '127.0.0.1');
  atEndOfFile(() => server.close(0));
  return { url: `http://127.0.0.1:${port}`, port, close: (graceMs) => server.close(graceMs) };
}

function expectDescribed(route: Route, answer: Answer): void {
  if (answer.body !== undefined) route.answer.parse(answer.body);
}

export const asFull = { authorization: 'Bearer full' };

export function sending(body: unknown, method = 'POST', headers: { [name: string]: string } = {}): RequestInit {
  return { method, headers: { ...asFull, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** What the server answers to bytes that no HTTP client would send. */
export async function rawAnswer(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return answer;
}
