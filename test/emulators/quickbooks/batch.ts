/** Several operations in one request: one after the other, each with an answer or a fault of its own. */
import { type Books, ENTITIES, type Entity } from './company.ts';
import { BusinessFault } from './faults.ts';
import { changes, query, shown } from './reads.ts';
import { type Thing, text, thing, things } from './thing.ts';
import { remove, voidIt, write } from './writes.ts';

const MOST = 30;

export function batch(books: Books, body: Thing, requestid: string | null): Thing[] {
  const items = things(body.BatchItemRequest);
  if (!Array.isArray(body.BatchItemRequest) || items.length === 0)
    throw new BusinessFault('2020', 'Required param missing', 'BatchItemRequest is missing');
  if (items.length > MOST)
    throw new BusinessFault('1040', 'Batch too large', `The batch has ${items.length} items; at most ${MOST} are allowed`);
  if (requestid !== null && requestid.length > 36)
    throw new BusinessFault('2050', 'String length', 'requestid of a batch has at most 36 characters');
  const ids = items.map((item) => text(item.bId));
  if (new Set(ids).size < ids.length) throw new BusinessFault('2030', 'Invalid bId', 'A bId is used twice');
  if (requestid !== null && ids.some((id) => id.length > 10))
    throw new BusinessFault('2050', 'String length', 'A bId has at most 10 characters beside a requestid');
  return items.map((item) => ({ ...answered(books, item), bId: text(item.bId) }));
}

function answered(books: Books, item: Thing): Thing {
  try {
    return carryOut(books, item);
  } catch (error) {
    if (error instanceof BusinessFault) return { Fault: error.fault() };
    throw error;
  }
}

function carryOut(books: Books, item: Thing): Thing {
  if (typeof item.Query === 'string') return { QueryResponse: query(books, item.Query) };
  if (item.CDCQuery !== undefined) {
    const { entities, changedSince } = thing(item.CDCQuery);
    return { CDCResponse: changes(books, text(entities), text(changedSince)) };
  }
  const entity = ENTITIES.find((one) => Object.hasOwn(item, one));
  if (entity === undefined)
    throw new BusinessFault('2010', 'Request has invalid or unsupported property', 'The item names no entity');
  const body = thing(item[entity]);
  switch (item.operation) {
    case 'create':
      return of(books, entity, write(books, entity, { ...body, Id: '' }));
    case 'update':
      return item.options === 'void' || item.optionsData === 'void'
        ? of(books, entity, voidIt(books, entity, body))
        : of(books, entity, write(books, entity, body));
    case 'delete':
      return { [entity]: remove(books, entity, body) };
    case 'void':
      return of(books, entity, voidIt(books, entity, body));
    default:
      throw new BusinessFault('2170', 'Invalid Enumeration', `operation ${text(item.operation)}`);
  }
}

function of(books: Books, entity: Entity, kept: Thing): Thing {
  return { [entity]: shown(books, entity, [kept])[0]! };
}
