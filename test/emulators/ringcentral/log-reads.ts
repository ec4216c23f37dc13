import type { Json } from '#kit/fields.ts';
import type { Visit, World } from './desk.ts';
import { ApiError, json, notFound } from './errors.ts';
import type { Entry } from './log.ts';
import { pageOf } from './paging.ts';
import { flag, instant, one, several } from './query.ts';
import { type View, writeRecord } from './record.ts';

const DAY = 86_400_000;

/** Whose log a path means: the company's, or an extension's. */
export type Scope = 'account' | 'extension';

export function ownerOf(scope: Scope, { extension }: Visit): number | undefined {
  return scope === 'account' ? undefined : extension.id;
}

export function viewOf(query: URLSearchParams): View {
  return one(query, 'view', ['Simple', 'Detailed'] as const) ?? 'Simple';
}

/** Does a record fit the filters of direction, type, transport and recording? */
export function filterOf(query: URLSearchParams, now: number): (entry: Entry) => boolean {
  const directions = several(query, 'direction', ['Inbound', 'Outbound'] as const);
  const kinds = several(query, 'type', ['Voice', 'Fax'] as const);
  const transports = several(query, 'transport', ['PSTN', 'VoIP'] as const);
  const recording = one(query, 'recordingType', ['Automatic', 'OnDemand', 'All'] as const);
  const recorded = recording === undefined ? flag(query, 'withRecording') : recording !== 'OnDemand';
  const none = recording === 'OnDemand';
  return (entry) => {
    const { plan } = entry;
    return (
      !none &&
      (directions.length === 0 || directions.includes(shownOf(entry).direction)) &&
      (kinds.length === 0 || kinds.includes(plan.type ?? 'Voice')) &&
      (transports.length === 0 || transports.includes(plan.action === 'VoIP Call' ? 'VoIP' : 'PSTN')) &&
      (!recorded || (entry.recorded !== undefined && entry.recorded <= now))
    );
  };
}

/** The part of a record that its owner sees on top. */
function shownOf({ owner, legs, plan }: Entry): { direction: 'Inbound' | 'Outbound' } {
  return owner === undefined ? plan : (legs.find((leg) => leg.master) ?? legs[0] ?? plan);
}

export function listLog(scope: Scope, world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const sessionId = query.get('sessionId') ?? undefined;
  const session = sessionId ?? query.get('telephonySessionId') ?? undefined;
  if (sessionId !== undefined) {
    const beside = ['extensionNumber', 'phoneNumber', 'dateFrom', 'dateTo', 'direction', 'type'].find((name) => query.has(name));
    if (beside) throw clashing('CLG-110', 'sessionId', beside);
  }
  if (query.has('phoneNumber') && query.has('extensionNumber')) throw clashing('CMN-101', 'phoneNumber', 'extensionNumber');
  const to = instant(query, 'dateTo') ?? now;
  const from = instant(query, 'dateFrom') ?? to - DAY;
  const fits = filterOf(query, now);
  const with_ = withWhom(world, query);
  const deleted = flag(query, 'showDeleted');
  const entries = world.log
    .visible(ownerOf(scope, visit), session)
    .filter((entry) => session !== undefined || (entry.begins >= from && entry.begins <= to))
    .filter((entry) => (deleted || entry.deleted === undefined || entry.deleted > now) && fits(entry) && with_(entry))
    .sort((a, b) => b.begins - a.begins || (a.id < b.id ? -1 : 1));
  const view = viewOf(query);
  return json(
    pageOf(entries, { uri: uriOf(world, visit, scope, 'call-log'), query, totals: false }, (entry) =>
      writeRecord(entry, view, now, world.company, world.places),
    ),
  );
}

/** Filters by a number (E.164 without its plus) or by the short number of an extension. */
function withWhom({ company }: World, query: URLSearchParams): (entry: Entry) => boolean {
  const number = query.get('phoneNumber');
  const short = query.get('extensionNumber');
  const extension = short === null ? undefined : company.find(short);
  if (number !== null)
    return ({ call, plan }) =>
      [plan.from, plan.to].some((role) => call.troupe.end(role).phoneNumber?.replace(/\D/g, '') === number.trim());
  if (short === null) return () => true;
  return ({ call, plan }) => plan.legs.some(({ of }) => extension !== undefined && call.troupe.extension(of ?? '') === extension);
}

function clashing(errorCode: string, name: string, beside: string): ApiError {
  const message = `Parameter [${name}] is not allowed for usage along with parameter [${beside}]`;
  return new ApiError(400, { errorCode, message, parameterName: name });
}

export function uriOf({ places, company }: World, { extension }: Visit, scope: Scope, end: string): string {
  return `${places.platform}restapi/v1.0/account/${company.id}${scope === 'account' ? '' : `/extension/${extension.id}`}/${end}`;
}

export function getRecord(scope: Scope, world: World, visit: Visit) {
  const entry = world.log.find(visit.params[0] ?? '');
  const now = world.clock.now();
  if (entry === undefined || entry.owner !== ownerOf(scope, visit) || (entry.deleted ?? now + 1) <= now)
    throw notFound('callRecordId');
  return json(writeRecord(entry, viewOf(visit.call.query), now, world.company, world.places));
}

/** Calls under way: records without an end, and those that have just ended. */
export function activeCalls(scope: Scope, world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const owner = ownerOf(scope, visit);
  const directions = several(query, 'direction', ['Inbound', 'Outbound'] as const);
  const view = viewOf(query);
  const records = world.telephony.active().flatMap((live): Json[] => {
    const plan = live.call.story.log.find((one) => one.session === live.session);
    if (plan === undefined || (directions.length > 0 && !directions.includes(plan.direction))) return [];
    const legs = plan.legs.filter(({ of }) => owner === undefined || live.call.troupe.extension(of ?? '')?.id === owner);
    if (owner !== undefined && legs.length === 0) return [];
    const seconds = Math.max(0, (live.ended ?? now) - live.created) / 1000;
    const under = live.ended === undefined ? { result: 'In Progress', seconds } : { seconds };
    const entry: Entry = {
      id: `A${live.sessionId}`,
      owner,
      call: live.call,
      plan: { ...plan, ...under },
      legs: legs.map((leg) => ({ ...leg, ...under })),
      begins: live.created,
      appears: live.created + 3000,
    };
    return [writeRecord(entry, view, now, world.company, world.places)];
  });
  return json(pageOf(records, { uri: uriOf(world, visit, scope, 'active-calls'), query, totals: false }, (one) => one));
}
