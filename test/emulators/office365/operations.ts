import type { Answer } from '../kit/server.ts';
import {
  createContact,
  createFolder,
  deleteContact,
  deleteFolder,
  deltaContacts,
  getContact,
  listContacts,
  listFolders,
  updateContact,
} from './contacts.ts';
import { json } from './errors.ts';
import { cancelEvent, createEvent, deleteEvent, deltaView, getEvent, listCalendars, listEvents, updateEvent } from './events.ts';
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  reauthorizeSubscription,
  updateSubscription,
} from './subscribing.ts';
import { createTask, deleteTask, deltaTasks, getTask, listLists, updateTask } from './tasks.ts';
import { deltaUsers, getUser } from './users.ts';
import type { Visit } from './visit.ts';

/** Where Graph lives. */
export const GRAPH = 'https://graph.microsoft.com';

/** One operation of Graph, as its reference names it. */
export interface Operation {
  /** What faults and counters call it. */
  name: string;
  verb: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under the version. */
  path: RegExp;
  /** Any of these is enough. */
  scopes: readonly string[];
  handle(visit: Visit): Answer | Promise<Answer>;
}

const ID = '([^/]+)';
const at = (path: string): RegExp => new RegExp(`^/v1\\.0/${path}$`);

const READS = ['Contacts.Read', 'Contacts.ReadWrite'];
const WRITES = ['Contacts.ReadWrite'];
const SEES = ['Calendars.Read', 'Calendars.ReadWrite'];
const PLANS = ['Calendars.ReadWrite'];
const DOES = ['Tasks.ReadWrite'];
/** The read permission of what is watched. */
const ANY = [...READS, ...SEES];
const PEOPLE = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'];

