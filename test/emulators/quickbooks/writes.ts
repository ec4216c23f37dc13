/** Creating, updating, deleting, voiding and sending, as a request of its own or as an item of a batch. */
import { type Books, DOCUMENTS, type Entity, NAMES } from './company.ts';
import { BusinessFault, badId, closedBooks, missing, notFound, rule, stale } from './faults.ts';
import { balance, release, settlePayment, settleUp, voidPayment } from './money.ts';
import { settleItem, settleParty } from './names.ts';
import { isClosed, settleSale, voided } from './sales.ts';
import { checkMembers } from './shapes.ts';
import { stamp, type Thing, text, thing, things } from './thing.ts';

/** What one may do with each kind of thing besides reading it. */
export const WRITABLE: ReadonlySet<string> = new Set([
  'Customer',
  'Vendor',
  'Employee',
  'Item',
  'Estimate',
  'Invoice',
  'CreditMemo',
  'Payment',
  'Attachable',
]);

const VOIDABLE: ReadonlySet<string> = new Set(['Invoice', 'Payment', 'CreditMemo']);

const unsupportedOperation = () => new BusinessFault('500', 'Unsupported Operation', 'Operation requested is not supported.');

/** Creates, or updates what bears an `Id`: sparse or whole. Gives the thing as it is now. `include`: what the address allows. */
export function write(books: Books, entity: Entity, body: Thing, include: readonly string[] = []): Thing {
  if (!WRITABLE.has(entity)) throw unsupportedOperation();
  checkMembers(body, entity);
  if (body.Id === undefined || body.Id === '') return create(books, entity, body, include);
  const own = current(books, entity, body);
  if (include.includes('void')) return voidOne(books, entity, own);
  const { sparse, Id: _id, SyncToken: _token, MetaData: _meta, domain: _domain, ...given } = body;
  const frame = { Id: own.Id!, SyncToken: own.SyncToken!, MetaData: own.MetaData!, domain: 'QBO', sparse: false };
  const merged = sparse === true ? { ...own, ...withoutBlanks(own, given) } : { ...given };
  return update(books, entity, own, { ...frame, ...merged, ...frame }, include);
}

/** In a sparse update an empty text clears a member. An address is one value. */
function withoutBlanks(own: Thing, given: Thing): Thing {
  const kept: Thing = {};
  for (const [member, value] of Object.entries(given)) {
    kept[member] = value;
    if (value === null) kept[member] = '';
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && member !== 'TxnTaxDetail' && allBlank(value))
      kept[member] = '';
  }
  for (const member of Object.keys(kept)) if (kept[member] === '' && own[member] === undefined) delete kept[member];
  return kept;
}

function allBlank(value: Thing): boolean {
  return Object.values(value).every((part) => part === '' || part === null);
}

function create(books: Books, entity: Entity, body: Thing, include: readonly string[]): Thing {
  const kept = books.add(entity, settled(books, entity, { ...body }, undefined, include));
  for (const member of Object.keys(kept)) if (kept[member] === '' || kept[member] === null) delete kept[member];
  if (entity === 'Invoice' || entity === 'CreditMemo') balance(books, entity, kept);
  books.tell(entity, text(kept.Id), 'Create');
  if (entity === 'Payment') settleUp(books, kept);
  if (entity === 'Invoice') closeEstimates(books, kept);
  return kept;
}

function update(books: Books, entity: Entity, own: Thing, wanted: Thing, include: readonly string[]): Thing {
  const before: Thing = { ...own };
  const after = settled(books, entity, wanted, own, include);
  for (const member of Object.keys(after)) if (after[member] === '' || after[member] === null) delete after[member];
  if (entity === 'Invoice' || entity === 'CreditMemo') balance(books, entity, after);
  if (sameThing(before, after)) return own; // nothing changed: neither token nor time does
  for (const member of Object.keys(own)) delete own[member];
  Object.assign(own, after);
  books.touch(entity, own);
  books.tell(entity, text(own.Id), 'Update');
  if (entity === 'Payment') settleUp(books, before, own);
  return own;
}

