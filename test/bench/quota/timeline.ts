/**
 * Simulated time. Whatever happens waits for a moment or does something now; when all wait, the clock is turned to the next moment
 * that somebody waits for. What is asked of a real database meanwhile takes no time.
 *
 * Each lane keeps its own order to the millisecond. Lanes go side by side and are at most `stride` apart, so that a database has
 * several questions at once; with a stride of 1 all is in order.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Timeline {
  /** Milliseconds since the epoch, in the lane of whoever asks. */
  now(): number;
  /** Waits in simulated time. */
  sleep(ms: number): Promise<void>;
  /** Something that goes on by itself, in the lane of whoever asks. */
  spawn(work: () => Promise<void>): void;
  /** The first thing of a lane. */
  begin(lane: number, work: () => Promise<void>): void;
  /** Lets time pass until then; who still waits is left waiting. Throws what any work threw. */
  run(until: number): Promise<void>;
}

interface Waiting {
  at: number;
  wake(): void;
}

interface Lane {
  at: number;
  /** How many are doing something. */
  awake: number;
  /** The earliest last. */
  waiting: Waiting[];
  /** Called when nobody is awake any more. */
  quiet(): void;
}

const NOBODY = () => undefined;

export function createTimeline(begin: number, lanes: number, stride: number): Timeline {
  const all: Lane[] = Array.from({ length: lanes }, () => ({ at: begin, awake: 0, waiting: [], quiet: NOBODY }));
  const inside = new AsyncLocalStorage<Lane>();
  let broken: { error: unknown } | undefined;

  function here(): Lane {
    const lane = inside.getStore();
    if (lane === undefined) throw new Error('simulated time passes only in a lane: start the work with begin()');
    return lane;
  }

  function leave(lane: Lane): void {
    lane.awake -= 1;
    if (lane.awake === 0) lane.quiet();
  }

  function start(lane: Lane, work: () => Promise<void>): void {
    lane.awake += 1;
    inside.run(lane, () =>
      work()
        .catch((error: unknown) => {
          broken ??= { error };
        })
        .finally(() => leave(lane)),
    );
  }

  /** Takes a lane to the end of a stride. */
  async function drive(lane: Lane, until: number): Promise<void> {
    for (;;) {
      if (lane.awake > 0) await new Promise<void>((resolve) => void (lane.quiet = resolve));
      lane.quiet = NOBODY;
      const next = lane.waiting.at(-1);
      if (broken !== undefined || next === undefined || next.at >= until) return;
      lane.at = next.at;
      while (lane.waiting.at(-1)?.at === lane.at) {
        lane.awake += 1;
        lane.waiting.pop()!.wake();
      }
    }
  }

  return {
    now: () => here().at,
    sleep(ms) {
      const lane = here();
      return new Promise((wake) => {
        add(lane.waiting, { at: lane.at + Math.max(0, Math.ceil(ms)), wake });
        leave(lane);
      });
    },
    spawn: (work) => start(here(), work),
    begin: (lane, work) => start(all[lane]!, work),
    async run(until) {
      for (;;) {
        const next = Math.min(...all.map(({ at, awake, waiting }) => (awake > 0 ? at : (waiting.at(-1)?.at ?? until))));
        if (next >= until) return;
        const end = Math.min(until, next + stride);
        const due = all.filter(({ awake, waiting }) => awake > 0 || (waiting.at(-1)?.at ?? end) < end);
        await Promise.all(due.map((lane) => drive(lane, end)));
        if (broken !== undefined) throw broken.error;
      }
    },
  };
}

/** In order of time, and of two at one moment the one that came first is woken first. */
function add(waiting: Waiting[], one: Waiting): void {
  let place = waiting.length;
  while (place > 0 && waiting[place - 1]!.at <= one.at) place -= 1;
  waiting.splice(place, 0, one);
}
