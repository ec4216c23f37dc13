/** A hub's gate and reader over a real database, served on a port of its own. */
import { request } from 'node:http';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import type { Handlers } from '#hub/news/parts.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { atEndOfFile } from '#test/file.ts';
import { MemoryService } from '#test/sync/service.ts';
import { bells, signed } from './bell.ts';

export const SECRET = 'clapper';
export const OLD_SECRET = 'tongue';

export interface Answered {
  status: number;
  headers: { [name: string]: string | string[] | undefined };
  body: string;
}

export interface World {
  database: TestDatabase;
  hub: Hub;
  port: number;
  url: string;
  /** Sends a genuine delivery. */
  ring(news: object | string, id?: string): Promise<Answered>;
  send(
    path: string,
    options: { method?: string; headers?: { [name: string]: string }; body?: string | Uint8Array },
  ): Promise<Answered>;
  /** Links an account in a workspace. */
  connect(workspace: number, account: string, connector?: string): Promise<number>;
  kept(): Promise<number>;
}

export async function openWorld(handlers: Handlers = {}): Promise<World> {
  const database = await testDatabase();
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    BELL_WEBHOOK_SECRET: SECRET,
    BELL_WEBHOOK_SECRET_OLD: OLD_SECRET,
  });
  const log = openLog('silent');
  const hub = await openHub(config, log, {
    store: Promise.resolve(database.store),
    connectors: bells(new MemoryService(Date.now).stream),
    handlers,
  });
  const server = openServer(routesOf(hub), { identify: (key) => hub.keys.identify(key), log, first: hub.gate.take });
  const { port } = await server.listen(0, '127.0.0.1');
  atEndOfFile(async () => {
    await server.close(0);
    await hub.close();
  });
  const send: World['send'] = (path, options) => sendTo(port, path, options);
  return {
    database,
    hub,
    port,
    url: `http://127.0.0.1:${port}`,
    send,
    ring(news, id) {
      const body = typeof news === 'string' ? news : JSON.stringify({ news });
      return send('/webhooks/bell', { headers: signed(SECRET, body, Date.now(), id), body });
    },
    async connect(workspace, account, connector = 'bell') {
      const { rows } = await database.owner.query<{ id: number }>(
        `insert into connections (workspace, connector, account, title) values ($1, $2, $3, $3) returning id`,
        [workspace, connector, account],
      );
      return rows[0]!.id;
    },
    async kept() {
      return (await database.owner.query<{ n: number }>('select count(*)::int as n from deliveries')).rows[0]!.n;
    },
  };
}

/** One request on a connection of its own. Rejects where the connection breaks before an answer. */
export function sendTo(
  port: number,
  path: string,
  {
    method = 'POST',
    headers = {},
    body = '',
  }: { method?: string; headers?: { [name: string]: string }; body?: string | Uint8Array },
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
