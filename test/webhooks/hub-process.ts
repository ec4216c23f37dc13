/** A hub in a process of its own, to be killed: the gate on a port it tells its parent, the reader at work, calls noted in a table. */
import pg from 'pg';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { openHub } from '#hub/open.ts';
import { MemoryService } from '#test/sync/service.ts';
import { bells } from './bell.ts';

const [url, secret] = process.argv.slice(2) as [string, string];
const config = readConfig({ DATABASE_URL: url, SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`, BELL_WEBHOOK_SECRET: secret });
const log = openLog('silent');
const notes = new pg.Pool({ connectionString: url, max: 2 });
const hub = await openHub(config, log, {
  connectors: bells(new MemoryService(Date.now).stream),
  handlers: {
    async heard(_tx, _connection, events) {
      await notes.query(
        `insert into public.rung (session) select distinct unnest($1::text[]) order by 1
         on conflict (session) do update set times = rung.times + 1`,
        [events.map(({ session }) => session)],
      );
    },
  },
});
await hub.news.ready();
const server = openServer(routesOf(hub), { identify: (key) => hub.keys.identify(key), log, first: hub.gate.take });
const { port } = await server.listen(0, '127.0.0.1');
hub.news.start();
process.send!({ port });
process.on('disconnect', () => process.exit(0));
