/** What is paid of what: payments against invoices and credit memos, and the balances that follow. */
import { type Amount, amount, number, sum, ZERO } from './cents.ts';
import type { Books, Entity } from './company.ts';
import { closedBooks, deposited, missing, notFound, rule } from './faults.ts';
import { living } from './names.ts';
import { isClosed } from './sales.ts';
import { refOf, type Thing, text, things, today } from './thing.ts';

interface Share {
  entity: Entity;
  id: string;
  amount: Amount;
}

/** What a payment's lines settle. */
export function sharesOf(payment: Thing): Share[] {
  return things(payment.Line).flatMap((line) =>
    things(line.LinkedTxn).map(({ TxnId, TxnType }) => ({
      entity: text(TxnType) as Entity,
      id: text(TxnId),
      amount: amount(line.Amount),
    })),
  );
}

/** A payment as it will be kept. */
export function settlePayment(books: Books, wanted: Thing, own: Thing | undefined): Thing {
  if (own !== undefined && things(own.LinkedTxn).some(({ TxnType }) => TxnType === 'Deposit')) throw deposited();
  const customerId = refOf(wanted.CustomerRef);
  if (customerId === '') throw missing('CustomerRef');
  if (wanted.TotalAmt === undefined) throw missing('TotalAmt');
  const customer =
    customerId === refOf(own?.CustomerRef) ? books.find('Customer', customerId)! : living(books, 'Customer', customerId);
  const TxnDate = text(wanted.TxnDate) || today(books.now());
  for (const date of [TxnDate, text(own?.TxnDate)]) if (date !== '' && isClosed(books, date)) throw closedBooks();
  let left = amount(wanted.TotalAmt);
  for (const { entity, id, amount: share } of sharesOf(wanted)) {
    const doc = entity === 'Invoice' || entity === 'CreditMemo' ? books.find(entity, id) : undefined;
    if (doc === undefined) throw notFound();
    if (refOf(doc.CustomerRef) !== customerId) throw rule(`The ${entity} ${id} belongs to another customer.`);
    const open = amount(doc.Balance).plus(
      sum((own ? sharesOf(own) : []).filter((one) => one.id === id).map((one) => one.amount)),
    );
    if (share.gt(open)) throw rule(`The amount applied is more than what is open on ${entity} ${id}.`);
    left = entity === 'Invoice' ? left.minus(share) : left.plus(share);
  }
  if (left.lt(0)) throw rule('The amounts applied are more than what was received.');
  const currency = refOf(customer.CurrencyRef) || books.character.currency;
  return {
    DepositToAccountRef: { value: '4' },
    LinkedTxn: [],
    ProcessPayment: false,
    ...wanted,
    Line: things(wanted.Line).map((line) => ({ ...line, Amount: number(amount(line.Amount)) })),
    TxnDate,
    CustomerRef: { value: customerId, name: text(customer.DisplayName) },
    CurrencyRef: { value: currency, name: currency },
    UnappliedAmt: number(left),
    ...(books.character.multicurrency && { ExchangeRate: wanted.ExchangeRate ?? 1 }),
  };
}

/** Brings the documents that any of these payments settle up to date, on both ends. */
export function settleUp(books: Books, ...payments: readonly (Thing | undefined)[]): void {
  const touched = new Map<Thing, Entity>();
  for (const payment of payments) {
    for (const { entity, id } of payment ? sharesOf(payment) : []) {
      const doc = books.find(entity, id);
      if (doc !== undefined) touched.set(doc, entity);
    }
  }
  for (const [doc, entity] of touched) {
    const before = JSON.stringify([doc.Balance, doc.RemainingCredit, doc.LinkedTxn]);
    balance(
      books,
      entity,
      doc,
      payments.flatMap((payment) => (payment ? [text(payment.Id)] : [])),
    );
    if (JSON.stringify([doc.Balance, doc.RemainingCredit, doc.LinkedTxn]) === before) continue;
    books.touch(entity, doc);
    books.tell(entity, text(doc.Id), 'Update');
  }
}

/** What is still open of a document, and who paid. `also`: payments that may settle it and are not named in it yet. */
export function balance(books: Books, entity: Entity, doc: Thing, also: readonly string[] = []): void {
  const id = text(doc.Id);
  const linked = things(doc.LinkedTxn);
  const known = new Set([...linked.filter(isPayment).map(({ TxnId }) => text(TxnId)), ...also]);
  const paid: Thing[] = [];
  let applied = ZERO;
  for (const payment of known) {
    const shares = sharesOf(books.find('Payment', payment) ?? {}).filter((share) => share.entity === entity && share.id === id);
    applied = applied.plus(sum(shares.map((share) => share.amount)));
    if (shares.length > 0) paid.push({ TxnId: payment, TxnType: 'Payment' });
  }
  const open = amount(doc.TotalAmt)
    .minus(applied)
    .minus(entity === 'Invoice' ? amount(doc.Deposit) : ZERO);
  doc.Balance = number(open);
  if (entity === 'CreditMemo') doc.RemainingCredit = number(open);
  doc.LinkedTxn = [...linked.filter((one) => !isPayment(one)), ...paid];
}

const isPayment = ({ TxnType }: Thing): boolean => TxnType === 'Payment';

/** A document that was paid is no more: the payments that paid it have that much left again. */
export function release(books: Books, entity: Entity, doc: Thing): void {
  const id = text(doc.Id);
  for (const { TxnId } of things(doc.LinkedTxn).filter(isPayment)) {
    const payment = books.find('Payment', text(TxnId));
    if (payment === undefined) continue;
    const mine = sharesOf(payment).filter((share) => share.entity === entity && share.id === id);
    if (mine.length === 0) continue;
    payment.Line = things(payment.Line).filter(
      (line) => !things(line.LinkedTxn).some(({ TxnId, TxnType }) => TxnId === id && TxnType === entity),
    );
    const back = sum(mine.map((share) => share.amount));
    payment.UnappliedAmt = number(
      entity === 'Invoice' ? amount(payment.UnappliedAmt).plus(back) : amount(payment.UnappliedAmt).minus(back),
    );
    books.touch('Payment', payment);
    books.tell('Payment', text(payment.Id), 'Update');
  }
}

/** What each customer owes now: open invoices less credits and what is left of payments. Computed whenever it is read. */
export function owed(books: Books): ReadonlyMap<string, Amount> {
  const by = new Map<string, Amount>();
  const count = (doc: Thing, worth: Amount) =>
    by.set(refOf(doc.CustomerRef), (by.get(refOf(doc.CustomerRef)) ?? ZERO).plus(worth));
  for (const invoice of books.all('Invoice')) count(invoice, amount(invoice.Balance));
  for (const memo of books.all('CreditMemo')) count(memo, amount(memo.Balance).neg());
  for (const payment of books.all('Payment')) count(payment, amount(payment.UnappliedAmt).neg());
  return by;
}

/** A payment whose money never came: it settles nothing any more. */
export function voidPayment(payment: Thing): void {
  const note = text(payment.PrivateNote);
  Object.assign(payment, { TotalAmt: 0, UnappliedAmt: 0, Line: [], PrivateNote: note === '' ? 'Voided' : `Voided - ${note}` });
}
