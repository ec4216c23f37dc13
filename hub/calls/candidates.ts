/** Who bears a number: contacts, companies and leads, over every phone of theirs, with what speaks for each. A few queries for many calls. */
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import { type Key, nationalToken } from '#mappings/keys.ts';
import { callingCodeOf, formsOf, type NumberForms, readPhone } from '#mappings/phone.ts';
import { lastDealings, openDeals } from '#store/call-evidence.ts';
import type { Tx } from '#store/database.ts';
import { findKeys } from '#store/keys.ts';
import { readRecords } from '#store/records.ts';
import type { Candidate, Meeting } from './match.ts';

/** What is asked for one call. */
export interface Wanted {
  /** E.164. */
  number: string;
  ext?: string;
  /** The country of the account that was called or that called. */
  home: string;
  /** The call's own record: no dealing with anybody. */
  call: string;
  /** An instant. */
  at: string;
}

const BEARERS = ['contact', 'company', 'lead'] as const;
/** More bearers of one number than this are not told apart anyway. */
const MOST = 20;

/** Candidates for each call, in the order they were asked. `region`: whose national numbers the workspace means. */
export async function candidatesFor(tx: Tx, wanted: readonly Wanted[], region: string): Promise<Candidate[][]> {
  const asked = wanted.map((one) => ({ ...one, forms: formsOf(one.number) }));
  const keys = uniqueKeys(asked.flatMap(keysOf));
  if (keys.length === 0) return wanted.map(() => []);
  const found = await Promise.all(BEARERS.map((object) => findKeys(tx, object, keys, MOST)));
  const byToken = Map.groupBy(found.flat(), (hit) => hit.token);
  const ids = [...new Set(found.flat().map((hit) => hit.record))];
  const records = await withHeirs(tx, ids);
  const evidence = await evidenceOf(tx, [...records.keys()], wanted);
  return asked.map((one) => {
    const bearers = new Set(keysOf(one).flatMap(({ token }) => (byToken.get(token) ?? []).map((hit) => hit.record)));
    const candidates = new Map<string, Candidate>();
    for (const id of bearers) {
      const bearer = records.get(id)!;
      const meeting = meetingOf(one, bearer.fields, region, one.forms);
      const record = heirOf(bearer, records);
      if (meeting === null || record === undefined) continue;
      const candidate = candidateOf(record, meeting, evidence, one.at);
      const known = candidates.get(record.id);
      if (known === undefined || RANK.indexOf(meeting) < RANK.indexOf(known.meeting)) candidates.set(record.id, candidate);
    }
    return [...candidates.values()];
  });
}

const RANK: readonly Meeting[] = ['exact', 'national', 'switchboard', 'digits'];

type Asked = Wanted & { forms: NumberForms | null };

function keysOf({ number, ext, forms }: Asked): Key[] {
  const tokens = [number, ...(ext === undefined ? [] : [`${number};ext=${ext}`])];
  if (forms !== null) tokens.push(...[...forms.national, forms.bare].map((digits) => `~${digits}`));
  return tokens.map((token) => ({ kind: 'phone', token }));
}

const uniqueKeys = (keys: readonly Key[]): Key[] => [...new Map(keys.map((key) => [key.token, key])).values()];

/** The records, and those that leads among them have become. */
async function withHeirs(tx: Tx, ids: readonly string[]): Promise<Map<string, CrmRecord>> {
  if (ids.length === 0) return new Map();
  const records = new Map((await readRecords(tx, ids)).map((record) => [record.id, record]));
  const heirs = [...records.values()].flatMap(({ object, fields }) =>
    object === 'lead' && typeof fields.contact === 'string' && !records.has(fields.contact) ? [fields.contact] : [],
  );
  for (const heir of heirs.length === 0 ? [] : await readRecords(tx, heirs)) records.set(heir.id, heir);
  return records;
}

/** A lead that became a contact is that contact; one that was turned away is nobody. */
function heirOf(record: CrmRecord, records: ReadonlyMap<string, CrmRecord>): CrmRecord | undefined {
  if (record.object !== 'lead') return record;
  const { contact, status } = record.fields;
  if (typeof contact !== 'string') return status === 'converted' ? undefined : record;
  const heir = records.get(contact);
  return heir?.archived === null ? heir : undefined;
}

/** The best way in which a number of the record is the number asked; null where none is. */
function meetingOf(asked: Asked, fields: Values, region: string, forms: NumberForms | null): Meeting | null {
  const met = phonesIn(fields).flatMap((text): Meeting[] => meetings(asked, text, fields, region, forms));
  return RANK.find((meeting) => met.includes(meeting)) ?? null;
}

function meetings(asked: Asked, text: string, fields: Values, region: string, forms: NumberForms | null): Meeting[] {
  const read = readPhone(text, region);
  if (read !== null) {
    if (read.e164 !== asked.number) return [];
    if (asked.ext !== undefined && read.ext !== undefined) return read.ext === asked.ext ? ['exact'] : [];
    return read.ext === undefined ? ['exact'] : ['switchboard'];
  }
  const digits = nationalToken(text).slice(1);
  if (digits === '' || forms === null) return [];
  if (digits === forms.bare) return ['exact'];
  if (!forms.national.includes(digits)) return [];
  // By calling code, not by country: some codes serve several, and their numbers are dialled alike.
  const countries = countriesOf(fields);
  const comes = (from: string): boolean => callingCodeOf(from) === forms.callingCode;
  if (countries.length > 0) return countries.some(comes) ? ['national'] : [];
  return comes(asked.home) ? ['national'] : ['digits'];
}

function phonesIn(fields: Values): string[] {
  const { phones } = fields;
  if (!Array.isArray(phones)) return [];
  return phones.flatMap((item) => textIn(item, 'value') ?? []);
}

/** Countries of its addresses. */
function countriesOf(fields: Values): string[] {
  const { addresses } = fields;
  return Array.isArray(addresses) ? addresses.flatMap((item) => textIn(item, 'countryCode')?.toUpperCase() ?? []) : [];
}

function textIn(item: Json, part: string): string | undefined {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return undefined;
  const text = item[part];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

interface Evidence {
  deals: ReadonlyMap<string, Candidate['deals']>;
  last: ReadonlyMap<string, string>;
}

/** Dealings before the latest of the calls; of a batch the older calls know a little more than they could. */
async function evidenceOf(tx: Tx, records: readonly string[], wanted: readonly Wanted[]): Promise<Evidence> {
  if (records.length === 0) return { deals: new Map(), last: new Map() };
  const until = wanted.reduce((latest, { at }) => (at > latest ? at : latest), wanted[0]!.at);
  const [deals, dealings] = await Promise.all([
    openDeals(tx, records),
    lastDealings(
      tx,
      records,
      wanted.map(({ call }) => call),
      until,
    ),
  ]);
  return { deals: Map.groupBy(deals, (deal) => deal.record), last: new Map(dealings.map(({ record, at }) => [record, at])) };
}

function candidateOf({ id, object, name, fields }: CrmRecord, meeting: Meeting, evidence: Evidence, at: string): Candidate {
  const last = evidence.last.get(id);
  return {
    record: id,
    object: object as Candidate['object'],
    name,
    meeting,
    company: object === 'company' ? null : typeof fields.company === 'string' ? fields.company : null,
    owner: typeof fields.owner === 'string' ? fields.owner : null,
    deals: evidence.deals.get(id) ?? [],
    last: last === undefined || last > at ? null : Date.parse(last),
  };
}
