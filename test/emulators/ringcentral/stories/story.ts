/**
 * What a story of a call is made of. Stories are data: who takes part, what the telephone exchange says meanwhile, what stands
 * in the call log afterwards, and the truth a hub must reach. They speak of roles (`ann`, `customer`); a cast makes them people.
 */
export interface Story {
  name: string;
  title: string;
  /** People outside, by role. Absent: one `customer` with a number of the usual form. */
  outside?: { readonly [role: string]: Outsider };
  /** When it begins, where the hour matters; a telling that asks for `as written` keeps to it. */
  begins?: string;
  sessions: { readonly [session: string]: SessionPlan };
  /** In the order the exchange speaks them. */
  events: readonly Step[];
  log: readonly LogPlan[];
  voicemail?: VoicemailPlan;
  /** One for each session. */
  expected: readonly Expected[];
}

/** Somebody outside, and the form in which the service shows their number. */
export interface Outsider {
  /** E.164; absent: the cast chooses. */
  number?: string;
  /** `number` of an extension's own mobile phone. */
  mobileOf?: string;
  form?: 'e164' | 'no plus' | 'national' | 'masked' | 'anonymous' | 'with extension';
  name?: string;
  location?: string;
}

/**
 * One end of a call: a role. An extension appears with its direct number, `ann#` with its short one; `main` is the company's
 * number and `tollfree` its toll-free one.
 */
export type Role = string;

export interface SessionPlan {
  /** Default `Call`. */
  origin?: 'Call' | 'RingOut' | 'Conference' | 'CallOut';
  /** By number, as the last part of the party's id. */
  parties: { readonly [number: string]: PartyPlan };
}

export interface PartyPlan {
  /** Whose party it is: an extension, or somebody outside. */
  is: Role;
  /** As the party sees it: an outside caller's is `Outbound`. */
  direction: 'Inbound' | 'Outbound';
  from: Role;
  to: Role;
  /** It came through a queue. */
  queue?: true;
  role?: 'Host' | 'Participant';
}

export type Code =
  | 'Setup'
  | 'Proceeding'
  | 'Answered'
  | 'Disconnected'
  | 'Gone'
  | 'Parked'
  | 'Hold'
  | 'VoiceMail'
  | 'FaxReceive'
  | 'VoiceMailScreening';

/** Seconds since the beginning, party (`a2`: the second of session a), its new state, and what comes with it. */
export type Step = readonly [at: number, party: string, code: Code, more?: StepMore];

export interface StepMore {
  reason?: string;
  /** The party it went to, in another session: `b1`. */
  peer?: string;
  /** The party missed the call. */
  missed?: true;
  recording?: true;
  /** Where it is parked. */
  park?: string;
  standAlone?: true;
  /** Another number than the place in the story says, where the exchange counted otherwise. */
  sequence?: number;
}

/** A record of the call log, as the company's log has it; each extension of its legs has one of its own. */
export interface LogPlan {
  session: string;
  /** Seconds since the beginning. */
  at: number;
  /** Menus, ringing and holding included. */
  seconds: number;
  direction: 'Inbound' | 'Outbound';
  action: string;
  result: string;
  type?: 'Voice' | 'Fax';
  reason?: string;
  internalType?: string;
  from: Role;
  to: Role;
  legs: readonly LegPlan[];
  /** The voicemail of the story belongs to it. */
  message?: true;
  /** The recording stands in the record so many seconds after it appeared; 0: at once. */
  recording?: number;
  /** It was recorded, too briefly to be kept. */
  shortRecording?: true;
  /** Another session the call went to, or came from. */
  transferTarget?: string;
  transferee?: string;
  /** Somebody deletes it so many seconds after it appeared. */
  deleted?: number;
  /** Appears so many seconds later than others do. */
  late?: number;
}

export interface LegPlan {
  /** Whose leg it is; absent: the company's. */
  of?: Role;
  at: number;
  seconds: number;
  direction: 'Inbound' | 'Outbound';
  action: string;
  result: string;
  legType: string;
  from: Role;
  to: Role;
  master?: true;
}

export interface VoicemailPlan {
  /** Whose mailbox. */
  of: Role;
  from: Role;
  /** Seconds since the beginning at which it is complete. */
  at: number;
  seconds: number;
  transcript?: string;
}

