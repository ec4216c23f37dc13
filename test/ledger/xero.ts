/** A generated ledger in the words of Xero: for an organisation's books (`test/emulators/xero/seed.ts`). */
import type { Seed } from '#test/emulators/xero/seed.ts';
import type { Document, Ledger, Line } from './ledger.ts';

const MODES = { exclusive: 'Exclusive', inclusive: 'Inclusive', none: 'NoTax' } as const;
const STAGES = { draft: 'DRAFT', issued: 'AUTHORISED', void: 'VOIDED' } as const;
const SALES = '200';
const BANK = '090';

/** Xero knows neither a discount on the whole nor shipping: such a document comes to something else there, and is left unpaid. */
const isPlain = ({ discount, shipping }: Document): boolean => Number(discount) === 0 && Number(shipping) === 0;

/** What Xero's books can say of it: a payment pays one document, and what was paid too much is left out. */
export function xeroSeed(ledger: Ledger): Seed {
  const taxTypes = new Map(ledger.taxes.map(({ id }, n) => [id, `TAX${String(n + 1).padStart(3, '0')}`]));
  const codes = new Map(ledger.items.map(({ id, code }) => [id, code]));
  const names = new Map(ledger.parties.map(({ id, name }) => [id, name]));
  const documents = new Map(ledger.documents.map((one) => [one.id, one]));
  const line = ({ taxMode, kind }: Document, { item, description, quantity, price, discountPercent, tax, amount }: Line) => ({
    ...{ Description: description, AccountCode: SALES },
    // "Discounts are only allowed on sales invoices and quotes": what a credit note gives back is the amount itself.
    ...(kind === 'credit'
      ? { Quantity: 1, UnitAmount: Number(amount) }
      : { Quantity: Number(quantity), UnitAmount: Number(price) }),
    ...(item !== undefined && { ItemCode: codes.get(item)! }),
    ...(kind === 'sale' && discountPercent !== undefined && { DiscountRate: Number(discountPercent) }),
    ...(taxMode !== 'none' && tax !== undefined && { TaxType: taxTypes.get(tax)! }),
  });
  const document = (one: Document) => ({
    Contact: { Name: names.get(one.party)! },
    Date: one.issued,
    CurrencyCode: one.currency,
    LineAmountTypes: MODES[one.taxMode],
    LineItems: one.lines.map((each) => line(one, each)),
    Status: STAGES[one.stage],
    UpdatedDateUTC: `${one.issued}T12:00:00Z`,
  });
  const of = (kind: Document['kind']) => ledger.documents.filter((one) => one.kind === kind);
  return {
    TaxRates: ledger.taxes.map(({ id, name, percent }) => ({
      ...{ TaxType: taxTypes.get(id)!, Name: name, EffectiveRate: Number(percent), way: 'both' },
    })),
    Contacts: ledger.parties.map(({ name, email, currency }) => ({ Name: name, EmailAddress: email, DefaultCurrency: currency })),
    Items: ledger.items.map(({ code, name, price }) => ({
      ...{ Code: code, Name: name, SalesDetails: { UnitPrice: Number(price), AccountCode: SALES } },
    })),
    Invoices: of('sale').map((one) => ({
      ...{ Type: 'ACCREC', InvoiceNumber: one.number, DueDate: one.due },
      ...document(one),
    })),
    CreditNotes: of('credit').map((one) => ({ Type: 'ACCRECCREDIT', CreditNoteNumber: one.number, ...document(one) })),
    Payments: ledger.payments.flatMap(({ kind, status, date, reference, allocations }) =>
      allocations.flatMap(({ document: id, amount }) => {
        const paid = documents.get(id)!;
        if (kind !== 'payment' || paid.kind !== 'sale' || paid.stage !== 'issued' || !isPlain(paid)) return [];
        return {
          ...{ Invoice: { InvoiceNumber: paid.number }, Account: { Code: BANK }, Date: date, Amount: Number(amount) },
          ...{ Reference: reference, UpdatedDateUTC: `${date}T13:00:00Z`, ...(status === 'void' && { Status: 'DELETED' }) },
        };
      }),
    ),
  };
}
