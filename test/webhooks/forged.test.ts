/** The corpus of forged and unreadable requests: each refused with its status, nothing stored, and the gate as good as before. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { openServer } from '#api/server.ts';
import { openLog } from '#hub/log.ts';
import { deliveryInbox } from '#store/deliveries.ts';
import { testDatabase } from '#test/database.ts';
import { openGate } from '#webhooks/gate.ts';
import { bells, signed } from './bell.ts';
import { type Forged, forgedRequests } from './forged.ts';
import { sendTo } from './world.ts';

const SECRET = 'clapper';
const AT_ONCE = 16;

const database = await testDatabase();
const connectors = bells();
const counts = new Map<string, number>();
const gate = openGate({
  webhooksOf: (name) => (Object.hasOwn(connectors, name) ? connectors[name]!.webhooks : undefined),
  secretsOf: async (connector, subscription) =>
    connector === 'bell' ? [SECRET] : subscription === 'known' ? ['its own'] : undefined,
  inbox: deliveryInbox(database.store),
  now: Date.now,
  count: (_connector, outcome, reason) => counts.set(`${outcome} ${reason}`, (counts.get(`${outcome} ${reason}`) ?? 0) + 1),
  patience: 1_500,
});
const server = openServer([], {
  identify: async () => undefined,
  log: openLog('silent'),
  first: gate.take,
  headersMs: 1_500,
});
const { port } = await server.listen(0, '127.0.0.1');
afterAll(() => server.close(0));

/** The status of the first answer; 0 where the connection closed without one. */
async function statusOf({ pieces, after }: Forged): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1');
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (part: string) => {
      answer += part;
      if (answer.includes('\r\n\r\n')) resolve();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  await once(socket, 'connect');
  for (const piece of pieces) socket.write(piece);
  if (after === 'leaves') socket.destroySoon();
  await answered;
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

test('each is refused with the status it must have, and nothing is stored', async () => {
  const corpus = forgedRequests(SECRET);
  expect(corpus.length).toBeGreaterThanOrEqual(500);
  const wrong: string[] = [];
  const waiting = [...corpus];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const status = await statusOf(one);
        if (status !== one.status) wrong.push(`${one.rule} (${one.of}): ${status} instead of ${one.status}`);
      }
    }),
  );
  expect(wrong).toEqual([]);
  const { rows } = await database.owner.query(
    'select (select count(*)::int from deliveries) as deliveries, (select count(*)::int from delivery_identities) as identities',
  );
  expect(rows).toEqual([{ deliveries: 0, identities: 0 }]);
  expect([...counts.keys()].filter((what) => /^(accepted|again|greeting)/.test(what))).toEqual([]);
  expect(counts.get('forged wrong signature')).toBeGreaterThan(200);
  const body = '{"news":[]}';
  expect((await sendTo(port, '/webhooks/bell', { headers: signed(SECRET, body, Date.now(), 'forged'), body })).status).toBe(200);
});
