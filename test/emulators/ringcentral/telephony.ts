import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import { endOf, type Moment, momentsOf, type PartyState, placeCall, type StoryCall } from './call.ts';
import type { Cast, End } from './cast.ts';
import type { Company } from './company.ts';
import { notFound } from './errors.ts';
import type { Happening } from './filters.ts';
import type { CallLog } from './log.ts';
import type { Mailboxes } from './mailbox.ts';
import type { Story } from './stories/story.ts';

/** A session that lives, or that ended a short while ago. */
export interface LiveSession {
  call: StoryCall;
  session: string;
  telephonySessionId: string;
  sessionId: string;
  origin: string;
  created: number;
  /** Of the last event. */
  sequence: number;
  parties: Map<string, PartyState>;
  ended?: number;
}

export interface Telling {
  /** Who plays whom. */
  cast?: Cast;
  /**
   * How fast it happens: 1 as in life, 10 ten times as fast, `Infinity` at once. Default `Infinity`. A fast story began in the past,
   * so that it ends when its last moment is told.
   */
  speed?: number;
  /**
   * When it begins, ms since the epoch, whatever the clock says: for calls of the past. `as written`: at the story's own hour, where it
   * has one.
   */
  begins?: number | 'as written';
  /** Is the log written as late after its end, or after now? Default `then`; it matters only with `begins`. */
  logged?: 'then' | 'now';
  /** Only the log speaks of it. */
  silent?: boolean;
}

export interface Playing {
  call: StoryCall;
  /** Resolves when the exchange has said everything; deliveries may still be on their way. */
  over: Promise<void>;
  /** Breaks it off. */
  stop(): void;
}

export interface Surroundings {
  clock: Clock;
  company: Company;
  log: CallLog;
  mailboxes: Mailboxes;
  /** Sends what happened together. */
  publish(happenings: readonly Happening[]): void;
}

const GONE = new Set(['Disconnected', 'Gone']);
/** How long an ended call is still shown among the active ones. */
const LINGERS = 120_000;

export type Telephony = ReturnType<typeof createTelephony>;

