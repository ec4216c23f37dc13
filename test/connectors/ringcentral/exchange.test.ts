/** The connector against an emulated company: calls from the first ring to the log, notifications as they arrive. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { webhooks } from '#connectors/ringcentral/webhooks.ts';
import type { Row } from '#kit/stream.ts';
import type { News } from '#kit/webhook.ts';
import { createBench } from '#test/conformance/bench.ts';
import type { World } from '#test/conformance/world.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { stories } from '#test/emulators/ringcentral/stories/corpus.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const HOUR = 3_600_000;
const { calls, messages } = ringcentral.streams;
let on: Emulators;
beforeEach(async () => {
  on = await startEmulators({ clock: createClock(NOW) });
});
afterEach(() => on.close());

function benchOf(stream = calls as typeof calls | typeof messages, who?: string) {
  let held = on.ringcentral.grant(who);
  const { now, turn } = on.clock;
  const token = async (refused?: string) => {
    if (refused === held.accessToken) held = on.ringcentral.grant(who);
    return held.accessToken;
  };
  const world = { base: on.hosts.ringcentral!, now, turn, token };
  return createBench(ringcentral, stream, world as World);
}

/** Which part of a truth the log alone cannot know: it has no hold, and its legs begin with the ringing. */
const RINGING_S = 30;

test('every story of the corpus stands in the log as it happened: who, which way, with what end, about how long', async () => {
  const truths = [...stories.values()].flatMap((story) => on.ringcentral.ring(story).truths);
  on.clock.turn(2 * HOUR);
  const { rows, misfits } = await benchOf().read();
  expect(misfits).toEqual([]);
  const found = new Map(rows.map((row) => [row.id, row]));
  let compared = 0;
  for (const truth of truths) {
    const row = found.get(truth.telephonySessionId);
    if (truth.exception !== undefined || row === undefined) continue;
    compared++;
    const { direction, outcome, extension, talkSeconds } = row.fields;
    expect({ story: truth.story, direction, outcome }).toMatchObject({ direction: truth.direction, outcome: truth.outcome });
    if (truth.extensionId !== undefined)
      expect({ story: truth.story, extension }).toEqual({ story: truth.story, extension: truth.extensionId });
    const held = /hold|warm|conference|two-at-once|parked|told-out-of-order/.test(truth.story);
    if (!held) expect(Math.abs(Number(talkSeconds) - truth.talkSeconds), truth.story).toBeLessThanOrEqual(RINGING_S);
    expect(Number(talkSeconds), truth.story).toBeLessThanOrEqual(Number(row.fields.seconds));
  }
  expect(compared).toBeGreaterThan(55);
});

test('a call comes into the log late, and again when its recording is there', async () => {
  on.ringcentral.setLag({ least: 20_000, most: 20_000 });
  const bench = benchOf();
  let { cursors } = await bench.read();
  const look = async (): Promise<Row[]> => {
    const reading = await bench.read(cursors.at(-1));
    ({ cursors } = reading);
    return reading.rows;
  };
  on.ringcentral.ring('recording-late');
  on.clock.turn(19_000);
  expect(await look()).toEqual([]);
  on.clock.turn(2_000);
  const [first] = await look();
  expect(first!.fields).toMatchObject({ outcome: 'answered' });
  expect(first!.fields).not.toHaveProperty('recording');
  on.clock.turn(HOUR);
  const [second] = await look();
  expect(second).toMatchObject({ id: first!.id, fields: { recording: expect.stringContaining('/content') } });
  expect(second!.time! > first!.time!).toBe(true);
  const [recording] = second!.fields.recordings as { id: string }[];
  const { type, bytes } = await ringcentral.telephony.sound!(bench.ctx, { recording: recording!.id });
  expect([type, (await buffer(bytes)).length > 0]).toEqual(['audio/mpeg', true]);
});

test('who is no administrator reads the calls of their own extension', async () => {
  const { truths } = on.ringcentral.ring('answered-inbound', { cast: { ann: 'bob' } });
  on.ringcentral.ring('answered-inbound', { cast: { ann: 'cid' } });
  on.clock.turn(HOUR);
  const bench = benchOf(calls, 'bob');
  const { rows, cursors } = await bench.read();
  expect(rows.map(({ id, fields }) => [id, fields.extension])).toEqual([[truths[0]!.telephonySessionId, truths[0]!.extensionId]]);
  on.ringcentral.ring('missed', { cast: { ann: 'bob' } });
  on.clock.turn(HOUR);
  expect((await bench.read(cursors.at(-1))).rows.map(({ fields }) => fields.outcome)).toEqual(['missed']);
});

