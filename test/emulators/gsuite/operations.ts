import type { Clock } from '../kit/clock.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { Channels } from './channels.ts';
import { listConnections } from './connections.ts';
import type { QuotaClass } from './quotas.ts';
import { batchGet, getPerson } from './reads.ts';
import {
  type BatchFailures,
  batchCreate,
  batchDelete,
  batchUpdate,
  createContact,
  deleteContact,
  updateContact,
} from './writes.ts';

/** Where the People API lives. */
export const PEOPLE = 'https://people.googleapis.com';

/** One operation of the People API, after its discovery document. */
export interface Operation {
  /** Its id there: what faults and counters call it. */
  name: string;
  verb: string;
  path: RegExp;
  /** Any of these is enough. */
  scopes: readonly string[];
  query: readonly string[];
  quota: QuotaClass;
  /** Its name in the gRPC service, as error details show it. */
  method: string;
  /** Where it lives. Default the People API. */
  origin?: string;
  handle(account: Account, call: Call, lent: Lent): Answer | Promise<Answer>;
}

/** What an operation is lent beside the account. */
export interface Lent {
  clock: Clock;
  failures: BatchFailures;
  channels: Channels;
  /** Of the app that calls. */
  clientId: string;
}

const AUTH = 'https://www.googleapis.com/auth/';
const WRITE = [`${AUTH}contacts`];
const READ = [`${AUTH}contacts`, `${AUTH}contacts.readonly`];
const SHOWN = ['personFields', 'sources'];
const ASKED = [...SHOWN, 'requestMask.includeField'];

/** GET and PATCH count as critical reads (mrmattwilkins/google-contacts-sync#1). */
export const operations: readonly Operation[] = [
  {
    name: 'people.people.connections.list',
    verb: 'GET',
    path: /^\/v1\/(people\/[^/:]+)\/connections$/,
    scopes: READ,
    query: [...ASKED, 'pageSize', 'pageToken', 'requestSyncToken', 'sortOrder', 'syncToken'],
    quota: 'criticalReads',
    method: 'google.people.v1.PeopleService.ListConnections',
    handle: (account, call, { clock }) => listConnections(account, call, clock),
  },
  {
    name: 'people.people.getBatchGet',
    verb: 'GET',
    path: /^\/v1\/people:batchGet$/,
    scopes: READ,
    query: [...ASKED, 'resourceNames'],
    quota: 'criticalReads',
    method: 'google.people.v1.PeopleService.GetBatchGet',
    handle: batchGet,
  },
  {
    name: 'people.people.get',
    verb: 'GET',
    path: /^\/v1\/(people\/[^/:]+)$/,
    scopes: [...READ, `${AUTH}userinfo.email`, `${AUTH}userinfo.profile`],
    query: ASKED,
    quota: 'criticalReads',
    method: 'google.people.v1.PeopleService.GetPerson',
    handle: getPerson,
  },
  {
    name: 'people.people.createContact',
    verb: 'POST',
    path: /^\/v1\/people:createContact$/,
    scopes: WRITE,
    query: SHOWN,
    quota: 'criticalWrites',
    method: 'google.people.v1.PeopleService.CreateContact',
    handle: createContact,
  },
  {
    name: 'people.people.batchCreateContacts',
    verb: 'POST',
    path: /^\/v1\/people:batchCreateContacts$/,
    scopes: WRITE,
    query: [],
    quota: 'criticalWrites',
    method: 'google.people.v1.PeopleService.BatchCreateContacts',
    handle: (account, call, { failures }) => batchCreate(account, call, failures),
  },
  {
    name: 'people.people.updateContact',
    verb: 'PATCH',
    path: /^\/v1\/(people\/[^/:]+):updateContact$/,
    scopes: WRITE,
    query: [...SHOWN, 'updatePersonFields'],
    quota: 'criticalReads',
    method: 'google.people.v1.PeopleService.UpdateContact',
    handle: updateContact,
  },
  {
    name: 'people.people.batchUpdateContacts',
    verb: 'POST',
    path: /^\/v1\/people:batchUpdateContacts$/,
    scopes: WRITE,
    query: [],
    quota: 'criticalWrites',
    method: 'google.people.v1.PeopleService.BatchUpdateContacts',
    handle: (account, call, { failures }) => batchUpdate(account, call, failures),
  },
  {
    name: 'people.people.deleteContact',
    verb: 'DELETE',
    path: /^\/v1\/(people\/[^/:]+):deleteContact$/,
    scopes: WRITE,
    query: [],
    quota: 'criticalWrites',
    method: 'google.people.v1.PeopleService.DeleteContact',
    handle: deleteContact,
  },
  {
    name: 'people.people.batchDeleteContacts',
    verb: 'POST',
    path: /^\/v1\/people:batchDeleteContacts$/,
    scopes: WRITE,
    query: [],
    quota: 'criticalWrites',
    method: 'google.people.v1.PeopleService.BatchDeleteContacts',
    handle: batchDelete,
  },
];

const WRITES: ReadonlySet<string> = new Set(operations.filter(({ scopes }) => scopes === WRITE).map(({ name }) => name));

/** Does this operation change contacts? */
export function isWrite(name: string): boolean {
  return WRITES.has(name);
}
