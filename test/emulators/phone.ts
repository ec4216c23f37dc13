/** RingCentral's other ends: an app that calls it, and a hub that it calls. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Json } from '#kit/fields.ts';
import { items, object } from './client.ts';
import type { Message } from './gsuite/json.ts';
import type { Ringcentral } from './ringcentral/contract.ts';

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  body: Message;
}

export interface Asking {
  query?: { readonly [name: string]: string | readonly string[] | undefined };
  body?: Json;
}

/** Calls the emulated platform as a user of an app would, with nothing but fetch. `~` begins a path below the own account. */
export function phone(ringcentral: Ringcentral, token = ringcentral.grant().accessToken) {
  async function call(method: string, path: string, { query = {}, body }: Asking = {}): Promise<Answered> {
    const url = /^https?:/.test(path)
      ? new URL(path)
      : new URL(path.replace(/^~/, 'restapi/v1.0/account/~'), ringcentral.hosts.platform);
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) url.searchParams.append(name, one);
    }
    const headers: { [name: string]: string } = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    const is = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, body: is ? JSON.parse(text) : {} };
  }
  return {
    call,
    get: (path: string, query?: Asking['query']) => call('GET', path, { query }),
    /** The records of a list. */
    list: async (path: string, query?: Asking['query']) => items((await call('GET', path, { query })).body.records),
    subscribe: (address: string, more: { [name: string]: Json } = {}) =>
      call('POST', 'restapi/v1.0/subscription', {
        body: {
          eventFilters: ['/restapi/v1.0/account/~/telephony/sessions'],
          deliveryMode: { transportType: 'WebHook', address, verificationToken: 'proof' },
          ...more,
        },
      }),
  };
}

/** The code of the first cause of an error. */
export function codeOf({ body }: Answered): Json | undefined {
  return items(body.errors)[0]?.errorCode;
}

export interface Heard {
  headers: IncomingMessage['headers'];
  body: string;
}

/** A hub that greets back and keeps what it hears; `how` answers differently. */
export async function listener(how?: (request: Heard, response: ServerResponse) => void) {
  const greetings: Heard[] = [];
  const notifications: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () => {
      const heard = { headers: request.headers, body };
      (body === '' ? greetings : notifications).push(heard);
      if (how) how(heard, response);
      else response.writeHead(200, greeting(heard)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return {
    url: `http://127.0.0.1:${address.port}/webhooks/ringcentral/abc`,
    greetings,
    notifications,
    /** The notifications as they were meant. */
    events: (): Message[] => notifications.map(({ body }) => object(JSON.parse(body))),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type Listener = Awaited<ReturnType<typeof listener>>;

/** The headers that satisfy the service. */
export function greeting({ headers }: Heard): { [name: string]: string } {
  const token = headers['validation-token'];
  return { 'content-type': 'application/json', ...(typeof token === 'string' ? { 'validation-token': token } : {}) };
}
