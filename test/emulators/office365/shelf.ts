import { createHash } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';
import { notFound } from './errors.ts';
import type { Thing } from './thing.ts';

/** Something that lies in a folder, a calendar or a list. */
export interface Item {
  n: number;
  /** The immutable id. */
  id: string;
  place: string;
  body: Thing;
  /** Raised by every change; the etag follows from it. */
  version: number;
  created: number;
  modified: number;
}

export type Entry = { item: Item } | { removed: string; legacy: string };

export type Shelf = ReturnType<typeof createShelf>;

/** The things of a kind in one mailbox, with a log of their changes by place: what moves is removed from one and new in another. */
export function createShelf(clock: Clock, salt: string) {
  const items = new Map<string, Item>();
  const byLegacy = new Map<string, string>();
  const log: { id: string; place: string; removed: boolean }[] = [];
  /** Position of the last change by place and thing. */
  const current = new Map<string, number>();
  const watchers: ((change: 'created' | 'updated' | 'deleted', item: Item) => void)[] = [];
  let numbers = 0;

  function note(item: Item, place: string, removed: boolean): void {
    log.push({ id: item.id, place, removed });
    current.set(`${place} ${item.id}`, log.length);
    byLegacy.set(legacyOf(item.id, place), item.id);
  }

  const tell = (change: 'created' | 'updated' | 'deleted', item: Item) => {
    for (const each of watchers) each(change, item);
  };

  function add(place: string, body: Thing, at = clock.now()): Item {
    const n = ++numbers;
    const id = `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${digest(`${salt} ${n}`, 24)}AA=`;
    const item: Item = { n, id, place, body, version: 1, created: at, modified: at };
    items.set(id, item);
    note(item, place, false);
    tell('created', item);
    return item;
  }

  /** Something happened to the item that makes another version of it. */
  function touch(item: Item): Item {
    item.version++;
    item.modified = clock.now();
    note(item, item.place, false);
    tell('updated', item);
    return item;
  }

  function find(id: string): Item | undefined {
    return items.get(id) ?? items.get(byLegacy.get(id) ?? '');
  }

  return {
    add,
    touch,
    find,
    get(id: string): Item {
      const item = find(id);
      if (item === undefined) throw notFound();
      return item;
    },
    change: (item: Item, body: Thing): Item => touch(Object.assign(item, { body })),
    move(item: Item, place: string): Item {
      note(item, item.place, true);
      item.place = place;
      return touch(item);
    },
    remove(item: Item): void {
      items.delete(item.id);
      note(item, item.place, true);
      tell('deleted', item);
    },
    all: (place?: string): Item[] => [...items.values()].filter((one) => place === undefined || one.place === place),
    head: (): number => log.length,
    /** Up to `limit` changes of a place after a position and not beyond `until`; only the last of each thing. */
    page(place: string, after: number, until: number, limit: number, tombstones: boolean): { entries: Entry[]; next?: number } {
      const entries: Entry[] = [];
      for (let seq = after + 1; seq <= until; seq++) {
        const { id, place: where, removed } = log[seq - 1]!;
        if (where !== place || current.get(`${place} ${id}`) !== seq || (removed && !tombstones)) continue;
        if (entries.length === limit) return { entries, next: seq - 1 };
        entries.push(removed ? { removed: id, legacy: legacyOf(id, place) } : { item: items.get(id)! });
      }
      return { entries };
    },
    legacyOf: (item: Item): string => legacyOf(item.id, item.place),
    etagOf: ({ n, version }: Item): string => `${digest(`${salt} ${n} ${version}`, 20)}==`,
    watch: (each: (change: 'created' | 'updated' | 'deleted', item: Item) => void) => void watchers.push(each),
  };
}

/** The id that changes when the item moves: what is answered where nobody asks for immutable ones. */
function legacyOf(id: string, place: string): string {
  return `AAMkAGI2${digest(`${id} ${place}`, 40)}AAA=`;
}

export function digest(of: string, length: number): string {
  return createHash('sha256').update(of).digest('base64').replaceAll('/', '_').replaceAll('+', '-').slice(0, length);
}
