import { writeContact } from './contacts.ts';
import { CREDIT_NOTE, INVOICE, type Sort, writeDocument } from './documents.ts';
import { writeItem } from './items.ts';
import { ID, type Kind, type Ledger, type Organisation } from './ledger.ts';
import { rateOf } from './organisation.ts';
import { allocate, deletePayment, writePayment } from './payments.ts';
import { writeQuote } from './quotes.ts';
import { money } from './reckoning.ts';
import { settled } from './settling.ts';
import { type Body, bodies, said } from './wire.ts';

/**
 * Books as plain objects of the service, each as one would PUT it, in the service's own member names. Beyond what a PUT takes, an
 * object may say:
 *
 *   its id            `ContactID`, `InvoiceID` …, so that others can refer to it; documents also refer by number or name
 *   `UpdatedDateUTC`  when it changed last: an ISO instant. Default: now. A later payment or allocation moves its document on
 *   `Status`          also what only comes to be later: VOIDED and DELETED (documents, payments), ACCEPTED, DECLINED, INVOICED
 *                     (quotes). PAID is never said: payments make it so
 *   `ContactStatus`   ARCHIVED
 *   `Allocations`     of a credit note: `[{ Invoice: { InvoiceID }, Amount, Date }]`, made after all invoices are there
 *   `Overpayments`, `Prepayments`  of an invoice, what of earlier money was set off: `[{ OverpaymentID, AppliedAmount, Date }]`
 *   `UpdatedDateUTC`  of a payment may lie before its invoice's
 *
 * All rules hold (arithmetic, numbers, archived contacts, amounts due) but locked periods: a breach throws RowError with its reasons.
 * Order: accounts, tax rates, contacts, items, invoices, quotes, credit notes, payments, allocations, then what is void or gone.
 */
export interface Seed {
  Accounts?: readonly Body[];
  /** `{ TaxType, Name, EffectiveRate, way: 'sale' | 'purchase' | 'both' }`. */
  TaxRates?: readonly Body[];
  Contacts?: readonly Body[];
  Items?: readonly Body[];
  Invoices?: readonly Body[];
  Quotes?: readonly Body[];
  CreditNotes?: readonly Body[];
  Payments?: readonly Body[];
}

const LATER = new Set(['VOIDED', 'DELETED', 'ACCEPTED', 'DECLINED', 'INVOICED']);

/** Fills an organisation's books. */
export function seed(ledger: Ledger, of: Organisation, given: Seed): void {
  const { lockDate } = of;
  delete of.lockDate;
  try {
    fill(ledger, of, given);
  } finally {
    if (lockDate !== undefined) of.lockDate = lockDate;
  }
}

function fill(ledger: Ledger, of: Organisation, given: Seed): void {
  for (const row of given.Accounts ?? []) ledger.put(of, 'Accounts', { Status: 'ACTIVE', ...row });
  for (const row of given.TaxRates ?? []) {
    const way = (said(row.way) ?? 'both') as 'sale' | 'purchase' | 'both';
    ledger.put(of, 'TaxRates', { ...rateOf(String(row.TaxType), String(row.Name), Number(row.EffectiveRate), way) });
  }
  for (const row of given.Contacts ?? []) {
    const id = said(row.ContactID);
    const { ContactID: _, UpdatedDateUTC: _at, ...sent } = row;
    const made = writeContact(ledger, of, sent, true);
    if (id !== undefined) ledger.drop(of, 'Contacts', String(made.ContactID));
    at(ledger, of, 'Contacts', { ...made, ...(id !== undefined && { ContactID: id }) }, row);
  }
  for (const row of given.Items ?? []) {
    const made = writeItem(ledger, of, row, true, (price) => money(price, 4));
    const id = said(row.ItemID);
    if (id !== undefined) ledger.drop(of, 'Items', String(made.ItemID));
    at(ledger, of, 'Items', { ...made, ...(id !== undefined && { ItemID: id }) }, row);
  }
  for (const row of given.Invoices ?? []) document(ledger, of, INVOICE, row);
  for (const row of given.Quotes ?? []) {
    const made = writeQuote(
      ledger,
      of,
      { ...row, Status: LATER.has(String(row.Status)) ? 'DRAFT' : (row.Status ?? 'DRAFT') },
      true,
    );
    at(ledger, of, 'Quotes', { ...made, Status: row.Status ?? made.Status! }, row);
  }
  for (const row of given.CreditNotes ?? []) document(ledger, of, CREDIT_NOTE, row);
  for (const row of given.Payments ?? []) payment(ledger, of, row);
  for (const row of given.CreditNotes ?? []) {
    for (const one of bodies(row.Allocations)) allocate(ledger, of, keptOf(ledger, of, CREDIT_NOTE, row), one);
  }
  for (const row of given.Invoices ?? []) ended(ledger, of, INVOICE, row);
  for (const row of given.CreditNotes ?? []) ended(ledger, of, CREDIT_NOTE, row);
}

