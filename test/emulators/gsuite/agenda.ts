import type { Clock } from '../kit/clock.ts';
import { ClassicError } from './errors.ts';
import type { Message } from './json.ts';

/** A calendar as its owner's list shows it. */
export interface CalendarPlan {
  id: string;
  title?: string;
  /** Default that of the account. */
  zone?: string;
  /** Default `owner`. */
  role?: 'owner' | 'writer' | 'reader' | 'freeBusyReader';
}

/** An event as of its last change. */
export interface EventState {
  id: string;
  /** Position of the change among all changes of the calendar. */
  seq: number;
  /** Microseconds: etags are made of it. */
  stamp: number;
  created: number;
  updated: number;
  /** Cancelled: deleted, or an occurrence that does not take place. */
  cancelled: boolean;
  /** What somebody has said of it, and what follows from that. */
  body: Message;
}

export interface CalendarState {
  id: string;
  title: string;
  zone: string;
  role: string;
  primary: boolean;
  events: Map<string, EventState>;
  /** Event ids in the order of their changes; an older entry of one that was changed again counts for nothing. */
  log: string[];
}

/** A mail Google would have sent. */
export interface Invitation {
  to: string;
  kind: 'invited' | 'updated' | 'cancelled';
  event: string;
}

export type Agenda = ReturnType<typeof createAgenda>;

/** The calendars of one account. */
export function createAgenda(clock: Clock, owner: string, zone: string) {
  const calendars = new Map<string, CalendarState>();
  const mails: Invitation[] = [];
  const watchers = new Set<(calendar: string | undefined) => void>();
  let stamped = 0;

  function add({ id, title = id, zone: own = zone, role = 'owner' }: CalendarPlan): CalendarState {
    const made = { id, title, zone: own, role, primary: id === owner, events: new Map(), log: [] };
    calendars.set(id, made);
    tell(undefined);
    return made;
  }

  /** By its id, or `primary`. */
  function find(id: string): CalendarState {
    const found = calendars.get(id === 'primary' ? owner : id);
    if (found === undefined) throw new ClassicError(404, 'notFound', 'Not Found');
    return found;
  }

  function put(calendar: CalendarState, id: string, body: Message, cancelled = false): EventState {
    const now = clock.now();
    stamped = Math.max(stamped + 1, now * 1000);
    const created = calendar.events.get(id)?.created ?? now;
    calendar.log.push(id);
    const state = { id, seq: calendar.log.length, stamp: stamped, created, updated: now, cancelled, body };
    calendar.events.set(id, state);
    tell(calendar.id);
    return state;
  }

  function tell(calendar: string | undefined): void {
    for (const watcher of watchers) watcher(calendar);
  }

  add({ id: owner });
  add({ id: 'en.uk#holiday@group.v.calendar.google.com', title: 'Holidays in United Kingdom', role: 'reader' });
  return {
    owner,
    mails,
    add,
    find,
    put,
    list: (): CalendarState[] => [...calendars.values()],
    remove(id: string): void {
      calendars.delete(id);
      tell(undefined);
    },
    /** Told of every change: of a calendar's events, or of the list of calendars (undefined). */
    watch(watcher: (calendar: string | undefined) => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    /** Sync tokens of an earlier generation are refused. */
    generation: 0,
  };
}
