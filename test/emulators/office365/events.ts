import type { Account } from './account.ts';
import { ifMatch } from './contacts.ts';
import { badRequest, GraphError, json, notFound, nothing } from './errors.ts';
import { type Asked, exceptionsOf, instantOf, kept, occurrencesOf, present } from './event.ts';
import { expandedOf, onlyParameters, preference, selected, selectOf, topOf } from './odata.ts';
import { answerRound } from './round.ts';
import { readBody } from './schema.ts';
import type { Item } from './shelf.ts';
import { isThing, type Thing, text, things } from './thing.ts';
import type { Visit } from './visit.ts';

const CONTEXT = "$metadata#users('me')/events";

function askedOf({ call, immutable }: Visit): Asked {
  const select = call.query.get('$select')?.split(',') ?? [];
  return {
    immutable,
    zone: preference(call, 'outlook.timezone') ?? 'UTC',
    text: preference(call, 'outlook.body-content-type') === 'text',
    expanded: expandedOf(call.query.get('$expand')),
    cancelled: select.includes('cancelledOccurrences'),
  };
}

function shownAs(visit: Visit, item: Item): Thing {
  const select = selectOf(visit.call.query.get('$select'), 'event');
  return selected(present(visit.account.events, item, askedOf(visit)), select && [...select, 'singleValueExtendedProperties']);
}

const answerWith = (visit: Visit, item: Item, status = 200) =>
  json({ '@odata.context': `${visit.root}/${CONTEXT}/$entity`, ...shownAs(visit, item) }, status);

export function listCalendars({ account, call: { query }, root }: Visit) {
  onlyParameters(query, ['$select', '$top'], 'calendars here');
  const select = query.get('$select')?.split(',');
  const value = [...account.calendars.values()].map(({ owner, ...one }) => ({ ...one, owner: { name: owner, address: owner } }));
  return json({ '@odata.context': `${root}/$metadata#users('me')/calendars`, value: value.map((one) => selected(one, select)) });
}

