/** Estimates, invoices and credit memos: lines, tax and totals, computed by the service whatever was sent. */
import type { Json } from '#kit/fields.ts';
import { type Amount, amount, number, placesOf, rounded, sum, ZERO } from './cents.ts';
import type { Books, Entity } from './company.ts';
import { closedBooks, duplicateNumber, missing, rule, tooLong, unsupported, wrongAmount } from './faults.ts';
import { living } from './names.ts';
import { daysAfter, refOf, type Thing, text, thing, things, today } from './thing.ts';

/** A document as it will be kept. `own`: the one that is changed; `allowed`: what the address allows besides. */
export function settleSale(
  books: Books,
  entity: Entity,
  wanted: Thing,
  own: Thing | undefined,
  allowed: readonly string[],
): Thing {
  const { character } = books;
  const customerId = refOf(wanted.CustomerRef);
  if (customerId === '') throw missing('CustomerRef');
  if (things(wanted.Line).every((line) => line.DetailType === 'SubTotalLineDetail')) throw missing('Line');
  const kept = customerId === refOf(own?.CustomerRef) ? books.find('Customer', customerId) : undefined;
  const customer = kept ?? living(books, 'Customer', customerId);
  const currency = currencyOf(books, customer, wanted);
  const TxnDate = text(wanted.TxnDate) || today(books.now());
  for (const date of [TxnDate, text(own?.TxnDate)]) if (date !== '' && isClosed(books, date)) throw closedBooks();
  const doc: Thing = { ...wanted, TxnDate, CustomerRef: { value: customerId, name: text(customer.DisplayName) } };
  doc.CurrencyRef = { value: currency, name: currency };
  doc.DocNumber = numberFor(books, entity, wanted, own, allowed);
  if (doc.DocNumber === '') delete doc.DocNumber;
  compute(books, doc, customer, placesOf(currency));
  const rate = amount(wanted.ExchangeRate);
  if (character.multicurrency) {
    doc.ExchangeRate = currency === character.currency ? 1 : number(rate.eq(0) ? amount(1) : rate);
    doc.HomeTotalAmt = number(rounded(amount(doc.TotalAmt).times(doc.ExchangeRate)));
  } else delete doc.ExchangeRate;
  const sent = text(thing(doc.BillEmail).Address);
  const address: Thing = customer.BillAddr === undefined ? {} : { BillAddr: { Id: '1', ...thing(customer.BillAddr) } };
  const due: Thing = entity === 'Invoice' ? { DueDate: text(wanted.DueDate) || daysAfter(TxnDate, termDays(books, wanted)) } : {};
  return {
    ...address,
    LinkedTxn: [],
    CustomField: [],
    ApplyTaxAfterDiscount: false,
    PrintStatus: 'NeedToPrint',
    EmailStatus: sent === '' ? 'NotSet' : 'NeedToSend',
    ...(entity === 'Estimate' && { TxnStatus: 'Pending' }),
    ...doc,
    ...due,
  };
}

export function isClosed({ character }: Books, date: string): boolean {
  return character.closedUntil !== undefined && date <= character.closedUntil;
}

function currencyOf({ character }: Books, customer: Thing, wanted: Thing): string {
  const own = refOf(customer.CurrencyRef) || character.currency;
  const asked = refOf(wanted.CurrencyRef);
  if (asked !== '' && asked !== character.currency && !character.multicurrency) {
    throw rule('Multi currency is not enabled: CurrencyRef is not supported for this company.');
  }
  if (asked !== '' && asked !== own)
    throw rule('The currency of the transaction is different from the currency of the customer.');
  return own;
}

function numberFor(books: Books, entity: Entity, wanted: Thing, own: Thing | undefined, allowed: readonly string[]): string {
  const asked = text(wanted.DocNumber);
  if (asked.length > 21) throw tooLong('DocNumber', 21);
  if (asked === '') {
    if (own !== undefined || books.character.customNumbers) return '';
    // Invoices and credit memos count together.
    return freeNumber(books, entity === 'Estimate' ? 'Estimate' : 'Invoice', entity);
  }
  const taken = asked !== text(own?.DocNumber) && isUsed(books, entity, asked);
  if (taken && books.character.warnsOfDuplicates && !allowed.includes('allowduplicatedocnum')) throw duplicateNumber(asked);
  return asked;
}

