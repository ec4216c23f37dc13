/** Reading one, by query, and what changed. */
import type { Json } from '#kit/fields.ts';
import { amount, number, ZERO } from './cents.ts';
import { type Books, ENTITIES, type Entity } from './company.ts';
import { BusinessFault, badId, notFound } from './faults.ts';
import { owed } from './money.ts';
import { parseQuery, select } from './query.ts';
import { stamp, type Thing, text } from './thing.ts';

const ALL: ReadonlySet<string> = new Set(ENTITIES);
/** Whose changes nobody is told of. */
const SILENT: ReadonlySet<string> = new Set(['TaxCode', 'TaxRate']);
const DAY = 86_400_000;
const REACH = 30 * DAY;
const MOST = 1000;

export function read(books: Books, entity: Entity, id: string): Thing {
  if (!/^\d+$/.test(id)) throw badId(id);
  const found = books.find(entity, id);
  if (found === undefined) throw notFound();
  return shown(books, entity, [found])[0]!;
}

/** As it is told: what a customer owes is computed at the moment. */
export function shown(books: Books, entity: Entity, found: readonly Thing[]): Thing[] {
  if (entity !== 'Customer') return found.map((one) => ({ ...one }));
  const by = owed(books);
  return found.map((one) => {
    const Balance = number(by.get(text(one.Id)) ?? ZERO);
    return { ...one, Balance, BalanceWithJobs: number(amount(Balance)) };
  });
}

/** The body of a `QueryResponse`. Past the end it is empty. */
export function query(books: Books, source: string): Thing {
  const asked = parseQuery(source, ALL);
  const entity = asked.entity as Entity;
  const found = select(asked, books.all(entity));
  if (asked.count) return { totalCount: found.length };
  const page = found.slice(asked.start - 1, asked.start - 1 + asked.most);
  if (page.length === 0) return {};
  const total: Thing = entity === 'Invoice' ? { totalCount: found.length } : {};
  return { [entity]: shown(books, entity, page), startPosition: asked.start, maxResults: page.length, ...total };
}

/** The body of a `CDCResponse`: an element for each entity that was asked for. */
export function changes(books: Books, entities: string, since: string): Json {
  const from = Date.parse(since);
  if (Number.isNaN(from))
    throw new BusinessFault('2010', 'Request has invalid or unsupported property', `changedSince: ${since}`);
  if (from < books.now() - REACH) {
    throw new BusinessFault(
      '2010',
      'Request has invalid or unsupported property',
      'changedSince: the look-back period is 30 days',
    );
  }
  const asked = entities.split(',').map((one) => one.trim());
  const QueryResponse = asked.map((name) => {
    const entity = ENTITIES.find((one) => one.toLowerCase() === name.toLowerCase());
    if (entity === undefined || SILENT.has(entity)) {
      throw new BusinessFault('2010', 'Request has invalid or unsupported property', `entities: ${name} is not supported`);
    }
    return changesOf(books, entity, from);
  });
  return [{ QueryResponse }];
}

function changesOf(books: Books, entity: Entity, from: number): Thing {
  const since = Math.floor(from / 1000) * 1000;
  const kept = [...books.all(entity)].filter((one) => Date.parse(text((one.MetaData as Thing).LastUpdatedTime)) >= since);
  const gone = books
    .gone()
    .filter((one) => one.entity === entity && Math.floor(one.at / 1000) * 1000 >= since)
    .map(({ id, at }): Thing => ({ domain: 'QBO', status: 'Deleted', Id: id, MetaData: { LastUpdatedTime: stamp(at) } }));
  const all = [...shown(books, entity, kept), ...gone].slice(0, MOST);
  return all.length === 0 ? {} : { [entity]: all, startPosition: 1, maxResults: all.length };
}
