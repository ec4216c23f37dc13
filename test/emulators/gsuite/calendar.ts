import { hash } from '../kit/random.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { CalendarState, EventState } from './agenda.ts';
import { ClassicError, json } from './errors.ts';
import { invalid, isMessage, patched, readEvent, settled, shown } from './event.ts';
import { sendAround } from './invitations.ts';
import type { Message } from './json.ts';
import type { Operation } from './operations.ts';

const WWW = 'https://www.googleapis.com';
const AUTH = 'https://www.googleapis.com/auth/';
const WRITE = [`${AUTH}calendar.events`, `${AUTH}calendar`];
const READ = [...WRITE, `${AUTH}calendar.events.readonly`, `${AUTH}calendar.readonly`];
const LISTS = [`${AUTH}calendar.calendarlist.readonly`, `${AUTH}calendar.calendarlist`, `${AUTH}calendar`];

/** Of events.list: what may not come with a sync token, and what must be the same in every call. */
const FULL_ONLY = [
  ...['iCalUID', 'orderBy', 'privateExtendedProperty', 'q', 'sharedExtendedProperty', 'timeMin', 'timeMax', 'updatedMin'],
];
const LASTING = ['eventTypes', 'maxResults', 'singleEvents', 'showHiddenInvitations', 'timeZone', 'maxAttendees'];

const EVENTS = /^\/calendar\/v3\/calendars\/([^/]+)\/events$/;
const EVENT = /^\/calendar\/v3\/calendars\/([^/]+)\/events\/([^/]+)$/;
const SENT = ['conferenceDataVersion', 'maxAttendees', 'sendNotifications', 'sendUpdates', 'supportsAttachments'];

export const CALENDAR_SCOPES = { read: READ, lists: LISTS };

export const calendarOperation = (
  name: string,
  verb: string,
  path: RegExp,
  scopes: readonly string[],
  query: readonly string[],
  handle: Operation['handle'],
): Operation => ({ name, verb, path, scopes, query, quota: 'calendar', method: name, origin: WWW, handle });

export const calendarOperations: readonly Operation[] = [
  calendarOperation(
    'calendar.calendarList.list',
    'GET',
    /^\/calendar\/v3\/users\/me\/calendarList$/,
    LISTS,
    ['maxResults', 'minAccessRole', 'pageToken', 'showDeleted', 'showHidden'],
    listCalendars,
  ),
  calendarOperation(
    'calendar.events.list',
    'GET',
    EVENTS,
    READ,
    [...FULL_ONLY, ...LASTING, 'pageToken', 'showDeleted', 'syncToken'],
    list,
  ),
  calendarOperation(
    'calendar.events.get',
    'GET',
    EVENT,
    READ,
    ['alwaysIncludeEmail', 'maxAttendees', 'timeZone'],
    (account, { params }) => {
      const [id = '', event = ''] = params;
      const calendar = account.agenda.find(id);
      return json(shown(calendar, existing(calendar, event)));
    },
  ),
  calendarOperation('calendar.events.insert', 'POST', EVENTS, WRITE, SENT, insert),
  calendarOperation('calendar.events.patch', 'PATCH', EVENT, WRITE, [...SENT, 'alwaysIncludeEmail'], patch),
  calendarOperation('calendar.events.delete', 'DELETE', EVENT, WRITE, ['sendNotifications', 'sendUpdates'], remove),
];

function listCalendars({ agenda }: Account, { query }: Call): Answer {
  const [size, from] = [Number(query.get('maxResults') ?? 100), Number(query.get('pageToken') ?? 0)];
  if (!(size >= 1 && size <= 250)) throw invalid('Invalid value for: maxResults');
  const all = agenda.list();
  const items = all.slice(from, from + size).map(({ id, title, zone, role, primary }) => ({
    ...{ kind: 'calendar#calendarListEntry', etag: `"${hash(id)}"`, id, summary: title, timeZone: zone, accessRole: role },
    ...{ selected: true, defaultReminders: [], conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] } },
    ...(primary && { primary }),
  }));
  const next: Message =
    from + size < all.length ? { nextPageToken: String(from + size) } : { nextSyncToken: `C${hash(agenda.owner)}` };
  return json({ kind: 'calendar#calendarList', etag: `"p${all.length}"`, ...next, items });
}

interface Token {
  calendar: string;
  /** Position of the last change that was shown. */
  after: number;
  /** Of a page: where the pass ends, and what the pass began after. */
  until?: number;
  since?: number;
  generation: number;
  asked: number;
}

