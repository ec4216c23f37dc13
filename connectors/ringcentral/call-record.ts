/** From a record of the call log to our row: pure. */
import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import type { CallRow } from '#kit/telephony.ts';
import { put } from '#kit/values.ts';
import { callFields } from './call-fields.ts';
import { durationOf, extensionOf, talkOf } from './call-legs.ts';
import { idOf, instantOf, msOf, type RecordShape, without } from './records.ts';

/** The row of a record of the view Detailed. Throws Misfits with every problem. */
export function toRow(raw: Json): Row {
  const record = isObject(raw) ? raw : {};
  const session = sessionOf(record);
  const id = rowId(record);
  if (session === undefined || id === undefined) {
    throw new Misfits([
      problem('telephonySessionId', isObject(raw) ? record.id : raw, 'the id of a telephony session, as s-a0d1…'),
    ]);
  }
  const fields: Values = { session };
  addCall(fields, record);
  addParties(fields, record);
  addSound(fields, record);
  put(fields, 'transferredTo', textOf(objectOf(record.transferTarget)?.telephonySessionId));
  put(fields, 'transferredFrom', textOf(objectOf(record.transferee)?.telephonySessionId));
  put(fields, 'delegate', textOf(objectOf(record.delegate)?.name));
  put(fields, 'legs', objectsOf(record.legs).map(toLeg));
  const problems = checkValues(callFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const time = instantOf(record.lastModifiedTime);
  return { id, fields, raw, ...(typeof time === 'string' && { time }) };
}

export const callShape: RecordShape = {
  trim: (record) => without(record, new Set(['billing', 'sipUuidInfo', 'metadataCategories'])),
  toRow,
  idOf: rowId,
};

/** A call that goes on: it comes again, changed, once it is over. */
export function isGoingOn(record: JsonObject): boolean {
  return record.result === 'In Progress' || record.finished === false;
}

/** The one name that events and the call log share; records of old systems have the legacy one alone. */
function sessionOf(record: JsonObject): string | undefined {
  return textOf(record.telephonySessionId) ?? idOf(record.sessionId);
}

/** Both halves of a click-to-call may bear one session: the inner one stands apart, so that it never takes the other's place. */
function rowId(record: JsonObject): string | undefined {
  const session = sessionOf(record);
  return session !== undefined && isInnerHalf(record) ? `${session}/${idOf(record.id) ?? 'inner'}` : session;
}

function isInnerHalf(record: JsonObject): boolean {
  return record.direction === 'Inbound' && /^RingOut\b/.test(textOf(record.action) ?? '');
}

function addCall(fields: Values, record: JsonObject): void {
  put(fields, 'alias', idOf(record.sessionId));
  for (const field of ['type', 'result', 'reason', 'action'] as const) put(fields, field, record[field]);
  put(fields, 'reasonText', record.reasonDescription);
  if (isInnerHalf(record)) fields.innerHalf = true;
  put(fields, 'started', instantOf(record.startTime));
  const duration = durationOf(record);
  put(fields, 'ended', duration === undefined ? undefined : laterBy(record.startTime, duration));
  put(fields, 'seconds', duration === undefined ? record.duration : Math.round(duration / 1000));
  const outcome = outcomeOf(record);
  fields.outcome = outcome;
  const talk = talkOf(objectsOf(record.legs), record.direction, outcome === 'answered');
  put(fields, 'extension', talk.extension ?? extensionOf(record) ?? extensionIn(record.uri));
  put(fields, 'talkSeconds', outcome === 'answered' ? talk.seconds : 0);
}

function laterBy(start: Json | undefined, ms: number): string | undefined {
  const end = new Date((msOf(start) ?? Number.NaN) + ms);
  return ms < 0 || Number.isNaN(end.getTime()) ? undefined : end.toISOString();
}

/** The records of one extension's log do not name it but in their address. */
function extensionIn(uri: Json | undefined): string | undefined {
  return /\/extension\/(\d+)\//.exec(textOf(uri) ?? '')?.[1];
}

function addParties(fields: Values, record: JsonObject): void {
  const [from, to] = [objectOf(record.from) ?? {}, objectOf(record.to) ?? {}];
  put(fields, 'direction', directionOf(record, from, to));
  put(fields, 'from', numberIn(from));
  put(fields, 'to', numberIn(to));
  put(fields, 'fromName', from.name);
  put(fields, 'toName', to.name);
  put(fields, 'fromPlace', from.location);
  put(fields, 'toPlace', to.location);
}

/** Internal: the other side is an extension of the account. A direction that is neither stays for the check to say so. */
function directionOf({ direction }: JsonObject, from: JsonObject, to: JsonObject): Json | undefined {
  if (direction !== 'Inbound' && direction !== 'Outbound') return direction;
  const other = direction === 'Inbound' ? from : to;
  if (other.extensionNumber !== undefined || other.extensionId !== undefined) return 'internal';
  return direction === 'Inbound' ? 'inbound' : 'outbound';
}

/** Anonymous callers have neither. */
function numberIn(party: JsonObject): Json | undefined {
  return textOf(party.phoneNumber) ?? idOf(party.extensionNumber);
}

/** A recording may hang on the call, on a leg, or on both. */
function addSound(fields: Values, record: JsonObject): void {
  const found = new Map<string, JsonObject>();
  for (const of of [record, ...objectsOf(record.legs)]) {
    const recording = objectOf(of.recording);
    const id = idOf(recording?.id);
    if (id !== undefined && !found.has(id)) found.set(id, recording!);
  }
  const recordings = [...found].map(([id, { type, contentUri }]) => {
    const item: Values = { id };
    put(item, 'type', type);
    put(item, 'link', contentUri);
    return item;
  });
  put(fields, 'recordings', recordings);
  put(fields, 'recording', recordings[0]?.link);
  if (record.shortRecording === true) fields.shortRecording = true;
  const message = [record, ...objectsOf(record.legs)]
    .map((of) => objectOf(of.message))
    .find((one) => one?.type !== 'Fax' && one !== undefined);
  put(fields, 'voicemail', idOf(message?.id));
}

function toLeg(leg: JsonObject): Values {
  const item: Values = {};
  const other = objectOf(leg.direction === 'Outbound' ? leg.to : leg.from);
  put(item, 'party', leg.legType);
  put(item, 'extension', extensionOf(leg));
  put(item, 'name', other?.name);
  put(item, 'number', other && numberIn(other));
  put(item, 'outcome', leg.result);
  const ms = durationOf(leg);
  if (outcomeOf(leg) === 'answered' && ms !== undefined) item.talkSeconds = Math.round(ms / 1000);
  return item;
}

/** In our words; what is not listed is a failure (a wrong number, a disabled country, an error of the service). */
function outcomeOf({ result }: JsonObject): CallRow['outcome'] {
  return OUTCOMES.get(textOf(result) ?? '') ?? 'failed';
}

const OUTCOMES = new Map(
  Object.entries<CallRow['outcome']>({
    Accepted: 'answered',
    'Call connected': 'answered',
    // By a colleague: for the log of one extension nobody talked, but nobody was missed either.
    'Answered Elsewhere': 'answered',
    Received: 'answered',
    Sent: 'answered',
    911: 'answered',
    933: 'answered',
    Missed: 'missed',
    'No Answer': 'missed',
    'Hang Up': 'missed',
    Abandoned: 'missed',
    Stopped: 'missed',
    // The telephone was taken up, the call was not.
    'Answered Not Accepted': 'missed',
    'Callback requested': 'missed',
    Voicemail: 'voicemail',
    'Sent to Voicemail': 'voicemail',
    Busy: 'busy',
    Rejected: 'rejected',
    Declined: 'rejected',
    Blocked: 'rejected',
    Reply: 'rejected',
  }),
);
