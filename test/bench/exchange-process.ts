/** Plays a month of calls as its parent asks it to: see exchange.ts. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Truth } from '#test/emulators/ringcentral/call.ts';
import { startRingcentral } from '#test/emulators/ringcentral/emulator.ts';
import { calls, type MonthCall } from '#test/emulators/ringcentral/month.ts';
import { RINGCENTRAL_RATES } from '#test/emulators/ringcentral/rates.ts';
import type { Story } from '#test/emulators/ringcentral/stories/story.ts';
import type { Asks, Paced, Question, Reply } from './exchange.ts';

const emulator = await startRingcentral({ rates: RINGCENTRAL_RATES });
const { clock } = emulator;
let month: Generator<MonthCall, void, void> = calls(0, 1);
let left = 0;
/** Drawn, and not yet due. */
let next: MonthCall | undefined;

function draw(): MonthCall | undefined {
  const drawn = next ?? (left-- > 0 ? (month.next().value ?? undefined) : undefined);
  next = undefined;
  return drawn;
}

/** When nobody is left in a session, seconds since the call began; sessions that are never told to be over are not there. */
function endsOf({ events }: Story): Map<string, number> {
  const ends = new Map<string, number>();
  const there = new Set<string>();
  for (const [at, party, code] of events) {
    const session = party.slice(0, 1);
    ends.set(session, Math.max(at, ends.get(session) ?? 0));
    if (code === 'Disconnected' || code === 'Gone') there.delete(party);
    else there.add(party);
  }
  for (const party of there) ends.delete(party.slice(0, 1));
  return ends;
}

function paced({ story, cast }: MonthCall, speed: number): { call: Paced; over: Promise<void> } {
  const start = clock.now();
  const { truths, over } = emulator.ring(story, { cast, speed });
  const ends = endsOf(story);
  const moments = truths.flatMap(({ session, telephonySessionId }) => {
    const end = ends.get(session);
    return end === undefined ? [] : [[telephonySessionId, start + (end * 1_000) / speed] as const];
  });
  return { call: { truths, ends: Object.fromEntries(moments) }, over };
}

const asks: { [K in keyof Asks]: (value: Parameters<Asks[K]>[0]) => ReturnType<Asks[K]> | Promise<ReturnType<Asks[K]>> } = {
  begin({ calls: count, dense, customers, seed }) {
    const from = clock.now();
    month = calls(dense, seed, { from, customers });
    left = count;
    return { from };
  },
  playUntil(moment) {
    const told: Truth[] = [];
    for (let call = draw(); call !== undefined; call = draw()) {
      if (call.begins >= moment) {
        next = call;
        break;
      }
      const { story, cast, begins } = call;
      told.push(...emulator.ring(story, { cast, begins, logged: 'now' }).truths);
    }
    return told;
  },
  async pace({ calls: count, perSecond, speed }) {
    left += count;
    const began = performance.now();
    const played: ReturnType<typeof paced>[] = [];
    for (let at = 0; at < count; at++) {
      await delay(Math.max(0, began + (at * 1_000) / perSecond - performance.now()));
      const call = draw();
      if (call !== undefined) played.push(paced(call, speed));
    }
    await Promise.all(played.map(({ over }) => over));
    await emulator.settled();
    return played.map(({ call }) => call);
  },
  jwt: () => emulator.jwt('ann'),
  turn(ms) {
    clock.turn(ms);
    return null;
  },
  weather(weather) {
    emulator.setWeather(weather);
    return null;
  },
  async settled() {
    await emulator.settled();
    return null;
  },
  deliveries: () => emulator.deliveries(),
  requests() {
    const made = { ...emulator.counters.calls };
    emulator.counters.reset();
    return made;
  },
  logged: () => emulator.logged(),
};

process.on('message', async ({ id, name, value }: Question) => {
  const reply: Reply = { id };
  try {
    reply.value = await (asks[name] as (value: unknown) => unknown)(value);
  } catch (error) {
    reply.problem = (error as Error).message;
  }
  process.send!(reply);
});
process.once('disconnect', () => void emulator.close().then(() => process.exit(0)));
process.send!(emulator.hosts);
