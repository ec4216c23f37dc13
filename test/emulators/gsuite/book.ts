import type { Clock } from '../kit/clock.ts';
import { mix } from '../kit/random.ts';
import type { Contact } from './contact.ts';
import { createIds } from './ids.ts';
import { generate } from './people.ts';

/** A person as of one change. */
export interface State {
  n: number;
  /** Position of the change among all changes of the address book. */
  seq: number;
  /** Raised by every change; the etags follow from it. */
  version: number;
  /** When it was changed. */
  at: number;
  resourceName: string;
  formerNames: readonly string[];
  contact: Contact;
  /** What the person's own Google profile adds. */
  profile?: Contact;
  deleted: boolean;
  /** When lists and syncs begin to show it. */
  listed: number;
  /** JSON by view, kept until the next change. */
  written?: Map<string, Buffer>;
}

/** How long after a write the reads may still show what was before, in ms. */
export interface Propagation {
  lists: number;
  gets: number;
}

export interface BookPage {
  states: State[];
  /** Position after the last one; undefined at the end. */
  next: number | undefined;
}

/** The changes a person may undergo: what is absent stays. */
export type Change = Partial<Pick<State, 'contact' | 'profile' | 'deleted' | 'resourceName' | 'formerNames'>>;

export type Book = ReturnType<typeof createBook>;

/**
 * The people of one account. The first `rows` are made by the generator when looked at and take no memory until somebody
 * changes them; every change is appended to a log, and lists are read in the order of the last change.
 */