function freeNumber(books: Books, sequence: string, entity: Entity): string {
  let number = books.nextNumber(sequence);
  while (isUsed(books, entity, number)) number = books.nextNumber(sequence);
  return number;
}

function isUsed(books: Books, entity: Entity, number: string): boolean {
  for (const one of books.all(entity)) if (one.DocNumber === number) return true;
  return false;
}

function termDays(books: Books, wanted: Thing): number {
  const term = books.find('Term', refOf(wanted.SalesTermRef));
  return term === undefined ? 30 : Number(term.DueDays ?? 30);
}

/** Lines, subtotal, discount, tax and total. */
export function compute(books: Books, doc: Thing, customer: Thing, places: number): void {
  const lines: Thing[] = [];
  const taxed = new Map<string, Amount>();
  let [subtotal, discount] = [ZERO, ZERO];
  let id = Math.max(0, ...things(doc.Line).map((line) => Number(line.Id ?? 0)));
  for (const given of things(doc.Line)) {
    if (given.DetailType === 'SubTotalLineDetail') continue;
    const line: Thing = { Id: text(given.Id) || String(++id), LineNum: lines.length + 1, ...given };
    line.LineNum = lines.length + 1;
    if (given.DetailType === 'SalesItemLineDetail') {
      const worth = settleLine(books, doc, line, places);
      subtotal = subtotal.plus(worth);
      const code = taxCodeOf(books, line);
      if (code !== undefined) taxed.set(code, (taxed.get(code) ?? ZERO).plus(worth));
    } else if (given.DetailType === 'DiscountLineDetail') {
      const { PercentBased, DiscountPercent } = thing(given.DiscountLineDetail);
      discount = PercentBased === true ? rounded(subtotal.times(amount(DiscountPercent)).div(100), places) : amount(given.Amount);
      line.Amount = number(discount);
    } else if (given.DetailType !== 'DescriptionOnly' && given.DetailType !== 'GroupLineDetail') {
      throw unsupported('DetailType', 'Line');
    }
    lines.push(line);
  }
  const own =
    lines.length === 0 ? [] : [...lines, { Amount: number(subtotal), DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} }];
  doc.Line = own;
  // "If false or null, calculate the sales tax first, and then apply the discount" (Finance.xsd).
  const lowered = doc.ApplyTaxAfterDiscount === true && !subtotal.eq(0);
  const kept = lowered ? subtotal.minus(discount).div(subtotal) : amount(1);
  const [tax, detail] = taxOf(books, doc, refOf(customer.DefaultTaxCodeRef), taxed, kept, places);
  doc.TxnTaxDetail = { ...detail, TotalTax: number(tax) };
  doc.TotalAmt = number(subtotal.minus(discount).plus(tax));
}

