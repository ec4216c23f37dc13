/**
 * Finding records by words of their names, addresses and numbers, across objects. Whole words come before beginnings of words. Only
 * ranges of one index are read: the rarest of the words leads, and its bearers are looked at for the others.
 */
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import { keyOf, keysOf, searchWords } from '#mappings/keys.ts';
import { isObject, objectNames } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { countWords, scanWords, type WordPlace } from '#store/keys.ts';
import { readRecords } from '#store/records.ts';
import type { CrmRecord } from './core.ts';
import { knownObject } from './edit.ts';
import { type Listing, readPlace, UUID, writePlace } from './place.ts';
import { type Shape, shapeOf } from './shape.ts';

export interface Found {
  record: CrmRecord;
  /** Every word asked for is a whole word of the record. */
  exact: boolean;
}

/** What is looked through next: whole words of each object, then beginnings of each. */
interface Place {
  exact: boolean;
  object: string;
  /** The word that leads, chosen when the object was begun. */
  word: string;
  after: WordPlace | null;
}

/** Bearers of the leading word looked at by one request. A page may be shorter than asked and still have a next one. */
const MOST_LOOKED_AT = 2_000;
const STEP = 250;
/** Beyond so many bearers a word is merely frequent. */
const MOST_COUNTED = 500;
const objectOrder: ReadonlyMap<string, number> = new Map(objectNames.map((name, at) => [name, at]));
/** Above every character, in the order of bytes. */
const LAST = '\u{10ffff}';

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
  const places = await placesFor(tx, among, words, after === null ? null : readPlace(after, isPlace));
  const items: Found[] = [];
  let looked = 0;
  for (const place of places) {
    for (let from = place.after; ; ) {
      const bearers = await scanWords(tx, place.object, place.word, place.exact ? null : place.word + LAST, from, STEP);
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

/** The words asked for. A phone number is one word, as it is with the records. */
function wordsOf(query: string, region: string): string[] {
  const digits = query.replace(/\D/g, '');
  if (/^[\d\s()+./-]+$/.test(query) && digits.length >= 5) return [keyOf('phone', query, region)?.token.slice(1) ?? digits];
  const words = searchWords(query);
  if (words.length > 0) return words;
  throw new Fault('invalid', 'There is no word to search for.', 'Name a part of a name, an address or a number.', [
    { path: 'q', found: JSON.stringify(query.slice(0, 60)), allowed: 'at least one letter or digit' },
  ]);
}

/** What there is to look through, from a place on; objects in which a word is not borne at all are left out. */
async function placesFor(tx: Tx, objects: readonly string[], words: readonly string[], from: Place | null): Promise<Place[]> {
  const counts = await countWords(
    tx,
    objects,
    words.map((word) => ({ from: word, until: word + LAST })),
    MOST_COUNTED,
  );
  const places: Place[] = [];
  for (const exact of [true, false]) {
    for (const [at, object] of objects.entries()) {
      const borne = counts[at]!;
      if (borne.includes(0)) continue;
      places.push({ exact, object, word: words[borne.indexOf(Math.min(...borne))]!, after: null });
    }
  }
  if (from === null) return places;
  const order = (place: Place) => (place.exact ? 0 : objectNames.length) + objectOrder.get(place.object)!;
  return [from, ...places.filter((place) => order(place) > order(from))];
}

/** Which of the bearers, by their place in the list, are answers: living, with every word, each record once. */
async function matching(
  tx: Tx,
  shape: Shape,
  place: Place,
  words: readonly string[],
  bearers: readonly WordPlace[],
): Promise<Map<number, CrmRecord>> {
  const found = new Map<number, CrmRecord>();
  if (bearers.length === 0) return found;
  const records = new Map(
    (await readRecords(tx, [...new Set(bearers.map((bearer) => bearer.record))])).map((record) => [record.id, record]),
  );
  for (const [at, { token, record: id }] of bearers.entries()) {
    const record = records.get(id);
    if (record === undefined || record.archived !== null) continue;
    const borne = keysOf(record.object, record.fields, shape.region).flatMap((key) => (key.kind === 'word' ? [key.token] : []));
    const exact = words.every((word) => borne.includes(word));
    if (exact !== place.exact) continue;
    if (!exact && !words.every((word) => borne.some((one) => one.startsWith(word)))) continue;
    if (!exact && borne.some((one) => one.startsWith(place.word) && one < token)) continue;
    found.set(at, record);
  }
  return found;
}

function nextPlace({ exact, object, word, after }: Place): string {
  return writePlace({ exact, object, word, after: after === null ? null : { token: after.token, record: after.record } });
}

function isPlace(place: Json): place is Place & { [name: string]: Json } {
  if (place === null || typeof place !== 'object' || Array.isArray(place)) return false;
  const { exact, object, word, after } = place;
  if (typeof exact !== 'boolean' || typeof object !== 'string' || !isObject(object) || typeof word !== 'string') return false;
  if (after === null || typeof after !== 'object' || Array.isArray(after) || after === undefined) return false;
  return typeof after.token === 'string' && typeof after.record === 'string' && UUID.test(after.record);
}
