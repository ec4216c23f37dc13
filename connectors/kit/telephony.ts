/** What a telephone service can do, in terms common to telephone systems: types only. */
import type { Readable } from 'node:stream';
import type { Context } from './context.ts';
import type { Values } from './fields.ts';
import type { Misfit, Row } from './stream.ts';

/** Absent in a connector: its service is no telephone. */
export interface Telephony {
  /** The stream of finished calls. A row's id is the telephony session, its fields are at least those of `CallRow`. */
  calls: string;
  /** Are the account's calls told only as whoever is connected sees them, without the events of others? Default false. */
  ownOnly?(settings: Values): boolean;
  /** Everybody and everything that can be called inside the account, with the account's own numbers. */
  roster(ctx: Context): Promise<Extension[]>;
  /** The call as it stands now: an event with all its parties; undefined once the service no longer keeps it as live. */
  session?(ctx: Context, session: string): Promise<CallEvent | undefined>;
  /**
   * Finished calls that began in a past period (ms since the epoch, `to` excluded), as rows of `calls`, in any order; what the service
   * holds of it, whatever cursor the stream has. For backfills and for the proof that every call of a day is accounted for.
   */
  log?(ctx: Context, period: { from: number; to: number }): AsyncIterable<{ rows: readonly Row[]; misfits: readonly Misfit[] }>;
  /** Where voicemails are told, if the service keeps them. */
  voicemails?: {
    /** The stream of messages they are among. */
    stream: string;
    /** Pure: the voicemail that a row of it is; undefined where it is another message. */
    of(row: Row): Voicemail | undefined;
  };
  /**
   * What can be heard, as it comes; whoever asks reads it to its end or destroys it. `range` is an HTTP Range header: a service that
   * knows none answers with all of it.
   */
  sound?(ctx: Context, what: SoundOf, range?: string): Promise<Sound>;
  /** Rings `from`, then connects it with `to`. Happens at most once: where no answer came, nobody knows, and it is not repeated. */
  place?(ctx: Context, wanted: { from: string; to: string; callerId?: string }): Promise<Placed>;
  /** How far a call that was placed has come; undefined once the service has forgotten it. */
  placed?(ctx: Context, id: string): Promise<Placed | undefined>;
  /** Ends a placed call that nobody has taken up yet. */
  cancel?(ctx: Context, id: string): Promise<void>;
}

/** What somebody said to a mailbox. */
export interface Voicemail {
  /** The service's id of it, by which the call's log names it too. */
  message: string;
  /** As the service gave it; absent: anonymous. */
  from?: string;
  /** When it was spoken: an instant. */
  at: string;
  /** What was understood of it; it may come later. */
  transcript?: string;
}

/** `extensions`: in whose mailbox it may be, the likeliest first. */
export type SoundOf = { recording: string } | { voicemail: string; extensions: readonly string[] };

export interface Sound {
  /** Media type. */
  type: string;
  /** Bytes that come, where the service says so. */
  length?: number;
  /** `Content-Range`, where only a part of it comes. */
  part?: string;
  bytes: Readable;
}

export interface Placed {
  id: string;
  state: 'ringing' | 'connected' | 'busy' | 'no answer' | 'rejected' | 'failed' | 'over';
  /** The service's own word for it. */
  said: string;
  /** The telephony session, where the service names it. */
  session?: string;
}

/** An extension of the account: a person, a queue, a menu, a room. */
export interface Extension {
  id: string;
  /** The short number; absent for the company itself, whose numbers belong to nobody. */
  number?: string;
  name: string;
  kind: 'person' | 'queue' | 'menu' | 'other' | 'company';
  email?: string;
  /** Direct numbers in E.164. */
  numbers: readonly string[];
  active: boolean;
}

/** Something that happened in a call. Unordered: events come late, doubled, or never. */
export interface CallEvent {
  /** The telephony session: one for a call however many parties it has. */
  session: string;
  /** The call's other name, in older parts of the service. */
  alias?: string;
  /** Counts up within the session; gaps are usual. */
  sequence: number;
  /** When it happened, ms since the epoch, by the service's clock. */
  at: number;
  /** The call was placed by an application, as click-to-call does. */
  placed?: true;
  conference?: true;
  /** Those of whom the event speaks; the others are as they were. */
  parties: readonly Party[];
}

export interface Party {
  id: string;
  /** The extension of the account this party is; absent: the outside world. */
  extension?: string;
  /** As this party sees it: the outside caller of an inbound call is outbound. */
  direction: 'inbound' | 'outbound';
  from: Caller;
  to: Caller;
  state: 'setup' | 'ringing' | 'answered' | 'held' | 'parked' | 'voicemail' | 'fax' | 'moved' | 'ended';
  /** Why it ended or moved, in the words of `Ending`; absent where the service gives none. */
  why?: Ending;
  /** Where it went: the other session of a warm transfer or a conference. */
  peer?: { session: string; party?: string };
  /** It came through a queue. */
  queue?: true;
  /** Ids of its recordings; their sound comes later. */
  recordings?: readonly string[];
}

/** Where a party's end is no end of the call: `transferred`, `forwarded`, `flipped`, `parked`, `answered elsewhere`. */
export type Ending =
  | 'finished'
  | 'no answer'
  | 'busy'
  | 'rejected'
  | 'cancelled'
  | 'voicemail'
  | 'failed'
  | 'transferred'
  | 'forwarded'
  | 'flipped'
  | 'parked'
  | 'answered elsewhere';

/** One end of a call. Anonymous callers have neither number nor extension. */
export interface Caller {
  /** As the service gave it, usually E.164. */
  number?: string;
  extension?: string;
  name?: string;
}

/** The fields every stream of finished calls has, beside its own. */
export interface CallRow {
  direction: 'inbound' | 'outbound' | 'internal';
  outcome: 'answered' | 'missed' | 'voicemail' | 'busy' | 'rejected' | 'failed';
  /** Instants. */
  started: string;
  ended?: string;
  from?: string;
  to?: string;
  fromName?: string;
  toName?: string;
  /** The extension that talked; where nobody did, the one that was rung. */
  extension?: string;
  talkSeconds?: number;
  /** Of the whole call, menus and ringing included. */
  seconds?: number;
  /** Recordings that can be heard by now. */
  recordings?: readonly { id: string }[];
  /** The message that was left. */
  voicemail?: string;
}
