/** All that happened to a record and around it, newest first: what refers to it, and what changed it. */
import { isInstant } from '#kit/dates.ts';
import type { Json } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { entriesOf, type JournalRow } from '#store/journal.ts';
import { mergedInto } from '#store/records.ts';
import { type Referrer, readRefs } from '#store/refs.ts';
import { readOne } from './edit.ts';
import { type Listing, readPlace, UUID, writePlace } from './place.ts';

/** Something that refers to the record: a call with the contact, an invoice of the company. */
export interface Happening {
  is: 'happening';
  at: string;
  record: string;
  object: string;
  name: string;
  /** By which of its fields it refers to the record. */
  field: string;
  archived: boolean;
}

/** A change of the record, or of one that was merged into it. */
export interface ChangeEntry extends Omit<JournalRow, 'seq'> {
  is: 'change';
  seq: number;
}

export type TimelineEntry = Happening | ChangeEntry;

/** How far each of the two streams has been told. */
type Place = { ref: { at: string; record: string; field: string } | null; seq: number | null };

/** The next entries, newest first. History of records merged into this one is told with its own. */
export async function readTimeline(tx: Tx, id: string, after: string | null, limit: number): Promise<Listing<TimelineEntry>> {
  await readOne(tx, id);
  const place: Place = after === null ? { ref: null, seq: null } : readPlace(after, isPlace);
  const refs = await readRefs(tx, id, place.ref, limit + 1);
  const entries = await entriesOf(tx, [id, ...(await mergedInto(tx, id))], place.seq, limit + 1);
  const items: TimelineEntry[] = [];
  let [r, e] = [0, 0];
  while (items.length < limit && (r < refs.length || e < entries.length)) {
    const [ref, entry] = [refs[r], entries[e]];
    if (entry === undefined || (ref !== undefined && ref.at > entry.at)) {
      items.push(happening(ref!));
      r += 1;
    } else {
      items.push({ is: 'change', ...entry });
      e += 1;
    }
  }
  if (r === refs.length && e === entries.length) return { items, next: null };
  return { items, next: writePlace({ ref: toldRef(refs[r - 1]) ?? place.ref, seq: entries[e - 1]?.seq ?? place.seq }) };
}

function happening({ at, record, object, name, field, archived }: Referrer): Happening {
  return { is: 'happening', at, record, object, name, field, archived };
}

function toldRef(ref: Referrer | undefined): Place['ref'] {
  return ref === undefined ? null : { at: ref.at, record: ref.record, field: ref.field };
}

function isPlace(place: Json): place is Place {
  if (place === null || typeof place !== 'object' || Array.isArray(place)) return false;
  const { ref = null, seq = null } = place;
  if (seq !== null && !Number.isSafeInteger(seq)) return false;
  if (ref === null) return true;
  if (typeof ref !== 'object' || Array.isArray(ref)) return false;
  return (
    typeof ref.at === 'string' &&
    isInstant(ref.at) &&
    typeof ref.record === 'string' &&
    UUID.test(ref.record) &&
    typeof ref.field === 'string'
  );
}
