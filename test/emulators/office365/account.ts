import { createHash } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';
import { type Calendar, createCalendar } from './calendar.ts';
import { contactOf } from './contact.ts';
import { eventOf } from './event.ts';
import { createShelf, digest, type Shelf } from './shelf.ts';
import { createList, type List, taskOf } from './task.ts';

export interface Folder {
  id: string;
  name: string;
  parent: string;
}

/** Somebody with a mailbox. */
export interface Account {
  /** A GUID; the `oid` of its tokens. */
  id: string;
  email: string;
  title: string;
  contacts: Shelf;
  /** Of contacts, the default one among them. */
  folders: Map<string, Folder>;
  defaultFolder: string;
  events: Shelf;
  calendars: Map<string, Calendar>;
  defaultCalendar: string;
  tasks: Shelf;
  lists: Map<string, List>;
  defaultList: string;
  /** Of the mailbox, by IANA's name: days begin there. */
  zone: string;
  /** Mails that Exchange sent of itself, to guests. */
  mails: { to: string; what: 'invitation' | 'update' | 'cancellation'; event: string }[];
  /** What a creation under a known transactionId is answered: with the event it made, or 409. */
  repeats: 'same' | 'refused';
  /** Does a round tell of a series beside its occurrences? */
  mastersInView: boolean;
  /** Links of an earlier generation are forgotten. */
  generation: number;
}

/** How an account begins. */
export interface AccountPlan {
  email: string;
  title?: string;
  /** Contacts in its default folder. Default 0. */
  rows?: number;
  /** Events in its default calendar. Default 0. */
  events?: number;
  /** Tasks in its default list. Default 0. */
  tasks?: number;
  /** Default Europe/Berlin. */
  zone?: string;
}

const DAY = 86_400_000;

export function createAccount(
  clock: Clock,
  { email, title, rows = 0, events: meetings = 0, tasks: duties = 0, zone = 'Europe/Berlin' }: AccountPlan,
): Account {
  const contacts = createShelf(clock, `${email} contacts`);
  const defaultFolder = `AAMkAGI2${digest(`${email} contacts folder`, 40)}AAAAAAEOAAA=`;
  const born = clock.now() - 90 * DAY;
  for (let n = 0; n < rows; n++) contacts.add(defaultFolder, contactOf(n), born + n * 1_000);
  const calendar = createCalendar(email, 'Calendar', { isDefaultCalendar: true });
  const events = createShelf(clock, `${email} events`);
  for (let n = 0; n < meetings; n++) events.add(calendar.id, eventOf(n, clock.now(), email), born + n * 1_000);
  const [list, flagged] = [createList(email, 'Tasks', 'defaultList'), createList(email, 'Flagged Emails', 'flaggedEmails')];
  const tasks = createShelf(clock, `${email} tasks`);
  for (let n = 0; n < duties; n++) tasks.add(list.id, taskOf(n), born + n * 1_000);
  return {
    id: guidOf(email),
    email,
    title: title ?? email.split('@')[0] ?? email,
    contacts,
    folders: new Map([[defaultFolder, { id: defaultFolder, name: 'Contacts', parent: 'root' }]]),
    defaultFolder,
    events,
    calendars: new Map([[calendar.id, calendar]]),
    defaultCalendar: calendar.id,
    tasks,
    lists: new Map([
      [list.id, list],
      [flagged.id, flagged],
    ]),
    defaultList: list.id,
    zone,
    mails: [],
    repeats: 'same',
    mastersInView: true,
    generation: 0,
  };
}

export function guidOf(of: string): string {
  const hex = createHash('sha256').update(of).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
