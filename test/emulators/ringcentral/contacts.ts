import type { Contact } from './address-book.ts';
import type { Visit, World } from './desk.ts';
import { ApiError, badParameter, json, notFound, nothing } from './errors.ts';
import { uriOf } from './log-reads.ts';
import { pageOf } from './paging.ts';
import { bodyOf, natural, one } from './query.ts';
import { openToken, sealToken } from './sync-token.ts';

const DAY = 86_400_000;

export function listContacts(world: World, visit: Visit) {
  const { query } = visit.call;
  const begins = query.get('startsWith')?.toLowerCase();
  const numbers = query.getAll('phoneNumber').map((one) => one.trim().replace(/^\+?/, '+'));
  const found = world.books
    .all(visit.extension)
    .filter((contact) => !contact.deleted)
    .filter((contact) => begins === undefined || NAMES.some((name) => text(contact, name).toLowerCase().startsWith(begins)))
    .filter((contact) => numbers.length === 0 || Object.values(contact.fields).some((value) => numbers.includes(String(value))))
    .sort((a, b) => text(a, 'firstName').localeCompare(text(b, 'firstName')) || a.id - b.id);
  const uri = uriOf(world, visit, 'extension', 'address-book/contact');
  return json(pageOf(found, { uri, query, totals: true }, (contact) => world.books.write(contact, world.places.platform)));
}

const NAMES = ['firstName', 'lastName', 'nickName', 'company'];

function text({ fields }: Contact, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

function contactOf(world: World, visit: Visit): Contact {
  const found = world.books.find(visit.extension, visit.params[0] ?? '');
  if (found === undefined) throw notFound('contactId');
  return found;
}

export function getContact(world: World, visit: Visit) {
  return json(world.books.write(contactOf(world, visit), world.places.platform));
}

export function createContact(world: World, visit: Visit) {
  const made = world.books.add(visit.extension, bodyOf(visit.call));
  return json(world.books.write(made, world.places.platform));
}

export function replaceContact(world: World, visit: Visit) {
  return json(world.books.write(world.books.replace(contactOf(world, visit), bodyOf(visit.call)), world.places.platform));
}

export function patchContact(world: World, visit: Visit) {
  return json(world.books.write(world.books.patch(contactOf(world, visit), bodyOf(visit.call)), world.places.platform));
}

export function deleteContact(world: World, visit: Visit) {
  world.books.remove(contactOf(world, visit));
  return nothing;
}

/** Pages of one synchronisation follow each other by `pageId`; the token comes with each and is good when the last is read. */
export function syncContacts(world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const type = one(query, 'syncType', ['FSync', 'ISync'] as const) ?? 'FSync';
  const perPage = natural(query, 'perPage', { most: 250 }) ?? 250;
  const pageId = natural(query, 'pageId', { least: 0 }) ?? 0;
  const token = openToken('address-book-sync', query.get('syncToken') ?? '');
  const state = type === 'ISync' ? token : undefined;
  const stale = token === undefined || token.generation !== world.books.generation() || token.owner !== visit.extension.id;
  if (type === 'ISync' && (stale || Number(token?.at) + 30 * DAY <= now))
    throw new ApiError(400, {
      errorCode: 'CMN-101',
      message: 'Parameter [syncToken] value is invalid',
      parameterName: 'syncToken',
    });
  if (query.has('pageId') && pageId >= 2 ** 40) throw badParameter('pageId');
  const since = Number(state?.at ?? 0);
  // The page's id holds the place where it begins.
  const all = world.books
    .all(visit.extension)
    // What changes within the millisecond of the token is told with the next one: it may have been missed.
    .filter((contact) => (state === undefined ? !contact.deleted : contact.modified >= since))
    .sort((a, b) => a.id - b.id);
  const records = all.slice(pageId, pageId + perPage);
  const next = pageId + perPage < all.length ? pageId + perPage : undefined;
  const uri = uriOf(world, visit, 'extension', 'address-book-sync');
  const more = new URLSearchParams(query);
  if (next !== undefined) more.set('pageId', String(next));
  const sealed = sealToken('address-book-sync', { at: now, owner: visit.extension.id, generation: world.books.generation() });
  return json({
    uri: `${uri}?${query}`,
    records: records.map((contact) => world.books.write(contact, world.places.platform)),
    syncInfo: { syncType: type, syncToken: sealed, syncTime: new Date(now).toISOString() },
    ...(next === undefined ? {} : { nextPageId: next, nextPageUri: `${uri}?${more}` }),
  });
}
