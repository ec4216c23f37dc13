import type { Cast, End, Troupe } from './cast.ts';
import { castStory } from './cast.ts';
import type { Company } from './company.ts';
import type { Expected, Role, Step, Story } from './stories/story.ts';

/** One session of a call, by both its names. */
export interface SessionIds {
  /** The older name, a number as text. */
  sessionId: string;
  telephonySessionId: string;
}

/** A story that happens: with people, at a time, under ids of its own. */
export interface StoryCall {
  story: Story;
  troupe: Troupe;
  /** Milliseconds since the epoch. */
  begins: number;
  sessions: { readonly [session: string]: SessionIds };
}

/** Makes a story happen. `serial` numbers the calls of a company. */
export function placeCall(story: Story, company: Company, given: { begins: number; serial: number; cast?: Cast }): StoryCall {
  const sessions: { [session: string]: SessionIds } = {};
  for (const [n, name] of Object.keys(story.sessions).entries()) {
    // Sessions of one call have numbers near each other, as RingOut's two do.
    const number = 429_000_000_000 + given.serial * 8000 + n * 1000;
    const mark = `${(company.id % 0xfffff).toString(16)}${number.toString(16)}`.padStart(24, '0');
    sessions[name] = {
      sessionId: String(number + 16),
      telephonySessionId: `s-a0d1${mark.slice(0, 10)}z${mark.slice(10)}z${n}`,
    };
  }
  return { story, troupe: castStory(story, company, given.cast), begins: given.begins, sessions };
}

/** When the call is over, ms since the epoch. */
export function endOf({ story, begins }: StoryCall): number {
  return begins + Math.round(lastOf(story) * 1000);
}

function lastOf({ events, log, voicemail }: Story): number {
  const said = events.map(([at]) => at);
  return Math.max(0, ...said, ...(said.length > 0 ? [] : log.map((one) => one.at + one.seconds)), voicemail?.at ?? 0);
}

/** A party as a session holds it. */
export interface PartyState {
  id: string;
  number: string;
  accountId: string;
  extensionId?: string;
  direction: 'Inbound' | 'Outbound';
  from: End;
  to: End;
  queueCall?: true;
  conferenceRole?: 'Host' | 'Participant';
  status: { code: string; reason?: string; peerId?: SessionIds & { partyId: string }; parkData?: string; rcc: false };
  missedCall: boolean;
  standAlone: boolean;
  muted: false;
  recordings?: { id: string; active: boolean }[];
}

/** What the exchange says of one step. */
export interface Moment {
  /** Milliseconds since the epoch. */
  at: number;
  session: string;
  ids: SessionIds;
  origin: string;
  sequence: number;
  party: PartyState;
}

/** Everything the exchange says, in order. Sequences begin at 2 and count in each session. */
export function momentsOf(call: StoryCall, company: Company): Moment[] {
  const sequences = new Map<string, number>();
  return call.story.events.map((step) => {
    const [at, party, , more] = step;
    const session = party.slice(0, 1);
    const counted = (sequences.get(session) ?? 1) + 1;
    sequences.set(session, counted);
    const sequence = more?.sequence ?? counted;
    return {
      at: call.begins + Math.round(at * 1000),
      session,
      ids: idsOf(call, session),
      origin: call.story.sessions[session]?.origin ?? 'Call',
      sequence,
      party: partyAt(call, company, step),
    };
  });
}

function partyAt(call: StoryCall, company: Company, [, party, code, more = {}]: Step): PartyState {
  const [session, number] = [party.slice(0, 1), party.slice(1)];
  const plan = call.story.sessions[session]?.parties[number];
  if (plan === undefined) throw new Error(`story ${call.story.name}: there is no party ${party}`);
  const extension = call.troupe.extension(plan.is);
  const peer = more.peer;
  return {
    id: partyId(call, party),
    number,
    accountId: String(company.id),
    ...(extension ? { extensionId: String(extension.id) } : {}),
    direction: plan.direction,
    from: call.troupe.end(plan.from),
    to: call.troupe.end(plan.to),
    ...(plan.queue ? { queueCall: true } : {}),
    ...(plan.role ? { conferenceRole: plan.role } : {}),
    status: {
      code,
      ...(more.reason ? { reason: more.reason } : {}),
      ...(peer ? { peerId: { ...idsOf(call, peer.slice(0, 1)), partyId: partyId(call, peer) } } : {}),
      ...(more.park ? { parkData: more.park } : {}),
      rcc: false,
    },
    missedCall: more.missed ?? false,
    standAlone: more.standAlone ?? false,
    muted: false,
    ...(more.recording ? { recordings: [{ id: recordingId(call, session), active: code !== 'Disconnected' }] } : {}),
  };
}

function idsOf(call: StoryCall, session: string): SessionIds {
  const ids = call.sessions[session];
  if (ids === undefined) throw new Error(`story ${call.story.name}: there is no session ${session}`);
  return ids;
}

function partyId(call: StoryCall, party: string): string {
  return `p-${idsOf(call, party.slice(0, 1)).telephonySessionId.slice(2)}-${party.slice(1)}`;
}

export function recordingId(call: StoryCall, session: string): string {
  return String(BigInt(idsOf(call, session).sessionId) / 16n);
}

/** The truth about a session that a hub must reach, with numbers and ids in the place of roles. */
export interface Truth extends Omit<Expected, 'session' | 'outside' | 'participants' | 'extension' | 'linked'> {
  story: string;
  session: string;
  telephonySessionId: string;
  sessionId: string;
  /** E.164. */
  outside?: string;
  participants?: readonly string[];
  extensionId?: string;
  /** Telephony sessions that belong together with it. */
  linked?: readonly string[];
}

export function truthsOf(call: StoryCall): Truth[] {
  const { troupe, story } = call;
  const number = (role: Role) => troupe.number(role) ?? '';
  return story.expected.map(({ session, outside, participants, extension, linked, ...rest }) => ({
    ...rest,
    story: story.name,
    session,
    ...idsOf(call, session),
    ...(outside && number(outside) ? { outside: number(outside) } : {}),
    ...(participants ? { participants: participants.map(number) } : {}),
    ...(extension ? { extensionId: String(troupe.extension(extension)?.id) } : {}),
    ...(linked ? { linked: linked.map((one) => idsOf(call, one).telephonySessionId) } : {}),
  }));
}
