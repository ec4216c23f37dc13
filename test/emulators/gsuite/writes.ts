import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { State } from './book.ts';
import { type Contact, contactOf, MY_CONTACTS } from './contact.ts';
import { ApiError, badRequest, invalid, json, notFound, staleEtag, written } from './errors.ts';
import { type Message, readBody } from './json.ts';
import { maskOf, optionalMask, type View, viewOf } from './present.ts';
import { FIELDS } from './schema.ts';

/** Most contacts of one batch. */
const MOST = { create: 200, update: 200, delete: 500 };

/** What one item of a batch that fails does: its own status, or the whole call refused with nothing carried out. */
export type BatchFailures = 'each' | 'whole';

/** `people.createContact` */
export function createContact(account: Account, call: Call): Answer {
  const view = viewOf(optionalMask(call.query.get('personFields'), 'personFields'), call.query.getAll('sources'), 'get');
  const contact = fresh(account, readBody(call.body, 'Person', 'person'));
  return written(account.writer.text(account.book.add(contact), view));
}

/** `people.updateContact`: replaces the fields of the mask. */
export function updateContact(account: Account, call: Call): Answer {
  const view = viewOf(optionalMask(call.query.get('personFields'), 'personFields'), call.query.getAll('sources'), 'get');
  const mask = maskOf(call.query.get('updatePersonFields') ?? '', 'updatePersonFields', 'update');
  const change = prepared(account, call.params[0] ?? '', readBody(call.body, 'Person', 'person'), mask);
  return written(account.writer.text(account.book.change(change.state, { contact: change.contact }), view));
}

/** `people.deleteContact` */
export function deleteContact(account: Account, call: Call): Answer {
  const state = account.book.find(call.params[0] ?? '');
  if (state === undefined) throw notFound();
  account.book.change(state, { deleted: true, contact: {} });
  return json({});
}

/** `people.batchCreateContacts`: people in the order of the request. */
export function batchCreate(account: Account, call: Call, failures: BatchFailures): Answer {
  const body = readBody(call.body, 'BatchCreateContactsRequest');
  const items = (Array.isArray(body.contacts) ? body.contacts : []).map((one) => message(message(one).contactPerson));
  sized(items.length, MOST.create, 'contacts');
  const view = batchView(body);
  const tries = items.map((person) => attempt(() => fresh(account, person)));
  if (failures === 'whole') refuseWhole(tries, 'BatchCreateContactsErrorDetails', (i) => ({ index: i }));
  const results = tries.map((one) => {
    if (one instanceof ApiError) return failed(one);
    const state = account.book.add(one);
    return view ? done(account, state, view, state.resourceName) : '';
  });
  return view ? written(`{"createdPeople":[${results.join(',')}]}`) : json({});
}

/** `people.batchUpdateContacts`: one mask for all, a status for each. */
export function batchUpdate(account: Account, call: Call, failures: BatchFailures): Answer {
  const body = readBody(call.body, 'BatchUpdateContactsRequest');
  const items = Object.entries(message(body.contacts));
  sized(items.length, MOST.update, 'contacts');
  const mask = maskOf(String(body.updateMask ?? ''), 'updateMask', 'update');
  const view = batchView(body);
  const tries = items.map(([name, person]) => attempt(() => prepared(account, name, message(person), mask)));
  if (failures === 'whole') refuseWhole(tries, 'BatchUpdateContactsErrorDetails', (i) => ({ resourceName: items[i]?.[0] ?? '' }));
  const results = tries.map((one, i) => {
    const name = items[i]?.[0] ?? '';
    const key = JSON.stringify(name);
    if (one instanceof ApiError) return `${key}:${failed(one, name)}`;
    const state = account.book.change(one.state, { contact: one.contact });
    return view ? `${key}:${done(account, state, view, name)}` : '';
  });
  return view ? written(`{"updateResult":{${results.join(',')}}}`) : json({});
}