test('a voicemail comes with what was understood', async () => {
  on.ringcentral.ring('voicemail-with-transcript');
  on.clock.turn(60_000);
  const { rows } = await benchOf(messages).read();
  expect(rows[0]!.fields).toMatchObject({ type: 'VoiceMail', transcription: 'Completed', text: expect.stringMatching(/\w/) });
});

test('a subscription is greeted, told of a call as it goes on, renewed, blacklisted, and ended', async () => {
  const secret = 'a secret of this subscription';
  const heard: News[] = [];
  const forged: string[] = [];
  const server = createServer(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const delivery = { method: 'POST' as const, headers, query: '', body: await buffer(request) };
    const verdict = await webhooks.verify(delivery, { secrets: [secret], now: on.clock.now() });
    if (verdict.is === 'greeting') {
      const { status, headers, body } = verdict.answer;
      response.writeHead(status, headers).end(body);
      return;
    }
    if (verdict.is === 'forged') forged.push(verdict.reason);
    else heard.push(...webhooks.parse(delivery));
    response.writeHead(verdict.is === 'forged' ? 401 : 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { ctx } = benchOf();
  const wanted = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    secret,
    streams: Object.keys(ringcentral.streams),
  };

  const { id, expires } = await webhooks.subscribe!(ctx, wanted);
  expect(expires).toBe(on.clock.now() + 7 * 24 * HOUR);
  const { truths } = on.ringcentral.ring('queue-answered');
  on.ringcentral.receiveText('ann', { from: '+14155550100', text: 'Hi' });
  await on.ringcentral.settled();
  const { id: account } = await ringcentral.check(ctx);
  expect(new Set(heard.map((news) => news.account))).toEqual(new Set([account]));
  const events = heard.flatMap((news) => (news.is === 'call' ? [news.event] : []));
  expect(new Set(events.map(({ session }) => session))).toEqual(new Set([truths[0]!.telephonySessionId]));
  expect(
    events.some(({ parties }) =>
      parties.some(({ extension, state }) => extension === truths[0]!.extensionId && state === 'answered'),
    ),
  ).toBe(true);
  expect(heard.some((news) => news.is === 'touched' && news.stream === 'messages' && news.id !== undefined)).toBe(true);
  expect(forged).toEqual([]);

  on.clock.turn(HOUR);
  expect((await webhooks.renew!(ctx, id, wanted)).expires).toBe(on.clock.now() + 7 * 24 * HOUR);
  expect(await webhooks.look!(ctx, id)).toEqual({ id, expires: on.clock.now() + 7 * 24 * HOUR });
  on.ringcentral.blacklist(id);
  expect(await webhooks.look!(ctx, id)).toMatchObject({ dropped: expect.stringContaining('Blacklisted') });
  await webhooks.unsubscribe!(ctx, id);
  expect(await webhooks.look!(ctx, id)).toBeUndefined();

  const own = await webhooks.subscribe!(benchOf(calls, 'bob').ctx, wanted);
  const { filters } = on.ringcentral.subscriptions().find((one) => one.id === own.id)!;
  expect(filters.map(({ text }) => text).join()).toMatch(/extension\/\d+\/telephony\/sessions/);
  server.close();
});

test('a call is placed, asked about, and over', async () => {
  on.ringcentral.setRingOut({ speed: 1_000 });
  const { ctx } = benchOf();
  const placed = await ringcentral.telephony.place!(ctx, { from: '+12025550111', to: '+14155550142' });
  expect(placed.state).toBe('ringing');
  await expect.poll(async () => (await ringcentral.telephony.placed!(ctx, placed.id))?.state).not.toBe('ringing');
  const other = await ringcentral.telephony.place!(ctx, { from: '+12025550111', to: '+14155550142' });
  await ringcentral.telephony.cancel!(ctx, other.id);
  expect((await ringcentral.telephony.roster(ctx)).map(({ kind }) => kind)).toContain('queue');
});
