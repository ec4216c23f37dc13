/** Telephony sessions in the kit's terms: pure. Ids are text in notifications; an answer of the API may have numbers. */
import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { CallEvent, Caller, Ending, Party } from '#kit/telephony.ts';
import { idOf, msOf } from './records.ts';

/** The body of a notification of telephony sessions. Throws where it names no session or no party. */
export function toEvent(body: JsonObject): CallEvent {
  const session = textOf(body.telephonySessionId);
  const at = msOf(body.eventTime);
  const sequence = numberOf(body.sequence);
  if (session === undefined || at === undefined || sequence === undefined || !Array.isArray(body.parties)) {
    throw new Error(
      `a telephony session: found ${Object.keys(body).join(', ') || 'nothing'}; expected telephonySessionId, sequence, eventTime and parties`,
    );
  }
  const alias = idOf(body.sessionId);
  return { session, sequence, at, ...(alias !== undefined && { alias }), ...origin(body), parties: partiesOf(body) };
}

/** A session as the API shows it while it lives: all its parties as they are at `at`. It has no place among the events, so 0. */
export function toSnapshot(session: JsonObject, id: string, at: number): CallEvent {
  return { session: id, sequence: 0, at, ...origin(session), parties: partiesOf(session) };
}

function origin(body: JsonObject): Pick<CallEvent, 'placed' | 'conference'> {
  const type = textOf(objectOf(body.origin)?.type);
  const conference = type === 'Conference' || objectsOf(body.parties).some((party) => party.conferenceRole !== undefined);
  return { ...(PLACED.has(type ?? '') && { placed: true }), ...(conference && { conference: true }) };
}

const PLACED: ReadonlySet<string> = new Set(['RingOut', 'CallOut']);

function partiesOf(body: JsonObject): Party[] {
  return objectsOf(body.parties).flatMap((party) => toParty(party) ?? []);
}

/** Undefined: it says not who it is. */
function toParty(party: JsonObject): Party | undefined {
  const id = textOf(party.id);
  const status = objectOf(party.status) ?? {};
  const state = STATES.get(textOf(status.code) ?? '');
  if (id === undefined || state === undefined) return undefined;
  const extension = idOf(party.extensionId) ?? idOf(objectOf(party.owner)?.extensionId);
  const why = whyOf(status);
  const peer = peerOf(status);
  const recordings = objectsOf(party.recordings).flatMap((one) => idOf(one.id) ?? []);
  const queue = party.queueCall === true || objectOf(party.attributes)?.queueCall === true;
  return {
    id,
    ...(extension !== undefined && { extension }),
    direction: party.direction === 'Outbound' ? 'outbound' : 'inbound',
    from: callerOf(party.from),
    to: callerOf(party.to),
    state,
    ...(why !== undefined && { why }),
    ...(peer !== undefined && { peer }),
    ...(queue && { queue: true }),
    ...(recordings.length > 0 && { recordings }),
  };
}

function callerOf(side: JsonObject[string] | undefined): Caller {
  if (!isObject(side)) return {};
  const [number, extension, name] = [textOf(side.phoneNumber), idOf(side.extensionId), textOf(side.name)];
  return {
    ...(number !== undefined && { number }),
    ...(extension !== undefined && { extension }),
    ...(name !== undefined && { name }),
  };
}

function peerOf({ peerId }: JsonObject): Party['peer'] {
  const peer = objectOf(peerId);
  const session = textOf(peer?.telephonySessionId);
  if (session === undefined) return undefined;
  const party = textOf(peer?.partyId);
  return { session, ...(party !== undefined && { party }) };
}

/** Of the codes of a party. A voicemail that is listened to while it is spoken is one. */
const STATES = new Map(
  Object.entries<Party['state']>({
    Setup: 'setup',
    Proceeding: 'ringing',
    Answered: 'answered',
    Hold: 'held',
    Parked: 'parked',
    VoiceMail: 'voicemail',
    Voicemail: 'voicemail',
    VoiceMailScreening: 'voicemail',
    FaxReceive: 'fax',
    // It went on in another session, or nobody knows where to.
    Gone: 'moved',
    Disconnected: 'ended',
    Tds: 'setup',
  }),
);

/** A reason may come before the end, as that of a call on its way elsewhere. */
function whyOf({ reason }: JsonObject): Ending | undefined {
  return REASONS.get(textOf(reason) ?? '');
}

const REASONS = new Map(
  Object.entries<Ending>({
    BlindTransfer: 'transferred',
    AttendedTransfer: 'transferred',
    RccTransfer: 'transferred',
    DtmfTransfer: 'transferred',
    CallerInputRedirect: 'forwarded',
    CallRedirected: 'forwarded',
    Supervising: 'forwarded',
    CallFlip: 'flipped',
    CallSwitch: 'flipped',
    ParkLocation: 'parked',
    CallPark: 'parked',
    Pickup: 'answered elsewhere',
    AgentAnswered: 'answered elsewhere',
    TakeOver: 'answered elsewhere',
    NoAnswer: 'no answer',
    Timeout: 'no answer',
    AgentDropped: 'finished',
    TargetBusy: 'busy',
    Rejected: 'rejected',
    CallReplied: 'rejected',
    DestinationBlocked: 'rejected',
    Cancelled: 'cancelled',
    Voicemail: 'voicemail',
    CallFinished: 'finished',
    CallDropped: 'failed',
    InternalError: 'failed',
    InvalidNumber: 'failed',
    InternationalDisabled: 'failed',
    NotEnoughFunds: 'failed',
    NoSuchUser: 'failed',
  }),
);
