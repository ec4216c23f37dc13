/** The calls of a chosen period, whatever the stream's cursor has seen. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { createBench } from '#test/conformance/bench.ts';
import type { World } from '#test/conformance/world.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let on: Emulators;
beforeAll(async () => {
  on = await startEmulators({ clock: createClock(NOW) });
});
afterAll(() => on.close());

async function sessionsOf(from: number, to: number, who?: string): Promise<string[]> {
  const held = on.ringcentral.grant(who);
  const world = { base: on.hosts.ringcentral!, now: on.clock.now, turn: on.clock.turn, token: async () => held.accessToken };
  const { ctx } = createBench(ringcentral, ringcentral.streams.calls, world as World);
  const found: string[] = [];
  for await (const { rows, misfits } of ringcentral.telephony.log!(ctx, { from, to })) {
    expect(misfits).toEqual([]);
    found.push(...rows.map((row) => row.id));
  }
  return found.sort();
}

test('tells every call that began in it and none beside it; whoever may not read the company’s log gets their own', async () => {
  const at = (begins: number): string[] =>
    on.ringcentral.ring('answered-inbound', { begins, silent: true }).truths.map((truth) => truth.telephonySessionId);
  const [before, first, last, after] = [NOW - 60 * DAY - 1, NOW - 60 * DAY, NOW - 59 * DAY - 1, NOW - 59 * DAY].map(at);
  expect(before!.length + after!.length).toBe(2);
  const within = [...first!, ...last!].sort();
  expect(await sessionsOf(NOW - 60 * DAY, NOW - 59 * DAY)).toEqual(within);
  expect(await sessionsOf(NOW - 60 * DAY, NOW - 59 * DAY, 'bob')).toEqual([]);
  expect(await sessionsOf(NOW - 90 * DAY, NOW - 80 * DAY)).toEqual([]);
});