export function createBook({ clock, salt, seed, rows }: { clock: Clock; salt: number; seed: number; rows: number }) {
  const ids = createIds(salt);
  const born = clock.now();
  /** States by number, oldest first; only the last one is true, those before are what late reads still see. */
  const changed = new Map<number, State[]>();
  const log: number[] = [];
  const renamed = new Map<string, number>();
  let numbers = rows;
  let alive = rows;
  let propagation: Propagation = { lists: 0, gets: 0 };

  /** Person `n` as generated, before any change. What takes time to make is made when looked at. */
  function original(n: number): State {
    let contact: Contact | undefined;
    return {
      n,
      seq: n + 1,
      version: 1,
      at: born - (rows - n) * 7_000,
      get resourceName() {
        return ids.resourceName(n);
      },
      formerNames: [],
      get contact() {
        contact ??= generate(seed, n);
        return contact;
      },
      get profile() {
        return profileOf(seed, n);
      },
      deleted: false,
      listed: 0,
    };
  }

  function latest(n: number): State | undefined {
    return changed.get(n)?.at(-1) ?? (n < rows ? original(n) : undefined);
  }

  function numberOf(resourceName: string): number | undefined {
    return renamed.get(resourceName) ?? ids.numberOf(resourceName);
  }

  function append(state: State, before: State | undefined): State {
    const now = clock.now();
    const history = changed.get(state.n) ?? (before ? [before] : []);
    const seenByAll = history.findLastIndex((one) => one.listed <= now && one.at + propagation.gets <= now);
    changed.set(state.n, [...history.slice(Math.max(0, seenByAll)), state]);
    log.push(state.n);
    return state;
  }

  const stamp = () => {
    const at = clock.now();
    return { seq: rows + log.length + 1, at, listed: at + propagation.lists };
  };

  function add(contact: Contact, known: { resourceName?: string; profile?: Contact } = {}): State {
    const n = numbers++;
    const resourceName = known.resourceName ?? ids.resourceName(n);
    if (known.resourceName) renamed.set(known.resourceName, n);
    alive++;
    const fresh = { n, version: 1, resourceName, formerNames: [], contact, profile: known.profile, deleted: false };
    return append({ ...fresh, ...stamp() }, undefined);
  }

  function change(before: State, what: Change): State {
    const { written: _, ...kept } = before;
    if (what.deleted && !before.deleted) alive--;
    return append({ ...kept, ...what, version: before.version + 1, ...stamp() }, before);
  }

  /** Gives a person another resource name; the old one still leads to them. */
  function rename(before: State): State {
    const resourceName = ids.resourceName(numbers++);
    renamed.set(resourceName, before.n);
    return change(before, { resourceName, formerNames: [...before.formerNames, before.resourceName] });
  }

  /** Position of the last change that lists show by now. */
  function head(): number {
    const now = clock.now();
    let last = log.length;
    while (last > 0 && (stateAt(rows + last)?.listed ?? 0) > now) last--;
    return rows + last;
  }

  /** The state a position of the log stands for, if it is still remembered. */
  function stateAt(seq: number): State | undefined {
    const n = log[seq - rows - 1];
    return n === undefined ? undefined : changed.get(n)?.find((one) => one.seq === seq);
  }

  /** What lists show of person `n` when the log ends at `until`. */
  function listedAt(n: number, until: number): State | undefined {
    const history = changed.get(n);
    return history === undefined ? original(n) : history.findLast((one) => one.seq <= until);
  }

  /** Up to `limit` people in the order of their last change, after position `after` and not beyond `until`. */
  function page(after: number, until: number, limit: number, tombstones: boolean): BookPage {
    const states: State[] = [];
    for (let seq = after + 1; seq <= until; seq++) {
      const n = seq <= rows ? seq - 1 : log[seq - rows - 1];
      const state = n === undefined ? undefined : listedAt(n, until);
      if (state === undefined || state.seq !== seq || (state.deleted && !tombstones)) continue;
      if (states.length === limit) return { states, next: seq - 1 };
      states.push(state);
    }
    return { states, next: undefined };
  }

  /** How many people changed after a position. */
  function changes(after: number, until: number): number {
    let count = 0;
    for (let seq = Math.max(after, rows) + 1; seq <= until; seq++) if (stateAt(seq) !== undefined) count++;
    return count;
  }

  return {
    ids,
    add,
    change,
    rename,
    head,
    page,
    changes,
    /** How many people there are. */
    count: () => alive,
    /** The person as they truly are now, by any name they ever had. */
    find(resourceName: string): State | undefined {
      const n = numberOf(resourceName);
      const state = n === undefined ? undefined : latest(n);
      return state?.deleted ? undefined : state;
    },
    /** The person as a read that may lag behind shows them. */
    look(resourceName: string): State | undefined {
      const n = numberOf(resourceName);
      if (n === undefined) return undefined;
      const history = changed.get(n);
      const state = history?.findLast((one) => one.at + propagation.gets <= clock.now()) ?? history?.[0] ?? latest(n);
      return state?.deleted ? undefined : state;
    },
    /** Everyone, in the order of their last change. */
    *all(): Generator<State, void, void> {
      for (const state of page(0, rows + log.length, Number.POSITIVE_INFINITY, false).states) yield state;
    },
    /** Person number `n`, counted from 0 in the order of creation; undefined when deleted. */
    at(n: number): State | undefined {
      const state = latest(n);
      return state?.deleted ? undefined : state;
    },
    /** How many numbers were given out. */
    size: () => numbers,
    get propagation(): Propagation {
      return propagation;
    },
    /** Also moves what is still on its way: a shorter delay shows it sooner. */
    set propagation(wanted: Propagation) {
      propagation = wanted;
      for (const history of changed.values()) for (const one of history) one.listed = Math.min(one.listed, one.at + wanted.lists);
    },
  };
}

/** One person in forty has a Google profile of their own. */
function profileOf(seed: number, n: number): Contact | undefined {
  if (mix(seed ^ 0x9f0f, n) % 40 !== 0) return undefined;
  return {
    names: [
      {
        displayName: `Profile ${n}`,
        givenName: 'Profile',
        familyName: String(n),
        displayNameLastFirst: `${n}, Profile`,
        unstructuredName: `Profile ${n}`,
      },
    ],
    emailAddresses: [{ value: `profile.${n}@gmail.example`, type: 'other', formattedType: 'Other' }],
  };
}
