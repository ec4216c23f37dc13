/** A neutral ledger in QuickBooks' own members, for its emulator: without drafts and refunds, which it does not have as such. */
import type { Ledger as QuickbooksLedger } from '#test/emulators/quickbooks/ledger.ts';
import type { Thing } from '#test/emulators/quickbooks/thing.ts';
import type { Regime } from './generate.ts';
import type { Document, Ledger, Payment } from './ledger.ts';

/** As an emulated company outside the United States is furnished: codes 1, 2 and 3. */
export const QUICKBOOKS_REGIMES: readonly Regime[] = [
  {
    mode: 'exclusive',
    taxes: [
      { id: '1', name: '20.0% S', percent: '20' },
      { id: '2', name: '5.0% R', percent: '5' },
    ],
  },
  { mode: 'exclusive', taxes: [{ id: '3', name: '0.0% Z', percent: '0' }] },
  { mode: 'none', taxes: [{ id: '3', name: '0.0% Z', percent: '0' }] },
];

export function quickbooksLedger(ledger: Ledger): QuickbooksLedger {
  const documents = ledger.documents.filter(({ stage }) => stage !== 'draft');
  const known = new Map(documents.map((one) => [one.id, one]));
  const of = (kind: Document['kind']): Thing[] => documents.filter((one) => one.kind === kind).map(documentThing);
  const currencies = new Map(ledger.parties.map(({ id, currency }) => [id, currency]));
  return {
    customers: ledger.parties.map(({ id, name, email, currency }) => ({
      ...{ Id: id, DisplayName: name, CompanyName: name, PrimaryEmailAddr: { Address: email } },
      CurrencyRef: { value: currency },
    })),
    items: ledger.items.map(({ id, name, code, price }) => ({
      ...{ Id: id, Name: name, Sku: code, Type: 'Service', UnitPrice: Number(price) },
      IncomeAccountRef: { value: '1' },
    })),
    estimates: of('estimate'),
    invoices: of('sale'),
    creditMemos: of('credit'),
    payments: [
      ...ledger.payments.filter(({ kind }) => kind === 'payment').map((one) => paymentThing(one, known, currencies)),
      ...applications(ledger, known),
    ],
    voided: {
      invoices: documents.filter(({ kind, stage }) => kind === 'sale' && stage === 'void').map(({ id }) => id),
      payments: ledger.payments.filter(({ kind, status }) => kind === 'payment' && status === 'void').map(({ id }) => id),
    },
  };
}

function documentThing(one: Document): Thing {
  return {
    ...{ Id: one.id, DocNumber: one.number, TxnDate: one.issued, CustomerRef: { value: one.party } },
    ...(one.kind === 'sale' && { DueDate: one.due }),
    ...{ CurrencyRef: { value: one.currency }, ExchangeRate: Number(one.rate) },
    GlobalTaxCalculation: one.taxMode === 'none' ? 'NotApplicable' : 'TaxExcluded',
    Line: one.lines.map((line) => ({
      ...{ DetailType: 'SalesItemLineDetail', Amount: Number(line.amount), Description: line.description },
      SalesItemLineDetail: {
        ...(line.item !== undefined && { ItemRef: { value: line.item } }),
        ...{ Qty: Number(line.quantity), UnitPrice: Number(line.price) },
        ...(one.taxMode !== 'none' && { TaxCodeRef: { value: line.tax! } }),
      },
    })),
  };
}

/** A void one settles nothing, so that it never stands in the way of those that do. */
function paymentThing(one: Payment, known: ReadonlyMap<string, Document>, currencies: ReadonlyMap<string, string>): Thing {
  const to = one.status === 'void' ? [] : one.allocations.filter(({ document }) => known.has(document));
  return {
    ...{ Id: one.id, TotalAmt: Number(one.amount), TxnDate: one.date, CustomerRef: { value: one.party } },
    ...{ CurrencyRef: { value: currencies.get(one.party)! }, PaymentRefNum: one.reference },
    Line: to.map(({ document, amount }) => linked('Invoice', document, amount)),
  };
}

/** What invoices had of credit memos: payments of nothing that name both. */
function applications({ applications: all }: Ledger, known: ReadonlyMap<string, Document>): Thing[] {
  return all.map(({ credit, document, amount, date }, n) => ({
    ...{ Id: `a${n + 1}`, TotalAmt: 0, TxnDate: date, CustomerRef: { value: known.get(document)!.party } },
    Line: [linked('Invoice', document, amount), linked('CreditMemo', credit, amount)],
  }));
}

const linked = (TxnType: string, TxnId: string, amount: string): Thing => ({
  Amount: Number(amount),
  LinkedTxn: [{ TxnId, TxnType }],
});