/** The telephone exchange of the company: stories happen here. */
export function createTelephony({ clock, company, log, mailboxes, publish }: Surroundings) {
  const live = new Map<string, LiveSession>();
  const timers = new Set<NodeJS.Timeout>();
  const under = new Map<StoryCall, Playing>();
  let serial = 0;

  function apply(call: StoryCall, moment: Moment): Happening {
    const { ids, party, session } = moment;
    let held = live.get(ids.telephonySessionId);
    if (held === undefined) {
      held = { call, session, ...ids, origin: moment.origin, created: moment.at, sequence: 1, parties: new Map() };
      live.set(ids.telephonySessionId, held);
    }
    held.sequence = Math.max(held.sequence, moment.sequence);
    held.parties.set(party.number, party);
    const over = [...held.parties.values()].every((one) => GONE.has(one.status.code));
    held.ended = over ? moment.at : undefined;
    return happeningOf(moment, company);
  }

  /** What remains to be done when nothing more is said: the log is written, the mailbox filled. */
  function finish(call: StoryCall, ended: number): void {
    for (const session of Object.keys(call.sessions)) log.write(call, session, ended);
    if (call.story.voicemail) publish(mailboxes.voicemail(call, call.story.voicemail));
    // Whether the exchange said so or not: the sessions of the call are over.
    for (const { telephonySessionId } of Object.values(call.sessions)) {
      const held = live.get(telephonySessionId);
      if (held) held.ended ??= ended;
    }
    // The oldest first; what came after one that still lives waits for it.
    for (const [id, one] of live) {
      if (one.ended === undefined || one.ended + LINGERS > clock.now()) break;
      live.delete(id);
    }
  }

  function play(story: Story, { cast, speed = Number.POSITIVE_INFINITY, begins, logged, silent = false }: Telling = {}): Playing {
    const draft = placeCall(story, company, { begins: 0, serial: ++serial, cast });
    const lasts = endOf(draft);
    const now = clock.now();
    const written = begins === 'as written' && story.begins ? Date.parse(story.begins) : undefined;
    const fixed = typeof begins === 'number' ? begins : written;
    const began = fixed ?? Math.round(now - Math.max(0, lasts - lasts / speed));
    const call = { ...draft, begins: began };
    const moments = silent ? [] : momentsOf(call, company);
    if (silent || !Number.isFinite(speed)) {
      publish(moments.map((moment) => apply(call, moment)));
      finish(call, logged === 'now' ? now : began + lasts);
      return { call, over: Promise.resolve(), stop: () => {} };
    }
    return inTime(call, moments, (at) => (at - began) / speed, lasts / speed);
  }

  /** Each moment at its time; `after` is the wait in real milliseconds. */
  function inTime(call: StoryCall, moments: readonly Moment[], after: (at: number) => number, lasts: number): Playing {
    const mine = new Set<NodeJS.Timeout>();
    const at = (wait: number, act: () => void) => {
      const timer = setTimeout(() => {
        for (const set of [timers, mine]) set.delete(timer);
        act();
      }, wait);
      for (const set of [timers, mine]) set.add(timer);
    };
    const over = new Promise<void>((resolve) => {
      for (const moment of moments) {
        const say = () => publish([apply(call, moment)]);
        if (after(moment.at) <= 0) say();
        else at(after(moment.at), say);
      }
      at(lasts, () => {
        finish(call, clock.now());
        resolve();
      });
    });
    const stop = () => {
      for (const timer of mine) {
        clearTimeout(timer);
        timers.delete(timer);
      }
    };
    const playing = { call, over, stop };
    under.set(call, playing);
    void over.then(() => under.delete(call));
    return playing;
  }

  /** Whoever is still there hangs up; the log tells it as it happened, or as `instead` does. */
  function cut({ call, stop }: Playing, reason: string, instead = call.story): void {
    stop();
    const now = clock.now();
    const last = [...live.values()].filter((one) => one.call === call && one.ended === undefined);
    for (const one of last) {
      const left = [...one.parties.values()].filter(({ status }) => !GONE.has(status.code));
      publish(
        left.map((party) => {
          const status = { code: 'Disconnected', reason, rcc: false as const };
          const moment = { ...one, at: now, ids: idsOf(one), sequence: ++one.sequence, party: { ...party, status } };
          return apply(call, moment);
        }),
      );
    }
    finish({ ...call, story: instead }, now);
    under.delete(call);
  }

  return {
    play,
    /** Resolves when all calls that are played over time have come to their ends. */
    quiet: async (): Promise<void> => void (await Promise.all([...under.values()].map(({ over }) => over))),
    /** The session as it stands, while it lives. */
    session(id: string): Json {
      const held = live.get(id);
      if (held === undefined || held.ended !== undefined) throw notFound('telephonySessionId');
      return {
        id: held.telephonySessionId,
        creationTime: new Date(held.created).toISOString(),
        origin: { type: held.origin },
        parties: [...held.parties.values()].map(partyNow),
      };
    },
    /** Calls under way, and those that ended a moment ago; they show up three seconds late. */
    active: (): LiveSession[] =>
      [...live.values()].filter(
        (one) => one.created + 3000 <= clock.now() && (one.ended === undefined || one.ended + LINGERS > clock.now()),
      ),
    /** Somebody hangs up for everybody. */
    hangUp(id: string): void {
      const held = live.get(id);
      const playing = held && under.get(held.call);
      if (held === undefined || held.ended !== undefined || playing === undefined) throw notFound('telephonySessionId');
      cut(playing, 'CallFinished');
    },
    /** Breaks a call off before anybody took it up. */
    cut: (playing: Playing, instead: Story): void => cut(playing, 'Cancelled', instead),
    /** The state of the session's first party. */
    stateOf: (id: string): PartyState['status'] | undefined => live.get(id)?.parties.get('1')?.status,
    /** Breaks everything off without a word. */
    close(): void {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function idsOf({ sessionId, telephonySessionId }: LiveSession) {
  return { sessionId, telephonySessionId };
}

/** What is sent of a moment: ids are texts, ends bear what the schema of events knows. */
export function happeningOf({ at, ids, origin, sequence, party }: Moment, company: Company): Happening {
  const { number: _, from, to, status, ...rest } = party;
  const { peerId, ...state } = status;
  const peer = peerId && {
    sessionId: peerId.sessionId,
    telephonySessionId: peerId.telephonySessionId,
    partyId: peerId.partyId,
  };
  const own = party.extensionId === undefined ? '' : `/extension/${party.extensionId}`;
  return {
    subject: 'telephony',
    event: `/restapi/v1.0/account/${company.id}${own}/telephony/sessions`,
    extension: party.extensionId === undefined ? undefined : Number(party.extensionId),
    party,
    body: {
      sequence,
      sessionId: ids.sessionId,
      telephonySessionId: ids.telephonySessionId,
      serverId: '10.13.20.241.TAM',
      eventTime: new Date(at).toISOString(),
      parties: [
        {
          ...rest,
          from: endInEvent(from),
          to: endInEvent(to),
          status: { ...state, ...(peer ? { peerId: peer } : {}) },
          park: {},
        },
      ],
      origin: { type: origin },
    },
  };
}

function endInEvent({ phoneNumber, extensionNumber, name, extensionId }: End): { [name: string]: string } {
  const number = phoneNumber ?? extensionNumber;
  return {
    ...(number ? { phoneNumber: number } : {}),
    ...(name ? { name } : {}),
    ...(extensionId ? { extensionId } : {}),
  };
}

function partyNow(party: PartyState): Json {
  const { id, accountId, extensionId, direction, from, to, queueCall, conferenceRole, status, muted, standAlone, recordings } =
    party;
  const device = (end: End): { [name: string]: Json } => (end.device ? { deviceId: end.device } : {});
  return {
    ...{ id, accountId, direction, muted, standAlone },
    ...(extensionId ? { extensionId, owner: { accountId, extensionId } } : {}),
    ...(queueCall ? { attributes: { queueCall } } : {}),
    ...(conferenceRole ? { conferenceRole } : {}),
    ...(recordings ? { recordings: recordings.map((one): Json => ({ ...one })) } : {}),
    status: JSON.parse(JSON.stringify(status)),
    from: { ...endInEvent(from), ...device(from) },
    to: { ...endInEvent(to), ...device(to) },
  };
}
