/**
 * Whom a meeting, a mail, a file or a task concerns: found by the addresses of those who take part, and by what is said of it. The answer is a
 * derived field, `concerns`, so that it stands in the record, its journal and the timelines of all it names.
 */
import type { Json, Values } from '#kit/fields.ts';
import { domainToken, type Key } from '#mappings/keys.ts';
import { openDeals } from '#store/call-evidence.ts';
import type { Tx } from '#store/database.ts';
import { findKeys } from '#store/keys.ts';
import { type Standing, standingsOf } from '#store/participants.ts';
import { decisiveFields, isRegarding, namedContacts, participantsIn, SAID } from './participants.ts';

/** A record that is written: its values before, where it was there, and as they shall be. */
export interface Regarded {
  id: string;
  object: string;
  before?: Values;
  after: Values;
  /** Whoever bears the addresses may have changed: it is found anew. */
  anew?: true;
}

/** One whom a thing concerns: exactly one of the references, and the address it was found by. */
type Concern = { contact?: string; company?: string; lead?: string; opportunity?: string; address?: string };

/** What must be known of those who take part. */
export interface Circle {
  /** address → ids, in order. */
  contacts: ReadonlyMap<string, readonly string[]>;
  leads: ReadonlyMap<string, readonly string[]>;
  companies: ReadonlyMap<string, readonly string[]>;
  /** Addresses of the firm's own people, and domains of theirs. */
  colleagues: ReadonlySet<string>;
  domains: ReadonlySet<string>;
  standings: ReadonlyMap<string, Standing>;
  /** contact or company → its open deals. */
  deals: ReadonlyMap<string, readonly { opportunity: string; contact: string | null }[]>;
}

/** More bearers of one address than this are nobody in particular. */
const MOST_BEARERS = 20;
/** As many as the field holds. */
const MOST = 5_000;

export const regardedFields = (object: string): readonly string[] => (isRegarding(object) ? ['concerns'] : []);

/** Is it to be found anew whom this concerns? */
export function isOpen({ object, before, after, anew }: Regarded): boolean {
  if (!isRegarding(object)) return false;
  return anew === true || before === undefined || decisiveFields(object).some((field) => differs(before[field], after[field]));
}

const differs = (a: Json | undefined, b: Json | undefined): boolean => a !== b && JSON.stringify(a) !== JSON.stringify(b);

/** Seven statements where meetings, mails, files or tasks are written whose people matter, else none. */
export async function openCircle(tx: Tx, entries: readonly Regarded[]): Promise<Circle | null> {
  const open = entries.filter(isOpen);
  if (open.length === 0) return null;
  const addresses = [
    ...new Set(open.flatMap(({ object, after }) => participantsIn(object, after).map(({ address }) => address))),
  ];
  const keys = addresses.map((token): Key => ({ kind: 'email', token }));
  const domains = [...new Set(addresses.map(domainToken))].flatMap((token): Key[] =>
    token === '' ? [] : [{ kind: 'domain', token }],
  );
  const find = async (object: string, some: readonly Key[]) =>
    byToken(some.length === 0 ? [] : await findKeys(tx, object, some, MOST_BEARERS));
  const [contacts, leads, companies, users, own] = await Promise.all([
    find('contact', keys),
    find('lead', keys),
    find('company', keys),
    find('user', keys),
    find('user', domains),
  ]);
  const said = open.flatMap(({ object, before, after }) => [
    ...SAID.flatMap((field) => textIn(after[field])),
    ...namedContacts(object, after),
    ...concernsIn(before).flatMap(({ opportunity }) => textIn(opportunity)),
  ]);
  const known = new Set([...contacts.values()].flat().concat(said));
  const standings = new Map(known.size === 0 ? [] : (await standingsOf(tx, [...known])).map((one) => [one.id, one]));
  const dealing = new Set([
    ...known,
    ...[...companies.values()].flat(),
    ...[...standings.values()].flatMap(({ company }) => company ?? []),
  ]);
  const deals = Map.groupBy(dealing.size === 0 ? [] : await openDeals(tx, [...dealing]), ({ record }) => record);
  return { contacts, leads, companies, colleagues: new Set(users.keys()), domains: new Set(own.keys()), standings, deals };
}