export const operations: readonly Operation[] = [
  { name: 'me.get', verb: 'GET', path: at('me'), scopes: ['User.Read', ...PEOPLE], handle: getMe },
  { name: 'users.delta', verb: 'GET', path: at('users/delta(?:\\(\\))?'), scopes: PEOPLE, handle: deltaUsers },
  { name: 'users.get', verb: 'GET', path: at(`users/${ID}`), scopes: ['User.ReadBasic.All', ...PEOPLE], handle: getUser },
  { name: 'contacts.delta', verb: 'GET', path: at('me/contacts/delta(?:\\(\\))?'), scopes: READS, handle: deltaContacts },
  {
    name: 'contacts.delta',
    verb: 'GET',
    path: at(`me/contactFolders/${ID}/contacts/delta(?:\\(\\))?`),
    scopes: READS,
    handle: deltaContacts,
  },
  { name: 'contacts.list', verb: 'GET', path: at('me/contacts'), scopes: READS, handle: listContacts },
  { name: 'contacts.list', verb: 'GET', path: at(`me/contactFolders/${ID}/contacts`), scopes: READS, handle: listContacts },
  { name: 'contacts.create', verb: 'POST', path: at('me/contacts'), scopes: WRITES, handle: createContact },
  { name: 'contacts.create', verb: 'POST', path: at(`me/contactFolders/${ID}/contacts`), scopes: WRITES, handle: createContact },
  { name: 'contacts.get', verb: 'GET', path: at(`me/contacts/${ID}`), scopes: READS, handle: getContact },
  { name: 'contacts.update', verb: 'PATCH', path: at(`me/contacts/${ID}`), scopes: WRITES, handle: updateContact },
  { name: 'contacts.delete', verb: 'DELETE', path: at(`me/contacts/${ID}`), scopes: WRITES, handle: deleteContact },
  { name: 'contactFolders.list', verb: 'GET', path: at('me/contactFolders'), scopes: READS, handle: listFolders },
  {
    name: 'contactFolders.list',
    verb: 'GET',
    path: at(`me/contactFolders/${ID}/childFolders`),
    scopes: READS,
    handle: listFolders,
  },
  { name: 'contactFolders.create', verb: 'POST', path: at('me/contactFolders'), scopes: WRITES, handle: createFolder },
  {
    name: 'contactFolders.create',
    verb: 'POST',
    path: at(`me/contactFolders/${ID}/childFolders`),
    scopes: WRITES,
    handle: createFolder,
  },
  { name: 'contactFolders.delete', verb: 'DELETE', path: at(`me/contactFolders/${ID}`), scopes: WRITES, handle: deleteFolder },
  { name: 'calendars.list', verb: 'GET', path: at('me/calendars'), scopes: SEES, handle: listCalendars },
  { name: 'calendarView.delta', verb: 'GET', path: at('me/calendarView/delta(?:\\(\\))?'), scopes: SEES, handle: deltaView },
  {
    name: 'calendarView.delta',
    verb: 'GET',
    path: at(`me/calendars/${ID}/calendarView/delta(?:\\(\\))?`),
    scopes: SEES,
    handle: deltaView,
  },
  { name: 'events.list', verb: 'GET', path: at('me/events'), scopes: SEES, handle: listEvents },
  { name: 'events.create', verb: 'POST', path: at('me/events'), scopes: PLANS, handle: createEvent },
  { name: 'events.create', verb: 'POST', path: at(`me/calendars/${ID}/events`), scopes: PLANS, handle: createEvent },
  { name: 'events.get', verb: 'GET', path: at(`me/events/${ID}`), scopes: SEES, handle: getEvent },
  { name: 'events.update', verb: 'PATCH', path: at(`me/events/${ID}`), scopes: PLANS, handle: updateEvent },
  { name: 'events.delete', verb: 'DELETE', path: at(`me/events/${ID}`), scopes: PLANS, handle: deleteEvent },
  { name: 'events.cancel', verb: 'POST', path: at(`me/events/${ID}/cancel`), scopes: PLANS, handle: cancelEvent },
  { name: 'subscriptions.create', verb: 'POST', path: at('subscriptions'), scopes: ANY, handle: createSubscription },
  { name: 'subscriptions.list', verb: 'GET', path: at('subscriptions'), scopes: ANY, handle: listSubscriptions },
  { name: 'subscriptions.get', verb: 'GET', path: at(`subscriptions/${ID}`), scopes: ANY, handle: getSubscription },
  { name: 'subscriptions.update', verb: 'PATCH', path: at(`subscriptions/${ID}`), scopes: ANY, handle: updateSubscription },
  { name: 'subscriptions.delete', verb: 'DELETE', path: at(`subscriptions/${ID}`), scopes: ANY, handle: deleteSubscription },
  {
    name: 'subscriptions.reauthorize',
    verb: 'POST',
    path: at(`subscriptions/${ID}/reauthorize`),
    scopes: ANY,
    handle: reauthorizeSubscription,
  },
  { name: 'taskLists.list', verb: 'GET', path: at('me/todo/lists'), scopes: DOES, handle: listLists },
  { name: 'tasks.delta', verb: 'GET', path: at(`me/todo/lists/${ID}/tasks/delta(?:\\(\\))?`), scopes: DOES, handle: deltaTasks },
  { name: 'tasks.create', verb: 'POST', path: at(`me/todo/lists/${ID}/tasks`), scopes: DOES, handle: createTask },
  { name: 'tasks.get', verb: 'GET', path: at(`me/todo/lists/${ID}/tasks/${ID}`), scopes: DOES, handle: getTask },
  { name: 'tasks.update', verb: 'PATCH', path: at(`me/todo/lists/${ID}/tasks/${ID}`), scopes: DOES, handle: updateTask },
  { name: 'tasks.delete', verb: 'DELETE', path: at(`me/todo/lists/${ID}/tasks/${ID}`), scopes: DOES, handle: deleteTask },
];

function getMe({ account: { id, email, title }, call, root }: Visit) {
  const me: { [name: string]: string | null } = { displayName: title, mail: email, userPrincipalName: email, jobTitle: null };
  const select = call.query.get('$select')?.split(',');
  const shown = Object.entries(me).filter(([name]) => select === undefined || select.includes(name));
  return json({ '@odata.context': `${root}/$metadata#users/$entity`, id, ...Object.fromEntries(shown) });
}