/**
 * `events.list`: pages are stretches of the log of changes, whether something on them is shown or not: one may be empty and have a next
 * page all the same.
 */
function list({ agenda }: Account, { query, params }: Call): Answer {
  const calendar = agenda.find(params[0] ?? '');
  const size = Number(query.get('maxResults') ?? 250);
  if (!(size >= 1 && size <= 2500)) throw invalid('Invalid value for: maxResults');
  if (query.get('singleEvents') === 'true') throw invalid('This emulator does not expand series: leave singleEvents out.');
  const asked = hash(LASTING.map((name) => query.getAll(name).toSorted().join()).join('|'));
  const sync = read(query.get('syncToken'), calendar, asked, agenda.generation, fullSyncRequired);
  if (sync !== undefined) {
    const wrong = FULL_ONLY.find((name) => query.has(name));
    if (wrong !== undefined) throw invalid(`Sync token cannot be used with other query restrictions: ${wrong}.`);
    if (query.get('showDeleted') === 'false') throw invalid('Sync token cannot be used with showDeleted=false.');
  }
  const page = read(query.get('pageToken'), calendar, asked, agenda.generation, () =>
    invalid('Invalid page token value.', { locationType: 'parameter', location: 'pageToken' }),
  );
  const since = page?.since ?? sync?.after ?? 0;
  const until = page?.until ?? calendar.log.length;
  const from = page?.after ?? since;
  const to = Math.min(until, from + size);
  const told = since > 0 || sync !== undefined || query.get('showDeleted') === 'true';
  const types = query.getAll('eventTypes');
  const items: Message[] = [];
  for (let seq = from + 1; seq <= to; seq++) {
    const state = calendar.events.get(calendar.log[seq - 1] ?? '');
    if (state === undefined || state.seq !== seq) continue;
    if (state.cancelled && !told && state.body.recurringEventId === undefined) continue;
    if (types.length > 0 && !types.includes(String(state.body.eventType ?? 'default'))) continue;
    items.push(shown(calendar, state));
  }
  const position = { calendar: calendar.id, generation: agenda.generation, asked };
  const next = to < until ? { nextPageToken: write({ ...position, after: to, until, since }) } : undefined;
  return json({
    ...{ kind: 'calendar#events', etag: `"p${until}"`, summary: calendar.title, description: '', timeZone: calendar.zone },
    ...{ updated: new Date(0).toISOString(), accessRole: calendar.role, defaultReminders: [{ method: 'popup', minutes: 10 }] },
    ...(next ?? { nextSyncToken: write({ ...position, after: until }) }),
    items,
  });
}

function fullSyncRequired(): ClassicError {
  const message = 'Sync token is no longer valid, a full sync is required.';
  return new ClassicError(410, 'fullSyncRequired', message, 'calendar', { locationType: 'parameter', location: 'syncToken' });
}

function read(
  text: string | null,
  calendar: CalendarState,
  asked: number,
  generation: number,
  refuse: () => ClassicError,
): Token | undefined {
  if (text === null || text === '') return undefined;
  let token: Token;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw refuse();
  }
  if (token.calendar !== calendar.id || token.generation < generation) throw refuse();
  if (token.asked !== asked) throw invalid('Request parameters must match those of the request that provided the token.');
  return token;
}

const write = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url');

/** An event, or an occurrence of a series as its slot shows it. Throws 404 where there is none. */
export function existing(calendar: CalendarState, id: string): EventState {
  const state = calendar.events.get(id) ?? occurrence(calendar, id);
  if (state === undefined) throw new ClassicError(404, 'notFound', 'Not Found');
  return state;
}