function settled(books: Books, entity: Entity, wanted: Thing, own: Thing | undefined, include: readonly string[]): Thing {
  if (entity === 'Payment') return settlePayment(books, wanted, own);
  if (entity === 'Item') return settleItem(books, wanted, own);
  if (entity === 'Customer' || entity === 'Vendor' || entity === 'Employee') return settleParty(books, entity, wanted, own);
  if (entity === 'Attachable') {
    if (own === undefined && text(wanted.Note) === '') throw missing('Note');
    return wanted;
  }
  return settleSale(books, entity, wanted, own, include);
}

function sameThing(a: Thing, b: Thing): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

/** The thing a request means, in the version it names. */
function current(books: Books, entity: Entity, body: Thing): Thing {
  const id = text(body.Id);
  if (!/^\d+$/.test(id)) throw badId(id);
  const own = books.find(entity, id);
  if (own === undefined) throw notFound();
  if (body.SyncToken === undefined) throw missing('SyncToken');
  if (text(body.SyncToken) !== text(own.SyncToken)) throw stale();
  return own;
}

/** Gives the stub that is answered. */
export function remove(books: Books, entity: Entity, body: Thing): Thing {
  if (!WRITABLE.has(entity) || NAMES.has(entity)) throw unsupportedOperation();
  const own =
    entity === 'Attachable' && body.SyncToken === undefined ? books.find(entity, text(body.Id)) : current(books, entity, body);
  if (own === undefined) throw notFound();
  if (isClosed(books, text(own.TxnDate)) && DOCUMENTS.has(entity)) throw closedBooks();
  const id = text(own.Id);
  books.remove(entity, id);
  if (entity === 'Invoice' || entity === 'CreditMemo') release(books, entity, own);
  if (entity === 'Payment') settleUp(books, own);
  return { domain: 'QBO', status: 'Deleted', Id: id };
}

export function voidIt(books: Books, entity: Entity, body: Thing): Thing {
  if (!VOIDABLE.has(entity)) throw unsupportedOperation();
  checkMembers(body, entity);
  return voidOne(books, entity, current(books, entity, body));
}

function voidOne(books: Books, entity: Entity, own: Thing): Thing {
  if (!VOIDABLE.has(entity)) throw unsupportedOperation();
  if (isClosed(books, text(own.TxnDate))) throw closedBooks();
  const before: Thing = { ...own };
  if (entity === 'Payment') {
    voidPayment(own);
    settleUp(books, before, own);
  } else {
    release(books, entity, own);
    voided(own);
    balance(books, entity, own);
  }
  books.touch(entity, own);
  books.tell(entity, text(own.Id), 'Void');
  return own;
}

/** Sends a document by e-mail. */
export function send(books: Books, entity: Entity, id: string, to: string | null): Thing {
  const own = books.find(entity, id);
  if (own === undefined) throw notFound();
  const address = to ?? text(thing(own.BillEmail).Address);
  if (!/^[^\s@]+@[^\s@]+$/.test(address)) throw rule('An e-mail address is needed to send this.');
  own.BillEmail = { Address: address };
  own.EmailStatus = 'EmailSent';
  own.DeliveryInfo = { DeliveryType: 'Email', DeliveryTime: stamp(books.now()) };
  books.touch(entity, own);
  books.tell(entity, id, 'Emailed');
  return own;
}

/** An invoice that was made of an estimate closes it. */
function closeEstimates(books: Books, invoice: Thing): void {
  for (const { TxnId, TxnType } of things(invoice.LinkedTxn)) {
    if (TxnType !== 'Estimate') continue;
    const estimate = books.find('Estimate', text(TxnId));
    if (estimate === undefined) throw notFound();
    estimate.TxnStatus = 'Closed';
    estimate.LinkedTxn = [...things(estimate.LinkedTxn), { TxnId: invoice.Id!, TxnType: 'Invoice' }];
    books.touch('Estimate', estimate);
    books.tell('Estimate', text(TxnId), 'Update');
  }
}