function document(ledger: Ledger, of: Organisation, sort: Sort, row: Body): void {
  const { Allocations: _, UpdatedDateUTC: _at, ...sent } = row;
  const status = said(row.Status) ?? 'DRAFT';
  const Status = status === 'VOIDED' ? 'AUTHORISED' : status === 'DELETED' ? 'DRAFT' : status;
  const made = writeDocument(ledger, of, sort, { ...sent, Status }, { create: true, decimals: 4, seeded: row });
  if (Status === 'AUTHORISED') customer(ledger, of, made, sort);
  const kept = at(ledger, of, sort.kind, made, row);
  given.set(row, String(kept[sort.id]));
}

/** The ids that seeded rows got. */
const given = new WeakMap<Body, string>();

function keptOf(ledger: Ledger, of: Organisation, sort: Sort, row: Body): Body {
  return ledger.get(of, sort.kind, given.get(row)!)!;
}

function customer(ledger: Ledger, of: Organisation, { Type, Contact }: Body, sort: Sort): void {
  const contact = ledger.get(of, 'Contacts', String((Contact as Body).ContactID))!;
  const member = Type === sort.sale ? 'IsCustomer' : 'IsSupplier';
  if (contact[member] !== true) ledger.put(of, 'Contacts', { ...contact, [member]: true }, Number(contact.UpdatedDateUTC));
}

function ended(ledger: Ledger, of: Organisation, sort: Sort, row: Body): void {
  if (row.Status !== 'VOIDED' && row.Status !== 'DELETED') return;
  const kept = keptOf(ledger, of, sort, row);
  at(ledger, of, sort.kind, settled(ledger, of, sort.kind, { ...kept, Status: row.Status }), row);
}

function payment(ledger: Ledger, of: Organisation, row: Body): void {
  const { Status, UpdatedDateUTC, ...sent } = row;
  const made = writePayment(ledger, of, sent);
  if (Status === 'DELETED') deletePayment(ledger, of, String(made.PaymentID));
  if (UpdatedDateUTC === undefined) return;
  const kept = ledger.get(of, 'Payments', String(made.PaymentID))!;
  const stamped = at(ledger, of, 'Payments', kept, row);
  const [kind, ref] =
    kept.Invoice === undefined ? (['CreditNotes', kept.CreditNote] as const) : (['Invoices', kept.Invoice] as const);
  const paid = ledger.get(of, kind, String((ref as Body)[ID[kind]]))!;
  ledger.put(of, kind, paid, Number(stamped.UpdatedDateUTC));
}

function at(ledger: Ledger, of: Organisation, kind: Kind, object: Body, { UpdatedDateUTC }: Body): Body {
  const ms = typeof UpdatedDateUTC === 'string' ? Date.parse(UpdatedDateUTC) : undefined;
  return ledger.put(of, kind, object, ms);
}