/** Singles and series; by an extended property where `$filter` names one. */
export function listEvents(visit: Visit) {
  const { account, call, root } = visit;
  onlyParameters(call.query, ['$select', '$expand', '$top', '$filter'], 'events here');
  const filter = call.query.get('$filter');
  const asked = /^singleValueExtendedProperties\/Any\(ep: ?ep\/id eq '([^']*)' and ep\/value eq '((?:[^']|'')*)'\)$/i.exec(
    filter ?? '',
  );
  if (filter !== null && asked === null) throw badRequest('Invalid filter clause.', 'ErrorInvalidUrlQueryFilter');
  const [, id = '', value = ''] = asked ?? [];
  const bears = ({ body }: Item) =>
    things(body.singleValueExtendedProperties).some(
      (one) => text(one.id).toLowerCase() === id.toLowerCase() && one.value === value.replaceAll("''", "'"),
    );
  const all = account.events.all().filter((item) => item.body.type !== 'exception' && (asked === null || bears(item)));
  return json({
    '@odata.context': `${root}/${CONTEXT}`,
    value: all.slice(0, topOf(call.query, 10, 1_000)).map((item) => shownAs(visit, item)),
  });
}

export function getEvent(visit: Visit) {
  onlyParameters(visit.call.query, ['$select', '$expand'], 'an event');
  return answerWith(visit, visit.account.events.get(visit.params[0] ?? ''));
}

/** A repetition under a transactionId makes no second event: it is answered with the first, or refused. */
export function createEvent(visit: Visit) {
  const { account, body, params } = visit;
  const calendar = params[0] ?? account.defaultCalendar;
  if (!account.calendars.has(calendar)) throw notFound();
  const given = readBody(body, 'event');
  const { transactionId } = given;
  const before =
    transactionId === undefined ? undefined : account.events.all().find((one) => one.body.transactionId === transactionId);
  if (before !== undefined && account.repeats === 'refused')
    throw new GraphError(
      409,
      'ErrorDuplicateTransactionId',
      "Your request can't be completed. The transaction ID was already used.",
    );
  if (before !== undefined) return answerWith(visit, before, 201);
  const item = account.events.add(calendar, kept({}, given, account.email, `${account.events.head()}`));
  mail(account, item, 'invitation');
  return answerWith(visit, item, 201);
}

export function updateEvent(visit: Visit) {
  const { account, body, params } = visit;
  const item = account.events.get(params[0] ?? '');
  ifMatch(visit, account.events, item);
  const given = readBody(body, 'event');
  if ('transactionId' in given)
    throw badRequest('transactionId is set when an event is made, and never after.', 'ErrorInvalidPropertySet');
  const after = kept(item.body, given, account.email, item.id);
  // A series that takes place on other days has no use for what was changed of single ones.
  if (JSON.stringify(after.recurrence ?? null) !== JSON.stringify(item.body.recurrence ?? null)) {
    for (const exception of exceptionsOf(account.events, item)) account.events.remove(exception);
    delete after.cancelled;
  }
  account.events.change(item, after);
  const moved = ['start', 'end', 'recurrence', 'isAllDay', 'location', 'attendees'].some((name) => name in given);
  if (moved) mail(account, item, 'update');
  return answerWith(visit, item);
}

export function cancelEvent({ account, params }: Visit) {
  const item = account.events.get(params[0] ?? '');
  if (item.body.isOrganizer === false)
    throw badRequest('Your request can’t be completed. You need to be an organizer to cancel a meeting.', 'ErrorAccessDenied');
  mail(account, item, 'cancellation');
  removeEvent(account, item);
  return nothing(202);
}

export function deleteEvent(visit: Visit) {
  const { account, params } = visit;
  const item = account.events.get(params[0] ?? '');
  ifMatch(visit, account.events, item);
  if (item.body.isOrganizer !== false) mail(account, item, 'cancellation');
  removeEvent(account, item);
  return nothing();
}

/** With its exceptions, where it is a series; an exception leaves a day on which the series does not take place. */
export function removeEvent({ events }: Account, item: Item): void {
  for (const exception of exceptionsOf(events, item)) events.remove(exception);
  events.remove(item);
  const master = events.find(text(item.body.seriesMasterId));
  if (master !== undefined) cancelDay({ events }, master, text(item.body.day));
}

export function cancelDay({ events }: Pick<Account, 'events'>, master: Item, day: string): void {
  const before = Array.isArray(master.body.cancelled) ? master.body.cancelled : [];
  events.change(master, { ...master.body, cancelled: [...before, day] });
}

function mail(account: Account, item: Item, what: Account['mails'][number]['what']): void {
  if (item.body.isOrganizer === false) return;
  for (const { emailAddress } of things(item.body.attendees)) {
    const to = isThing(emailAddress) ? text(emailAddress.address) : '';
    if (to !== account.email) account.mails.push({ to, what, event: item.id });
  }
}

/** A round of what stands in a window of time. Of what stands outside it is said that it is not there, whenever it changes. */
export function deltaView(visit: Visit) {
  const { account, call, params } = visit;
  const calendar = params[0] ?? account.defaultCalendar;
  if (!account.calendars.has(calendar)) throw notFound();
  const bare = { ...visit, call: { ...call, query: new URLSearchParams() } };
  const begins = !call.query.has('$skiptoken') && !call.query.has('$deltatoken');
  if (begins) for (const name of ['startDateTime', 'endDateTime']) timeOf(call.query, name);
  const [events, asked] = [account.events, askedOf(bare)];
  return answerRound(visit, {
    shelf: events,
    place: calendar,
    path: params[0] === undefined ? 'me/calendarView/delta' : `me/calendars/${encodeURIComponent(calendar)}/calendarView/delta`,
    type: 'event',
    what: 'Events',
    first: ['startDateTime', 'endDateTime'],
    noSelect: true,
    show: ({ item }, _select, { more = {}, first }) => {
      const window = { from: Date.parse(more.startdatetime ?? ''), to: Date.parse(more.enddatetime ?? '') };
      const thing: Thing = { '@odata.type': '#microsoft.graph.event', ...present(events, item, asked) };
      if (item.body.type === 'seriesMaster')
        return [...(account.mastersInView ? [thing] : []), ...occurrencesOf(events, item, asked, window)];
      const inside = instantOf(item.body.end as Thing) > window.from && instantOf(item.body.start as Thing) < window.to;
      if (inside) return [thing];
      return first ? [] : [{ '@odata.type': '#microsoft.graph.event', id: String(thing.id), '@removed': { reason: 'deleted' } }];
    },
  });
}

function timeOf(query: URLSearchParams, wanted: string): number {
  const found = [...query].find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];
  const at = Date.parse(found ?? '');
  if (Number.isNaN(at))
    throw badRequest(
      `This request requires a time window specified by the query string parameters StartDateTime and EndDateTime; ${wanted} is not one.`,
      'ErrorInvalidParameter',
    );
  return at;
}
