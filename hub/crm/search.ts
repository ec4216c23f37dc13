/**
 * Finding records by words of their names, addresses and numbers, across objects. Whole words come before beginnings of words. Only
 * ranges of one index are read: the rarest of the words leads, and its bearers are looked at for the others.
 */
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import { keysOf, searchWords } from '#mappings/keys.ts';
import { isObject, objectNames } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { type Bearer, countTokens, scanTokens, type Tokens, tokenOfBearer } from '#store/keys.ts';
import { readRecords } from '#store/records.ts';
import type { CrmRecord } from './core.ts';
import { knownObject } from './edit.ts';
import { type SearchedKind, searchedKinds, searchKeys, tokenOf } from './imprint.ts';
import { type Listing, readPlace, UUID, writePlace } from './place.ts';
import { type Shape, shapeOf } from './shape.ts';

export interface Found {
  record: CrmRecord;
  /** Every word asked for is a whole word of the record. */
  exact: boolean;
}

/** What is looked through next: whole words of each object, then beginnings of each; in each, one kind of key after the other. */
interface Place {
  exact: boolean;
  object: string;
  kind: SearchedKind;
  /** The word that leads, chosen when the object was begun. */
  word: string;
  after: Bearer | null;
}

/** Bearers of the leading word looked at by one request. A page may be shorter than asked and still have a next one. */
const MOST_LOOKED_AT = 2_000;
const STEP = 250;
/** Beyond so many bearers a word is merely frequent. */
const MOST_COUNTED = 500;
const objectOrder: ReadonlyMap<string, number> = new Map(objectNames.map((name, at) => [name, at]));

export async function searchRecords(
  tx: Tx,
  query: string,
  objects: readonly string[],
  after: string | null,
  limit: number,
): Promise<Listing<Found>> {
  const shape = await shapeOf(tx);
  const words = wordsOf(query, shape.region);
  for (const object of objects) knownObject(object);
  const among = objects.length > 0 ? objectNames.filter((object) => objects.includes(object)) : objectNames;
  const begun = after === null ? null : readPlace(after, isPlace);
  const items: Found[] = [];
  let looked = 0;
  for (const place of await placesFor(tx, among, words, begun)) {
    for (let from = place.after; ; ) {
      const bearers = await scanTokens(tx, tokensOf(place), from, STEP);
      const found = await matching(tx, shape, place, words, bearers);
      for (const [at, bearer] of bearers.entries()) {
        from = bearer;
        const record = found.get(at);
        if (record !== undefined) items.push({ record, exact: place.exact });
        if (items.length === limit) return { items, next: nextPlace({ ...place, after: from }) };
      }
      looked += bearers.length;
      if (bearers.length < STEP) break;
      if (looked >= MOST_LOOKED_AT) return { items, next: nextPlace({ ...place, after: from }) };
    }
  }
  return { items, next: null };
}

function wordsOf(query: string, region: string): string[] {
  const words = searchWords(query, region);
  if (words.length > 0) return words;
  throw new Fault('invalid', 'There is no word to search for.', 'Name a part of a name, an address or a number.', [
    { path: 'q', found: JSON.stringify(query.slice(0, 60)), allowed: 'at least one letter or digit' },
  ]);
}

/** What there is to look through, from a place on. The rarest word leads; objects that do not bear every word are left out. */
async function placesFor(tx: Tx, objects: readonly string[], words: readonly string[], from: Place | null): Promise<Place[]> {
  const width = searchedKinds.length;
  const asked = objects.flatMap((object) =>
    words.flatMap((word) => searchedKinds.map((kind) => tokensOf({ object, kind, word, exact: false }))),
  );
  const counts = await countTokens(tx, asked, MOST_COUNTED);
  const places: Place[] = [];
  for (const exact of [true, false]) {
    for (const [at, object] of objects.entries()) {
      const borne = words.map((_, word) =>
        counts.slice((at * words.length + word) * width, (at * words.length + word + 1) * width),
      );
      const sums = borne.map((kinds) => kinds.reduce((sum, count) => sum + count, 0));
      if (sums.includes(0)) continue;
      const rarest = sums.indexOf(Math.min(...sums));
      for (const [kind, count] of borne[rarest]!.entries()) {
        if (count > 0) places.push({ exact, object, kind: searchedKinds[kind]!, word: words[rarest]!, after: null });
      }
    }
  }
  if (from === null) return places;
  return [from, ...places.filter((place) => comesAfter(place, from))];
}

function tokensOf({ object, kind, word, exact }: Pick<Place, 'object' | 'kind' | 'word' | 'exact'>): Tokens {
  return { object, kind, token: tokenOf(kind, word), whole: exact };
}

/** Within the object that was begun, the word that led then goes on leading: its further kinds are looked through for it. */
function comesAfter(place: Place, from: Place): boolean {
  if (place.exact !== from.exact) return from.exact;
  if (place.object !== from.object) return objectOrder.get(place.object)! > objectOrder.get(from.object)!;
  return searchedKinds.indexOf(place.kind) > searchedKinds.indexOf(from.kind);
}

/** Which of the bearers, by their place in the list, are answers: living, with every word, each record once. */
async function matching(
  tx: Tx,
  shape: Shape,
  place: Place,
  words: readonly string[],
  bearers: readonly Bearer[],
): Promise<Map<number, CrmRecord>> {
  const found = new Map<number, CrmRecord>();
  if (bearers.length === 0) return found;
  const ids = [...new Set(bearers.map((bearer) => bearer.record))];
  const records = new Map((await readRecords(tx, ids)).map((record) => [record.id, record]));
  for (const [at, bearer] of bearers.entries()) {
    const record = records.get(bearer.record);
    if (record === undefined || record.archived !== null) continue;
    const borne = searchKeys(keysOf(record.object, record.fields, shape.region));
    const exact = words.every((word) => borne.some((one) => one.word === word));
    if (exact !== place.exact || !words.every((word) => borne.some((one) => one.word.startsWith(word)))) continue;
    const ways = borne.filter((one) => (exact ? one.word === place.word : one.word.startsWith(place.word)));
    if (!ways.some((way) => precedes(way, { kind: place.kind, token: tokenOfBearer(bearer) }))) found.set(at, record);
  }
  return found;
}

/** Is one found before the other? */
function precedes(a: { kind: SearchedKind; token: string }, b: { kind: SearchedKind; token: string }): boolean {
  if (a.kind === b.kind) return Buffer.compare(Buffer.from(a.token), Buffer.from(b.token)) < 0;
  return searchedKinds.indexOf(a.kind) < searchedKinds.indexOf(b.kind);
}

function nextPlace({ after, ...place }: Place): string {
  return writePlace({ ...place, after: after === null ? null : { key: after.key, record: after.record } });
}

function isPlace(place: Json): place is Place & { [name: string]: Json } {
  if (place === null || typeof place !== 'object' || Array.isArray(place)) return false;
  const { kind, exact, object, word, after } = place;
  if (!searchedKinds.some((one) => one === kind) || typeof exact !== 'boolean' || typeof word !== 'string') return false;
  if (typeof object !== 'string' || !isObject(object)) return false;
  if (after === null || typeof after !== 'object' || Array.isArray(after) || after === undefined) return false;
  return typeof after.key === 'string' && typeof after.record === 'string' && UUID.test(after.record);
}