function settleLine(books: Books, doc: Thing, line: Thing, places: number): Amount {
  const detail = thing(line.SalesItemLineDetail);
  const itemId = refOf(detail.ItemRef);
  const { taxes } = books.character;
  const item = itemId === '' || itemId === 'SHIPPING_ITEM_ID' ? undefined : living(books, 'Item', itemId);
  if (item?.Type === 'Category') throw rule('A category cannot be sold.');
  const { Qty, UnitPrice } = detail;
  if (line.Amount === undefined) throw missing('Amount');
  const worth = amount(line.Amount);
  if (Qty !== undefined && UnitPrice !== undefined && !rounded(amount(Qty).times(amount(UnitPrice)), places).eq(worth)) {
    throw wrongAmount();
  }
  if (!rounded(worth, places).eq(worth)) throw wrongAmount();
  if (text(line.Description).length > 4000) throw tooLong('Description', 4000);
  const ref = item === undefined ? detail.ItemRef : { value: itemId, name: text(item.Name) };
  const code = refOf(detail.TaxCodeRef);
  const exempt = doc.GlobalTaxCalculation === 'NotApplicable';
  const found = books.find('TaxCode', code);
  if (taxes === 'global' && !exempt && found === undefined) {
    throw rule('Make sure all your transactions have a VAT rate before you save.');
  }
  // What is there keeps what it has.
  if (doc.SyncToken === undefined && found?.Active === false)
    throw rule(`Something you're trying to use has been made inactive: tax code ${text(found.Name)}.`);
  if (taxes === 'us' && code !== '' && code !== 'TAX' && code !== 'NON') throw rule('Invalid tax code: a line says TAX or NON.');
  const taxCode = code === '' ? (taxes === 'us' ? 'NON' : undefined) : code;
  line.SalesItemLineDetail = {
    ...detail,
    ...(ref !== undefined && { ItemRef: ref }),
    ...(taxCode !== undefined && { TaxCodeRef: { value: taxCode } }),
  };
  return worth;
}

function taxCodeOf(books: Books, line: Thing): string | undefined {
  const code = refOf(thing(line.SalesItemLineDetail).TaxCodeRef);
  return books.character.taxes === 'us' ? (code === 'TAX' ? 'TAX' : undefined) : code === '' ? undefined : code;
}

/** Tax by rate over the whole document: net of each rate, less its part of the discount, rounded once. */
function taxOf(
  books: Books,
  doc: Thing,
  usual: string,
  taxed: ReadonlyMap<string, Amount>,
  kept: Amount,
  places: number,
): [Amount, Thing] {
  const detail = thing(doc.TxnTaxDetail);
  const chosen = refOf(detail.TxnTaxCodeRef) || (taxed.has('TAX') ? usual : '');
  const lines: Thing[] = [];
  let total = ZERO;
  for (const [code, net] of doc.GlobalTaxCalculation === 'NotApplicable' ? [] : taxed) {
    const taxCode = books.find('TaxCode', code === 'TAX' ? chosen : code);
    for (const { TaxRateRef } of things(thing(taxCode?.SalesTaxRateList).TaxRateDetail)) {
      const rate = books.find('TaxRate', refOf(TaxRateRef));
      const base = rounded(net.times(kept), places);
      const tax = rounded(base.times(amount(rate?.RateValue)).div(100), places);
      total = total.plus(tax);
      lines.push(taxLine(TaxRateRef!, amount(rate?.RateValue), base, tax));
    }
  }
  return [total, { ...(chosen !== '' && { TxnTaxCodeRef: { value: chosen } }), ...(lines.length > 0 && { TaxLine: lines }) }];
}

function taxLine(rate: Json, percent: Amount, base: Amount, tax: Amount): Thing {
  const TaxLineDetail = {
    TaxRateRef: { value: refOf(rate) },
    PercentBased: true,
    TaxPercent: number(percent),
    NetAmountTaxable: number(base),
  };
  return { Amount: number(tax), DetailType: 'TaxLineDetail', TaxLineDetail };
}

/** Nothing is owed any more, and the number stays: amounts become 0 and the note says so. */
export function voided(doc: Thing): void {
  const note = text(doc.PrivateNote);
  doc.PrivateNote = note === '' ? 'Voided' : `Voided - ${note}`;
  doc.Line = things(doc.Line).map((line) => {
    if (line.DetailType !== 'SalesItemLineDetail') return { ...line, ...(line.Amount !== undefined && { Amount: 0 }) };
    return { ...line, Amount: 0, SalesItemLineDetail: { ...thing(line.SalesItemLineDetail), Qty: 0 } };
  });
  doc.TxnTaxDetail = { TotalTax: 0 };
  doc.TotalAmt = 0;
  if (doc.HomeTotalAmt !== undefined) doc.HomeTotalAmt = 0;
}

/** Amounts of a document as decimals, added up. */
export function totalOf(docs: readonly Thing[]): Amount {
  return sum(docs.map((doc) => amount(doc.TotalAmt)));
}
