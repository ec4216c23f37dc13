/** A service that calls webhooks, over real HTTP: greets an address before it promises anything, ends, drops, refuses, loses answers. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Context } from '#kit/context.ts';
import { Changed, Refused, TryLater } from '#kit/errors.ts';
import type { Subscribed, Wanted, Webhooks } from '#kit/webhook.ts';

export interface Promised extends Wanted {
  id: string;
  expires: number;
  dropped?: string;
}

export class CallingService {
  readonly living = new Map<string, Promised>();
  /** Every request as `POST /subscriptions`, in their order. */
  readonly asked: string[] = [];
  /** Life of what it promises, ms. */
  life = 7 * 24 * 3_600_000;
  /** The next creations are carried out, and their answer is lost. */
  loseAnswers = 0;
  /** The next requests are turned away with 503, at once. */
  busy = 0;
  private readonly server: Server;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
    this.server = createServer(async (request, response) => {
      const { method = '', url = '' } = request;
      this.asked.push(`${method} ${url.split('?')[0]!.replace(/[\da-f-]{36}/, ':id')}`);
      const answer = (status: number, body: object = {}) => response.writeHead(status).end(JSON.stringify(body));
      if (this.busy > 0) {
        this.busy -= 1;
        return answer(503);
      }
      const id = /^\/subscriptions\/(.+)$/.exec(url)?.[1];
      if (method === 'GET' && id === undefined) {
        const wanted = new URL(url, 'http://x').searchParams.get('url');
        return answer(200, { found: [...this.living.values()].filter((one) => one.url === wanted) });
      }
      if (id !== undefined && !this.living.has(id)) return answer(404);
      if (method === 'GET') return answer(200, this.living.get(id!));
      if (method === 'DELETE') {
        this.living.delete(id!);
        return answer(200);
      }
      const wanted = (await json(request)) as Wanted;
      const greeted = await greet(wanted.url);
      if (greeted !== '') return answer(400, { reason: greeted });
      const promised = { ...wanted, id: id ?? randomUUID(), expires: this.now() + this.life };
      this.living.set(promised.id, promised);
      if (method === 'POST' && this.loseAnswers > 0) {
        this.loseAnswers -= 1;
        return request.socket.destroy();
      }
      return answer(200, promised);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** '' where the address greets back. */
async function greet(url: string): Promise<string> {
  try {
    const response = await fetch(url, { method: 'POST', headers: { greeting: 'hello' }, redirect: 'manual' });
    return response.headers.get('greeting') === 'hello' ? '' : `the address answered ${response.status} to a greeting`;
  } catch {
    return `the address ${url} does not answer`;
  }
}

/** The connector's part: thin, over HTTP. `finds`: can the service list what calls an address? `renews`: can what it promised be made longer? */
export function webhooksOf(finds: boolean, renews = true): Webhooks {
  return {
    secrets: 'subscription',
    verify: ({ headers }, { secrets }) => {
      const greeting = headers.greeting;
      if (greeting !== undefined) return { is: 'greeting', answer: { status: 200, headers: { greeting }, body: '' } };
      return secrets.includes(headers.secret ?? '') ? { is: 'genuine' } : { is: 'forged', reason: 'another secret' };
    },
    greeting: (token) => ({ method: 'POST', headers: { greeting: token }, query: '', body: new Uint8Array() }),
    parse: () => [],
    subscribe: async (ctx, wanted) => (await ask(ctx, 'POST', '', wanted)) as Subscribed,
    ...(renews && { renew: async (ctx, id, wanted) => (await ask(ctx, 'PUT', `/${id}`, wanted)) as Subscribed }),
    look: async (ctx, id) => ask(ctx, 'GET', `/${id}`).catch(unknown) as Promise<Subscribed | undefined>,
    ...(finds && {
      find: async (ctx, url) => ((await ask(ctx, 'GET', `?url=${encodeURIComponent(url)}`)) as { found: Subscribed[] }).found[0],
    }),
    unsubscribe: async (ctx, id) => void (await ask(ctx, 'DELETE', `/${id}`)),
  };
}

function unknown(error: unknown): undefined {
  if (error instanceof Refused && error.field === '404') return undefined;
  throw error;
}

async function ask(ctx: Context, method: string, path: string, body?: object): Promise<Subscribed | object> {
  const response = await fetch(`${ctx.base.api}/subscriptions${path}`, {
    method,
    signal: ctx.signal,
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new TryLater('no answer came', 'Wait a moment.', 1_000, false, error);
  });
  if (response.ok) return (await response.json()) as object;
  if (response.status === 503) throw new TryLater('busy', 'Wait a moment.', 1_000, true);
  const { reason = 'no such subscription' } = (await response.json()) as { reason?: string };
  if (response.status < 500) throw new Refused(reason, 'Look at the public URL.', String(response.status));
  throw new Changed(`it answered ${response.status}`, 'Tell the maintainer.');
}