/** The values with whom they concern. Of an entry that is not found anew, what it held: without what is gone, each once. */
export function regard(entry: Regarded, circle: Circle | null): Values {
  if (!isRegarding(entry.object)) return entry.after;
  const { concerns: _, ...after } = entry.after;
  const found = circle !== null && isOpen(entry) ? concernsOf(entry, circle) : kept(entry.after);
  return found.length === 0 ? after : { ...after, concerns: found as unknown as Json };
}

function kept(values: Values): Concern[] {
  const concerns = concernsIn(values).filter((one) => one.contact ?? one.company ?? one.lead ?? one.opportunity);
  return [...new Map(concerns.map((one) => [targetOf(one), one])).values()];
}

/**
 * Contacts, leads and companies by the addresses of those who take part, but colleagues; the companies of contacts; and open deals: those with
 * one of the contacts, else the only one of a company. A deal that was found stays when it is closed. What the record says itself is not
 * said again.
 */
function concernsOf({ object, before, after }: Regarded, circle: Circle): Concern[] {
  const found = new Map<string, Concern>();
  const add = (concern: Concern) => {
    if (!found.has(targetOf(concern))) found.set(targetOf(concern), concern);
  };
  for (const { address } of participantsIn(object, after)) {
    if (circle.colleagues.has(address)) continue;
    for (const contact of circle.contacts.get(address) ?? []) add({ contact, address });
    for (const lead of circle.leads.get(address) ?? []) add({ lead, address });
    for (const company of circle.companies.get(address) ?? []) add({ company, address });
  }
  const said = [...SAID.flatMap((field) => textIn(after[field])), ...namedContacts(object, after)];
  const contacts = [...[...found.values()].flatMap(({ contact }) => textIn(contact)), ...said];
  for (const id of contacts) for (const company of textIn(circle.standings.get(id)?.company)) add({ company });
  for (const contact of textIn(circle.standings.get(String(after.opportunity))?.contact)) add({ contact });
  const companies = [...[...found.values()].flatMap(({ company }) => textIn(company)), ...textIn(after.company)];
  if (after.opportunity === undefined) {
    for (const opportunity of dealsOf(contacts, companies, circle)) add({ opportunity });
    for (const { opportunity } of concernsIn(before)) {
      const deal = circle.standings.get(opportunity ?? '');
      if (deal && (contacts.includes(deal.contact ?? '') || companies.includes(deal.company ?? '')))
        add({ opportunity: deal.id });
    }
  }
  for (const id of said) found.delete(id);
  return [...found.values()].slice(0, MOST);
}

function dealsOf(contacts: readonly string[], companies: readonly string[], { deals }: Circle): string[] {
  const theirs = contacts.flatMap((id) => (deals.get(id) ?? []).filter(({ contact }) => contact === id));
  const firms = companies.flatMap((id) => {
    const open = deals.get(id) ?? [];
    return open.length === 1 ? open : [];
  });
  return [...theirs, ...firms].map(({ opportunity }) => opportunity).sort();
}

const targetOf = ({ contact, company, lead, opportunity }: Concern): string => contact ?? company ?? lead ?? opportunity ?? '';

const textIn = (value: Json | undefined): string[] => (typeof value === 'string' ? [value] : []);

function concernsIn(values: Values | undefined): Concern[] {
  const concerns = values?.concerns;
  return Array.isArray(concerns) ? (concerns.filter((one) => one !== null && typeof one === 'object') as Concern[]) : [];
}

function byToken(found: readonly { token: string; record: string }[]): Map<string, string[]> {
  const records = new Map<string, string[]>();
  for (const { token, record } of found) records.set(token, [...(records.get(token) ?? []), record]);
  for (const some of records.values()) some.sort();
  return records;
}