/** Why a session must not become a call record by default; with other settings it may, and then `Expected` is its truth. */
export type Exception = 'internal' | 'self' | 'fax' | 'ring-out leg' | 'supervision' | 'emergency test';

/** The truth about one session, in words that no service owns. */
export interface Expected {
  session: string;
  direction: 'inbound' | 'outbound' | 'internal';
  outcome: 'answered' | 'missed' | 'voicemail' | 'busy' | 'rejected' | 'failed';
  /** Whom outside it was with; absent: nobody, or nobody can know. */
  outside?: Role;
  /** Everybody outside, where there are several. */
  participants?: readonly Role[];
  /** Who talked: the longest, where several did. Nobody did: who was rung, or the queue; absent: it reached nobody. */
  extension?: Role;
  /** Of all who talked, hold left out. */
  talkSeconds: number;
  /** Somebody ought to call back: nobody took it up, and there is a number. */
  followUp: boolean;
  /** Somebody talked with them later in the story: the follow-up is done. */
  calledBack?: true;
  voicemail?: true;
  recording?: true;
  /** Sessions of the same story that belong together with it. */
  linked?: readonly string[];
  exception?: { reason: Exception; why: string };
}

/** The customer of a story that names none. */
export const CUSTOMER: Outsider = { number: '+14155550142', name: 'SAN FRANCSCO CA', location: 'San Francisco, CA' };

/** The parties of a call from outside that reaches one extension. */
export function inbound(to: Role = 'ann', dialled: Role = to, from: Role = 'customer'): SessionPlan {
  return {
    parties: {
      1: { is: from, direction: 'Outbound', from, to: dialled },
      2: { is: to, direction: 'Inbound', from, to: dialled },
    },
  };
}

/** The parties of a call that an extension places. */
export function outbound(from: Role = 'ann', to: Role = 'customer'): SessionPlan {
  return {
    parties: {
      1: { is: from, direction: 'Outbound', from, to },
      2: { is: to, direction: 'Inbound', from, to },
    },
  };
}

/** The parties of a call between two extensions. */
export function inside(from: Role, to: Role): SessionPlan {
  return {
    parties: {
      1: { is: from, direction: 'Outbound', from: `${from}#`, to: `${to}#` },
      2: { is: to, direction: 'Inbound', from: `${from}#`, to: `${to}#` },
    },
  };
}

type LegRest = Pick<LegPlan, 'at' | 'seconds' | 'result'> & Partial<LegPlan>;

/** A leg of a call from outside. */
export function legIn(of: Role, rest: LegRest): LegPlan {
  const ends = { from: 'customer', to: of };
  return { of, direction: 'Inbound', action: 'Phone Call', legType: 'Accept', ...ends, ...rest };
}

/** A leg of a call that somebody inside places. */
export function legOut(of: Role, rest: LegRest): LegPlan {
  const ends = { from: of, to: 'customer' };
  return { of, direction: 'Outbound', action: 'VoIP Call', legType: 'SipToPstnMetered', ...ends, ...rest };
}

/** The record of a call from outside: the first leg says what it is, unless `rest` says otherwise. */
export function recordIn(to: Role, rest: Partial<LogPlan> & Pick<LogPlan, 'seconds' | 'result' | 'legs'>): LogPlan {
  return { session: 'a', at: 0, direction: 'Inbound', action: 'Phone Call', from: 'customer', to, ...rest };
}

/** The record of a call that somebody inside places. */
export function recordOut(from: Role, rest: Partial<LogPlan> & Pick<LogPlan, 'seconds' | 'result' | 'legs'>): LogPlan {
  return { session: 'a', at: 0, direction: 'Outbound', action: 'VoIP Call', from, to: 'customer', ...rest };
}

/** What is expected of a call with somebody outside that was answered. */
export function talked(extension: Role, talkSeconds: number, rest: Partial<Expected> = {}): Expected {
  const call = { session: 'a', direction: 'inbound' as const, outcome: 'answered' as const, outside: 'customer' };
  return { ...call, extension, talkSeconds, followUp: false, ...rest };
}

/** What is expected of a call from outside that nobody took up. */
export function untaken(outcome: Expected['outcome'], extension: Role | undefined, rest: Partial<Expected> = {}): Expected {
  const call = { session: 'a', direction: 'inbound' as const, outcome, outside: 'customer' };
  return { ...call, ...(extension ? { extension } : {}), talkSeconds: 0, followUp: true, ...rest };
}
