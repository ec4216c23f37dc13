import type { Clock } from '../kit/clock.ts';
import { hash } from '../kit/random.ts';
import { type Agenda, createAgenda } from './agenda.ts';
import { type Book, createBook } from './book.ts';
import { createDrive, type Drive } from './drive.ts';
import { createWriter, type Writer } from './present.ts';
import { createTodo, type Todo } from './todo.ts';

/** A Google account with its address book, calendars, task lists and files. */
export interface Account {
  /** The obfuscated id, 21 digits. */
  id: string;
  email: string;
  title: string;
  book: Book;
  writer: Writer;
  agenda: Agenda;
  todo: Todo;
  drive: Drive;
  /** Resource names of the contact groups that accept members. */
  groups: Set<string>;
  /** Sync tokens of an earlier generation count as expired. */
  generation: number;
}

/** How an account begins. */
export interface AccountPlan {
  email: string;
  title?: string;
  /** People the generator fills the address book with. Default 0. */
  rows?: number;
  /** Events the generator fills the calendar with. Default 0. */
  events?: number;
  /** Tasks the generator fills the first list with. Default 0. */
  tasks?: number;
  /** Of the calendar. Default Europe/London. */
  zone?: string;
  /** Default 1. */
  seed?: number;
}

export function createAccount(clock: Clock, { email, title, rows = 0, seed = 1, zone = 'Europe/London' }: AccountPlan): Account {
  const salt = hash(email);
  const book = createBook({ clock, salt, seed, rows });
  return {
    id: `1${String(salt).padStart(20, '0')}`,
    email,
    title: title ?? email.split('@')[0] ?? email,
    book,
    writer: createWriter(book.ids),
    agenda: createAgenda(clock, email, zone),
    todo: createTodo(clock, email),
    drive: createDrive(clock, email),
    groups: new Set(['contactGroups/myContacts', 'contactGroups/starred']),
    generation: 0,
  };
}
