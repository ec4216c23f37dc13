/**
 * Three-way merge of lists as sets. An item is known by its identity (or, without one, by all it says); order is no value; at most
 * one item is primary. What only one side added, removed or edited is taken over; only where both edited the same part of the
 * same item does the winner speak, and the conflict is named.
 */
import type { Field, Fields, Json } from '#kit/fields.ts';
import { equal, identity, isBlank } from '#kit/values.ts';

type Item = { [name: string]: Json };

/** Both sides said something different of one part of one item; or one removed what the other edited. */
export interface MergeConflict {
  /** The item's identity. */
  item: string;
  /** The part of it; null when the whole item was removed on one side and edited on the other: it stays. */
  part: string | null;
  ours: Json;
  theirs: Json;
}

export interface Merged {
  merged: Json[];
  conflicts: MergeConflict[];
}

/** Merges; `winner` has its say where both edited the same. `base` undefined: both sides meet for the first time. */
export function mergeList(
  field: Field,
  base: Json | undefined,
  ours: Json | undefined,
  theirs: Json | undefined,
  winner: 'ours' | 'theirs' = 'ours',
): Merged {
  if (equal(field, base, ours) || equal(field, ours, theirs))
    return { merged: itemsOf(equal(field, ours, theirs) && winner === 'ours' ? ours : theirs), conflicts: [] };
  if (equal(field, base, theirs)) return { merged: itemsOf(ours), conflicts: [] };
  const [was, mine, other] = [index(field, base), index(field, ours), index(field, theirs)];
  const conflicts: MergeConflict[] = [];
  const merged = new Map<string, Item>();
  for (const key of new Set([...mine.keys(), ...other.keys()])) {
    const item = mergeItem(key, field.of ?? {}, was.get(key), mine.get(key), other.get(key), winner, conflicts);
    if (item !== undefined) merged.set(key, item);
  }
  onePrimary(field, merged, { was, mine, other }, winner, conflicts);
  return { merged: [...merged.values()], conflicts };
}

type Index = ReadonlyMap<string, Item>;

const itemsOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Items by identity; of several with one identity each is its own, in their order. */
function index(field: Field, value: Json | undefined): Map<string, Item> {
  const items = new Map<string, Item>();
  for (const item of itemsOf(value)) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) continue;
    const key = identity(field, item);
    let free = key;
    for (let nth = 2; items.has(free); nth++) free = `${key} ${nth}`;
    items.set(free, item);
  }
  return items;
}

function mergeItem(
  key: string,
  of: Fields,
  was: Item | undefined,
  mine: Item | undefined,
  other: Item | undefined,
  winner: 'ours' | 'theirs',
  conflicts: MergeConflict[],
): Item | undefined {
  if (mine !== undefined && other !== undefined) return mergeParts(key, of, was ?? {}, mine, other, winner, conflicts);
  const left = mine ?? other!;
  if (was === undefined) return left;
  if (!edited(of, was, left)) return undefined;
  conflicts.push({ item: key, part: null, ours: mine ?? null, theirs: other ?? null });
  return left;
}

/** An item that was edited is kept although the other side removed it; who is primary is no edit. */
function edited(of: Fields, was: Item, now: Item): boolean {
  return partsOf(was, now).some((part) => part !== 'primary' && !same(of, part, was[part], now[part]));
}

function mergeParts(
  key: string,
  of: Fields,
  was: Item,
  mine: Item,
  other: Item,
  winner: 'ours' | 'theirs',
  conflicts: MergeConflict[],
): Item {
  const item: Item = {};
  for (const part of partsOf(mine, other)) {
    if (part === 'primary') continue;
    const [before, ours, theirs] = [was[part], mine[part], other[part]];
    const take = choose(
      same(of, part, ours, theirs),
      same(of, part, ours, before),
      same(of, part, theirs, before),
      ours,
      theirs,
      winner,
    );
    if (take === 'conflict') conflicts.push({ item: key, part, ours: ours ?? null, theirs: theirs ?? null });
    const value = take === 'theirs' || (take === 'conflict' && winner === 'theirs') ? theirs : ours;
    if (!isBlank(value)) item[part] = value!;
  }
  return item;
}

/** Who is right about one part. A blank on one side at the first meeting is filled by the other. */
function choose(
  agree: boolean,
  oursAsBefore: boolean,
  theirsAsBefore: boolean,
  ours: Json | undefined,
  theirs: Json | undefined,
  winner: 'ours' | 'theirs',
): 'ours' | 'theirs' | 'conflict' {
  // Equal values may be spelt differently: the winner's spelling stays, so that the merge is the same from both sides.
  if (agree) return oursAsBefore === theirsAsBefore ? winner : oursAsBefore ? 'theirs' : 'ours';
  if (oursAsBefore) return 'theirs';
  if (theirsAsBefore) return 'ours';
  if (isBlank(ours)) return 'theirs';
  return isBlank(theirs) ? 'ours' : 'conflict';
}

function partsOf(a: Item, b: Item): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function same(of: Fields, part: string, a: Json | undefined, b: Json | undefined): boolean {
  const field = Object.hasOwn(of, part) ? of[part]! : { kind: 'json' as const, title: part };
  return equal(field, a, b);
}

/** Which item is primary is one value of the whole list, merged as one. */
function onePrimary(
  field: Field,
  merged: Map<string, Item>,
  sides: { was: Index; mine: Index; other: Index },
  winner: 'ours' | 'theirs',
  conflicts: MergeConflict[],
): void {
  if (field.of?.primary === undefined) return;
  const [was, ours, theirs] = [primaryOf(sides.was), primaryOf(sides.mine), primaryOf(sides.other)];
  const first = winner === 'ours' ? ours : theirs;
  const second = winner === 'ours' ? theirs : ours;
  let chosen = first === was ? second : first;
  if (ours !== theirs && ours !== was && theirs !== was) {
    if (ours === null || theirs === null) chosen = ours ?? theirs;
    else conflicts.push({ item: ours, part: 'primary', ours, theirs });
  }
  if (chosen !== null && !merged.has(chosen))
    chosen = [first, second, was].find((key) => key !== null && merged.has(key)) ?? null;
  for (const [key, item] of merged) {
    const { primary: _, ...rest } = item;
    const denied = sides.mine.get(key)?.primary === false || sides.other.get(key)?.primary === false;
    merged.set(key, key === chosen ? { ...rest, primary: true } : denied ? { ...rest, primary: false } : rest);
  }
}

function primaryOf(items: Index): string | null {
  for (const [key, item] of items) if (item.primary === true) return key;
  return null;
}
