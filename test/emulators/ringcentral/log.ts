import type { Clock } from '../kit/clock.ts';
import { mix } from '../kit/random.ts';
import { recordingId, type StoryCall } from './call.ts';
import type { LegPlan, LogPlan } from './stories/story.ts';

/** One record of a log: that of the company, or of an extension. */
export interface Entry {
  id: string;
  /** The extension whose log it stands in; absent: the company's. */
  owner?: number;
  call: StoryCall;
  plan: LogPlan;
  /** The owner's part of it. */
  legs: readonly LegPlan[];
  begins: number;
  /** Since when it stands in the log. */
  appears: number;
  /** When its recording was added; absent: there is none. */
  recorded?: number;
  deleted?: number;
}

/** How late the log is, ms after the end of the call. */
export interface Lag {
  least: number;
  most: number;
}

export type CallLog = ReturnType<typeof createLog>;

/** The call log of a company. What it shows depends on the time: records appear late and change afterwards. */
export function createLog(clock: Clock, lag: Lag, seed = 1) {
  const byOwner = new Map<number | undefined, Entry[]>();
  const changes = createChanges();
  let count = 0;
  const bySession = new Map<string, Entry[]>();
  const byId = new Map<string, Entry>();
  const byRecording = new Map<string, Entry>();
  let between = lag;
  let forgotten = 0;
  let serial = 0;

  function put(entry: Entry): void {
    count++;
    const mine = byOwner.get(entry.owner);
    if (mine) mine.push(entry);
    else byOwner.set(entry.owner, [entry]);
    if (entry.owner === undefined) for (const at of [entry.appears, entry.recorded, entry.deleted]) changes.add(at, entry);
    byId.set(entry.id, entry);
    if (entry.recorded !== undefined) byRecording.set(recordingId(entry.call, entry.plan.session), entry);
    const { sessionId = '', telephonySessionId = '' } = entry.call.sessions[entry.plan.session] ?? {};
    const known = bySession.get(sessionId);
    if (known) {
      known.push(entry);
      return;
    }
    const list = [entry];
    bySession.set(sessionId, list);
    bySession.set(telephonySessionId, list);
  }

  return {
    /** The records of a session that has ended `ended` (ms since the epoch). */
    write(call: StoryCall, session: string, ended: number): Entry[] {
      const written: Entry[] = [];
      for (const plan of call.story.log) {
        if (plan.session !== session) continue;
        const wait = between.least + (mix(seed, serial) % Math.max(1, between.most - between.least + 1));
        const appears = ended + wait + (plan.late ?? 0) * 1000;
        const times = {
          begins: call.begins + Math.round(plan.at * 1000),
          appears,
          ...(plan.recording === undefined ? {} : { recorded: appears + plan.recording * 1000 }),
          ...(plan.deleted === undefined ? {} : { deleted: appears + plan.deleted * 1000 }),
        };
        const owners = new Set(plan.legs.flatMap(({ of }) => call.troupe.extension(of ?? '')?.id ?? []));
        for (const owner of [undefined, ...owners]) {
          const mine = (leg: LegPlan) => owner === undefined || call.troupe.extension(leg.of ?? '')?.id === owner;
          const legs = plan.legs.filter(mine);
          written.push({ id: idOf(mix(seed, ++serial), serial), owner, call, plan, legs, ...times });
        }
      }
      for (const entry of written) put(entry);
      return written;
    },
    /** What stands in a log now, in no order; deleted ones too. */
    visible(owner: number | undefined, session?: string): Entry[] {
      const now = clock.now();
      const among = (session === undefined ? byOwner.get(owner) : bySession.get(session)) ?? [];
      return among.filter((one) => one.owner === owner && one.appears <= now && one.appears > forgotten);
    },
    find: (id: string): Entry | undefined => {
      const found = byId.get(id);
      return found && found.appears <= clock.now() ? found : undefined;
    },
    /** The record a recording belongs to, once it is there. */
    recorded: (recording: string): Entry | undefined => {
      const found = byRecording.get(recording);
      return found?.recorded !== undefined && found.recorded <= clock.now() ? found : undefined;
    },
    lastModified: (entry: Entry) => modifiedOf(entry, clock.now()),
    /** Somebody deletes the records of a session. */
    remove(session: string): void {
      for (const one of bySession.get(session) ?? []) {
        one.deleted = clock.now();
        if (one.owner === undefined) changes.add(one.deleted, one);
      }
    },
    setLag: (next: Lag) => {
      between = next;
    },
    /** Somebody clears the log: sync tokens given before are refused. */
    clear(): void {
      forgotten = clock.now();
    },
    clearedAt: () => forgotten,
    /** Records of the company in the order in which they changed, each once, by its last change; begins at `since`. */
    *changed(since: number): Generator<readonly [at: number, entry: Entry]> {
      const now = clock.now();
      for (const [at, entry] of changes.from(since)) {
        if (at > now) return;
        if (entry.appears > forgotten && modifiedOf(entry, now) === at) yield [at, entry];
      }
    },
    count: () => count,
  };
}

/** When it last changed, as seen at `now`. */
export function modifiedOf({ appears, recorded, deleted }: Entry, now: number): number {
  let last = appears;
  for (const at of [recorded, deleted]) if (at !== undefined && at <= now && at > last) last = at;
  return last;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

function idOf(mixed: number, serial: number): string {
  let text = '';
  for (let rest = mixed * 1_000_000 + (serial % 1_000_000), i = 0; i < 9; i++, rest = Math.floor(rest / 64))
    text += LETTERS[rest % 64];
  return `${text}${serial.toString(36).toUpperCase()}NQA`;
}

/** Every change of every record by its time, sorted when it is next looked at. */
function createChanges() {
  const list: (readonly [at: number, entry: Entry])[] = [];
  let sorted = 0;
  return {
    add(at: number | undefined, entry: Entry): void {
      if (at !== undefined) list.push([at, entry]);
    },
    *from(since: number) {
      if (sorted < list.length) list.sort(([a], [b]) => a - b);
      sorted = list.length;
      let [low, high] = [0, list.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((list[middle]?.[0] ?? 0) < since) low = middle + 1;
        else high = middle;
      }
      for (let i = low; i < list.length; i++) {
        const change = list[i];
        if (change) yield change;
      }
    },
  };
}