/** Occurrences bear the series' id and their slot: `abc_20261125T090000Z`, `abc_20261125` where it is all-day. */
function occurrence(calendar: CalendarState, id: string): EventState | undefined {
  const [, series = '', slot = ''] = /^([a-v0-9]+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? [];
  const master = calendar.events.get(series);
  const { start, end, recurrence, iCalUID, ...rest } = master?.body ?? {};
  if (master === undefined || master.cancelled || recurrence === undefined || !isMessage(start) || !isMessage(end))
    return undefined;
  if ('date' in start !== (slot.length === 8)) return undefined;
  const body: Message = { ...rest, recurringEventId: series, iCalUID: iCalUID ?? `${series}@google.com` };
  if ('date' in start) {
    const date = Temporal.PlainDate.from(slot);
    const length = Temporal.PlainDate.from(String(start.date)).until(Temporal.PlainDate.from(String(end.date)));
    Object.assign(body, { start: { date: date.toString() }, end: { date: date.add(length).toString() } });
  } else {
    const instant = Temporal.Instant.from(slot.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
    const length = Temporal.Instant.from(String(start.dateTime)).until(Temporal.Instant.from(String(end.dateTime)));
    const { timeZone } = start;
    Object.assign(body, {
      start: { dateTime: instant.toString(), timeZone: timeZone ?? null },
      end: { dateTime: instant.add(length).toString(), timeZone: timeZone ?? null },
    });
  }
  body.originalStartTime = body.start!;
  return { ...master, id, seq: 0, body };
}

function writable(account: Account, id: string): CalendarState {
  const calendar = account.agenda.find(id);
  if (calendar.role !== 'owner' && calendar.role !== 'writer')
    throw new ClassicError(403, 'requiredAccessLevel', 'You need to have writer access to this calendar.', 'calendar');
  return calendar;
}

function insert(account: Account, { params, body, query }: Call): Answer {
  const calendar = writable(account, params[0] ?? '');
  const sent = readEvent(body);
  const id = sent.id ?? newId(calendar);
  if (typeof id !== 'string' || !/^[a-v0-9]{5,1024}$/.test(id)) throw invalid('Invalid resource id value.');
  if (calendar.events.has(id)) throw new ClassicError(409, 'duplicate', 'The requested identifier already exists.');
  const event = settled(patched({}, sent), calendar.zone);
  const state = calendarPut(account, calendar, id, { ...event, organizer: { email: calendar.id } }, query.get('sendUpdates'));
  return json(shown(calendar, state));
}

let made = 0;
function newId(calendar: CalendarState): string {
  made++;
  return `${hash(`${calendar.id} ${made}`).toString(32)}${made.toString(32).padStart(4, '0')}`;
}

/** What a guest may change of the copy: what only they see, and their own answer. */
const GUESTS_OWN: ReadonlySet<string> = new Set([
  'attendees',
  'reminders',
  'colorId',
  'transparency',
  'visibility',
  'extendedProperties',
]);

function patch(account: Account, { params, body, query, headers }: Call): Answer {
  const [id = '', event = ''] = params;
  const calendar = writable(account, id);
  const before = existing(calendar, event);
  if (before.cancelled && before.body.recurringEventId === undefined) throw new ClassicError(404, 'notFound', 'Not Found');
  checkEtag(before, headers['if-match']);
  const sent = readEvent(body);
  const { organizer } = before.body;
  const guest = isMessage(organizer) && organizer.email !== calendar.id && before.body.guestsCanModify !== true;
  if (guest && Object.keys(sent).some((member) => !GUESTS_OWN.has(member)))
    throw new ClassicError(
      403,
      'forbiddenForNonOrganizer',
      'Shared properties can only be changed by the organizer of the event.',
      'calendar',
    );
  const after = settled(patched(before.body, sent), calendar.zone);
  const state = calendarPut(account, calendar, event, after, query.get('sendUpdates'));
  return json(shown(calendar, state));
}

function remove(account: Account, { params, query, headers }: Call): Answer {
  const [id = '', event = ''] = params;
  const calendar = writable(account, id);
  const before = existing(calendar, event);
  if (before.cancelled) throw new ClassicError(410, 'deleted', 'Resource has been deleted');
  checkEtag(before, headers['if-match']);
  calendarPut(account, calendar, event, { ...before.body, status: 'cancelled' }, query.get('sendUpdates'));
  return { status: 204, headers: {}, body: '' };
}

function checkEtag({ stamp }: EventState, wanted: string | undefined): void {
  if (wanted === undefined || wanted === '*' || wanted === `"${stamp * 2}"`) return;
  throw new ClassicError(412, 'conditionNotMet', 'Precondition Failed', 'global', {
    locationType: 'header',
    location: 'If-Match',
  });
}

/** Keeps an event, and all that follows: a series takes its exceptions with it, guests get their copies. */
export function calendarPut(
  account: Account,
  calendar: CalendarState,
  id: string,
  body: Message,
  updates: string | null = null,
): EventState {
  const before = calendar.events.get(id);
  const cancelled = body.status === 'cancelled';
  if (cancelled) {
    for (const one of calendar.events.values())
      if (one.body.recurringEventId === id && !one.cancelled) account.agenda.put(calendar, one.id, one.body, true);
  }
  const state = account.agenda.put(calendar, id, body, cancelled);
  sendAround(account, calendar, state, { before: before?.body, updates });
  return state;
}