/** `people.batchDeleteContacts`: all or nothing. */
export function batchDelete(account: Account, call: Call): Answer {
  const body = readBody(call.body, 'BatchDeleteContactsRequest');
  const names = (Array.isArray(body.resourceNames) ? body.resourceNames : []).map(String);
  sized(names.length, MOST.delete, 'resource_names');
  const states = new Set(
    names.map((name) => {
      const state = account.book.find(name);
      if (state === undefined) throw notFound();
      return state.n;
    }),
  );
  for (const n of states) {
    const state = account.book.at(n);
    if (state) account.book.change(state, { deleted: true, contact: {} });
  }
  return json({});
}

/** What a new contact holds. */
function fresh(account: Account, person: Message): Contact {
  const contact = contactOf(person, Object.keys(FIELDS), account.groups);
  return { ...contact, memberships: contact.memberships ?? [MY_CONTACTS] };
}

/** Checks an update against the person as they are now and gives the contact it leads to. */
function prepared(
  account: Account,
  name: string,
  person: Message,
  mask: ReadonlySet<string>,
): { state: State; contact: Contact } {
  const state = account.book.find(name);
  if (state === undefined) throw notFound();
  checkEtags(account, state, person);
  const written = contactOf(person, mask, account.groups);
  if (mask.has('memberships') && !written.memberships?.some((one) => one.contactGroupMembership !== undefined)) {
    throw invalid('At least one contact group membership must be specified when updating person.memberships.');
  }
  const contact = { ...state.contact };
  for (const field of mask) delete contact[field];
  return { state, contact: { ...contact, ...written } };
}

function checkEtags({ book }: Account, { n, version }: State, person: Message): void {
  const sources = message(person.metadata).sources;
  const source = (Array.isArray(sources) ? sources : []).map(message).find((one) => one.type === 'CONTACT');
  if (person.etag === undefined && source?.etag === undefined) {
    throw invalid('Request must set person.etag or person.metadata.sources.etag for the source that is being updated.');
  }
  if (source?.etag !== undefined && source.etag !== book.ids.sourceEtag(n, version))
    throw staleEtag('person.metadata.sources.etag');
  if (person.etag !== undefined && person.etag !== book.ids.personEtag(n, version)) throw staleEtag('person.etag');
}

function message(value: Message[string] | undefined): Message {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function sized(count: number, most: number, field: string): void {
  if (count === 0) throw badRequest(`${field} must not be empty.`, field);
  if (count > most) throw badRequest(`Request exceeds the limit of ${most} ${field}.`, field);
}

/** Undefined when the answer shall be empty. */
function batchView(body: Message): View | undefined {
  const mask = String(body.readMask ?? '');
  const sources = Array.isArray(body.sources) ? body.sources.map(String) : [];
  return mask === '' ? undefined : viewOf(maskOf(mask, 'readMask', 'read'), sources, 'get');
}

function attempt<T>(work: () => T): T | ApiError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function done(account: Account, state: State, view: View, name: string): string {
  return `{"httpStatusCode":200,"person":${account.writer.text(state, view)},"requestedResourceName":${JSON.stringify(name)},"status":{}}`;
}

function failed(error: ApiError, name?: string): string {
  const asked = name === undefined ? {} : { requestedResourceName: name };
  return JSON.stringify({ httpStatusCode: error.code, ...asked, status: { code: error.rpcCode, message: error.message } });
}

/** Refuses a batch with the errors of its items, if there are any. */
function refuseWhole(tries: readonly unknown[], details: string, which: (i: number) => Message): void {
  const errors = tries.flatMap((one, i) =>
    one instanceof ApiError ? [{ ...which(i), status: { code: one.rpcCode, message: one.message } }] : [],
  );
  if (errors.length === 0) return;
  throw invalid('Request contains invalid contacts.', [{ '@type': `type.googleapis.com/google.people.v1.${details}`, errors }]);
}
