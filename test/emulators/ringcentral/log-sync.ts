import type { Json } from '#kit/fields.ts';
import type { Visit, World } from './desk.ts';
import { ApiError, badParameter, json, staleSyncToken } from './errors.ts';
import type { Entry } from './log.ts';
import { filterOf, ownerOf, type Scope, uriOf, viewOf } from './log-reads.ts';
import { flag, instant, natural, one, several } from './query.ts';
import { type View, writeRecord } from './record.ts';
import { openToken, sealToken } from './sync-token.ts';

const DAY = 86_400_000;
/** Most records of one synchronisation. */
const MOST = 250;
/** How long a token is good for. */
const KEPT = 30 * DAY;
/** Frames overlap by so much: what changed just before the last synchronisation comes once more. */
const OVERLAP = 5000;

/** What a token of `call-log-sync` remembers: the frame and the filters, not the count. */
interface Frame {
  scope: string;
  /** Since when: begin of the oldest record the client has, where there are more than it asked for. */
  from: number;
  /** When it was given. */
  at: number;
  view: View;
  missed: boolean;
}

/** Newest first in a full sync; in an incremental one whatever changed since, in the frame. */
export function syncLog(scope: Scope, world: World, visit: Visit) {
  const { query } = visit.call;
  const type = one(query, 'syncType', ['FSync', 'ISync'] as const) ?? 'FSync';
  return type === 'FSync' ? fullSync(scope, world, visit) : incremental(scope, world, visit);
}

function fullSync(scope: Scope, world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const count = natural(query, 'recordCount', { most: MOST });
  if (count === undefined) throw badParameter('recordCount', 'is mandatory for FSync');
  const from = instant(query, 'dateFrom') ?? 0;
  if (query.has('dateFrom') && from < now - 30 * DAY) throw badParameter('dateFrom');
  const missed = several(query, 'statusGroup', ['Missed', 'All'] as const).includes('Missed');
  const fits = filterOf(query, now);
  const records = world.log
    .visible(ownerOf(scope, visit))
    .filter((one) => one.begins >= from && !gone(one, now) && fits(one) && (!missed || isMissed(one)))
    .sort(newestFirst)
    .slice(0, count);
  const oldest = records.length < count ? from : (records.at(-1)?.begins ?? from);
  const frame: Frame = { scope: scopeOf(scope, visit), from: oldest, at: now, view: viewOf(query), missed };
  return answer(scope, world, visit, 'FSync', records, frame);
}

function incremental(scope: Scope, world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const frame = openToken('call-log-sync', query.get('syncToken') ?? '') as Frame | undefined;
  if (frame === undefined || frame.scope !== scopeOf(scope, visit)) throw staleSyncToken();
  if (frame.at + KEPT <= now || frame.at < world.log.clearedAt()) throw staleSyncToken();
  const extend = natural(query, 'recordCount', { most: MOST }) ?? 0;
  const showDeleted = flag(query, 'showDeleted');
  const all = world.log
    .visible(ownerOf(scope, visit))
    .filter((one) => !frame.missed || isMissed(one))
    .sort(newestFirst);
  const changed = all.filter(
    (one) => one.begins >= frame.from && world.log.lastModified(one) > frame.at - OVERLAP && (showDeleted || !gone(one, now)),
  );
  const older = all.filter((one) => one.begins < frame.from && !gone(one, now)).slice(0, extend);
  const records = [...changed, ...older];
  if (records.length > MOST) {
    const message = 'Parameter [syncToken] is invalid [max sync record number limit is exceeded]';
    throw new ApiError(400, { errorCode: 'CMN-101', message, parameterName: 'syncToken' });
  }
  const next = { ...frame, at: now, from: older.at(-1)?.begins ?? frame.from };
  return answer(scope, world, visit, 'ISync', records, next);
}

function answer(scope: Scope, world: World, visit: Visit, syncType: 'FSync' | 'ISync', entries: readonly Entry[], frame: Frame) {
  const now = world.clock.now();
  return json({
    uri: `${uriOf(world, visit, scope, 'call-log-sync')}?${visit.call.query}`,
    records: entries.map((one) => writeRecord(one, frame.view, now, world.company, world.places)),
    syncInfo: { syncType, syncToken: sealToken('call-log-sync', { ...frame }), syncTime: new Date(now).toISOString() },
  });
}

/** The whole company's log in the order in which it changes. */
export function extractSync(world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const type = one(query, 'syncType', ['FSync', 'ISync'] as const) ?? 'FSync';
  const state = type === 'ISync' ? openToken('extract-sync', query.get('syncToken') ?? '') : undefined;
  if (type === 'ISync' && (state === undefined || Number(state.at) < world.log.clearedAt())) throw staleSyncToken();
  if (type === 'ISync' && Number(state?.given) + KEPT <= now) throw staleSyncToken();
  const count = Number(state?.count ?? natural(query, 'recordCount', { most: 1000 }) ?? MOST);
  const view = (state?.view as View | undefined) ?? viewOf(query);
  const since = state === undefined ? (instant(query, 'dateFrom') ?? now - 3_600_000) : Number(state.at);
  const taken: Entry[] = [];
  let [at, newer] = [since, false];
  for (const [changed, entry] of world.log.changed(state === undefined ? since : since + 1)) {
    // Records that changed in one millisecond are never parted, so that the token can be a time.
    newer = taken.length >= count && changed !== at;
    if (newer) break;
    taken.push(entry);
    at = changed;
  }
  const token: { [name: string]: Json } = { at, given: now, count, view };
  return json({
    uri: `${uriOf(world, visit, 'account', 'call-log-extract-sync')}?${query}`,
    records: taken.map((entry) => writeRecord(entry, view, now, world.company, world.places)),
    syncInfo: {
      syncType: type,
      syncToken: sealToken('extract-sync', token),
      syncTime: new Date(now).toISOString(),
      newerRecordsExist: newer,
    },
  });
}

function newestFirst(a: Entry, b: Entry): number {
  return b.begins - a.begins || (a.id < b.id ? -1 : 1);
}

function gone({ deleted }: Entry, now: number): boolean {
  return deleted !== undefined && deleted <= now;
}

const MISSED = new Set(['Missed', 'Voicemail', 'No Answer', 'Hang Up', 'Busy', 'Rejected', 'Declined', 'Abandoned']);

function isMissed({ plan }: Entry): boolean {
  return plan.direction === 'Inbound' && MISSED.has(plan.result);
}

function scopeOf(scope: Scope, visit: Visit): string {
  return scope === 'account' ? 'account' : String(visit.extension.id);
}
