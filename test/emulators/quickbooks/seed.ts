/** What a company begins with: accounts, terms, tax codes, and a few customers, items and documents of its own. */

import { mix } from '../kit/random.ts';
import type { Books } from './company.ts';
import type { Thing } from './thing.ts';
import { voidIt, write } from './writes.ts';

/** The chart every company has: ids 1 to 4. */
const ACCOUNTS: readonly Thing[] = [
  { Name: 'Sales of Product Income', AccountType: 'Income', AccountSubType: 'SalesOfProductIncome', Classification: 'Revenue' },
  { Name: 'Services', AccountType: 'Income', AccountSubType: 'ServiceFeeIncome', Classification: 'Revenue' },
  { Name: 'Checking', AccountType: 'Bank', AccountSubType: 'Checking', Classification: 'Asset' },
  { Name: 'Undeposited Funds', AccountType: 'Other Current Asset', AccountSubType: 'UndepositedFunds', Classification: 'Asset' },
];

const TERMS: readonly [string, number][] = [
  ['Due on receipt', 0],
  ['Net 15', 15],
  ['Net 30', 30],
  ['Net 60', 60],
];

/** Name and per cent, by what kind of taxes the company has. */
const RATES: { readonly [taxes in 'us' | 'global']: readonly [string, number][] } = {
  us: [
    ['California', 8],
    ['Tucson', 9.1],
  ],
  global: [
    ['20.0% S', 20],
    ['5.0% R', 5],
    ['0.0% Z', 0],
    ['Exempt', 0],
  ],
};

/** Accounts 1 to 4, terms 1 to 4, tax rates and codes (the first code of a company with US taxes is 2, as in its books). */
export function furnish(books: Books): void {
  const { taxes, currency } = books.character;
  const money = { CurrencyRef: { value: currency } };
  for (const account of ACCOUNTS)
    books.add('Account', {
      ...account,
      ...money,
      FullyQualifiedName: account.Name!,
      Active: true,
      SubAccount: false,
      CurrentBalance: 0,
    });
  for (const [Name, DueDays] of TERMS) books.add('Term', { Name, Active: true, Type: 'STANDARD', DiscountPercent: 0, DueDays });
  if (taxes === 'us') books.add('TaxCode', { Name: 'Out of scope', Active: true, Taxable: false, TaxGroup: false });
  for (const [Name, RateValue] of RATES[taxes]) {
    const { Id } = books.add('TaxRate', { Name, Active: true, RateValue, AgencyRef: { value: '1' } });
    const detail = { TaxRateRef: { value: Id!, name: Name }, TaxTypeApplicable: 'TaxOnAmount', TaxOrder: 0 };
    books.add('TaxCode', {
      Name,
      Description: `${Name} sales tax`,
      Active: true,
      Taxable: true,
      TaxGroup: true,
      SalesTaxRateList: { TaxRateDetail: [detail] },
    });
  }
}

/** A small company of gardeners: five customers, four items, an open, a part-paid, a paid and a voided invoice, an estimate, a credit. */
export function seedDemo(books: Books): void {
  const customers = [
    ['Ashgrove Gardens', 'Ash', 'Grove', 'hello@ashgrove.example'],
    ['Bellamy & Sons', 'Bea', 'Bellamy', 'accounts@bellamy.example'],
    ['Cedar Court Hotel', 'Cyril', 'Court', 'office@cedarcourt.example'],
    ['Delphine Moreau', 'Delphine', 'Moreau', 'delphine@moreau.example'],
    ['Elm Street School', 'Ella', 'Elm', 'bursar@elmstreet.example'],
  ] as const;
  for (const [DisplayName, GivenName, FamilyName, Address] of customers) {
    write(books, 'Customer', { DisplayName, CompanyName: DisplayName, GivenName, FamilyName, PrimaryEmailAddr: { Address } });
  }
  const items = [
    ['Garden design', 'Service', 75],
    ['Hedge trimming', 'Service', 35],
    ['Rock fountain', 'NonInventory', 275],
    ['Topsoil, bag', 'NonInventory', 12.75],
  ] as const;
  for (const [Name, Type, UnitPrice] of items)
    write(books, 'Item', { Name, Type, UnitPrice, Sku: Name.slice(0, 3).toUpperCase(), IncomeAccountRef: { value: '1' } });
  const sale = (customer: string, item: string, Qty: number, UnitPrice: number): Thing => ({
    CustomerRef: { value: customer },
    TxnDate: '2026-01-15',
    Line: [line(item, Qty, UnitPrice, books)],
  });
  write(books, 'Estimate', sale('1', '1', 8, 75));
  write(books, 'Invoice', { ...sale('1', '3', 1, 275), SalesTermRef: { value: '3' } });
  const part = write(books, 'Invoice', sale('2', '2', 6, 35));
  const paid = write(books, 'Invoice', sale('3', '4', 40, 12.75));
  const twice = write(books, 'Invoice', { ...sale('4', '1', 2, 75), PrivateNote: 'Twice by mistake' });
  voidIt(books, 'Invoice', { Id: twice.Id!, SyncToken: twice.SyncToken! });
  write(books, 'CreditMemo', sale('1', '4', 2, 12.75));
  pay(books, '2', part, 100);
  pay(books, '3', paid, Number(paid.TotalAmt));
}

function pay(books: Books, customer: string, invoice: Thing, sum: number): void {
  const Line = [{ Amount: sum, LinkedTxn: [{ TxnId: invoice.Id!, TxnType: 'Invoice' }] }];
  write(books, 'Payment', { CustomerRef: { value: customer }, TotalAmt: sum, TxnDate: '2026-01-20', Line });
}

/** A line of an item, taxed as the company's lines are by default. */
export function line(item: string, Qty: number, UnitPrice: number, { character }: Books): Thing {
  const code = character.taxes === 'us' ? 'NON' : '1';
  const Amount = Math.round(Qty * UnitPrice * 100) / 100;
  return {
    DetailType: 'SalesItemLineDetail',
    Amount,
    SalesItemLineDetail: { ItemRef: { value: item }, Qty, UnitPrice, TaxCodeRef: { value: code } },
  };
}

/** So many of each: customers, items, and invoices of which every third is paid. The same for the same seed. */
export function seedRows(books: Books, rows: { customers?: number; items?: number; invoices?: number; seed?: number }): void {
  const seed = rows.seed ?? 1;
  const first = { customer: books.count('Customer'), item: books.count('Item') };
  for (let i = 1; i <= (rows.customers ?? 0); i++) {
    const DisplayName = `Customer ${first.customer + i}`;
    write(books, 'Customer', {
      DisplayName,
      CompanyName: DisplayName,
      PrimaryEmailAddr: { Address: `c${first.customer + i}@example.com` },
    });
  }
  for (let i = 1; i <= (rows.items ?? 0); i++) {
    write(books, 'Item', {
      Name: `Item ${first.item + i}`,
      Type: 'Service',
      UnitPrice: price(seed, i),
      IncomeAccountRef: { value: '2' },
    });
  }
  const [customers, items] = [books.count('Customer'), books.count('Item')];
  for (let i = 1; i <= (rows.invoices ?? 0); i++) {
    const customer = String((mix(seed, i) % customers) + 1);
    const item = String((mix(seed + 1, i) % items) + 1);
    const invoice = write(books, 'Invoice', {
      CustomerRef: { value: customer },
      TxnDate: '2026-02-01',
      Line: [line(item, (mix(seed + 2, i) % 9) + 1, price(seed, i), books)],
    });
    if (i % 3 === 0) pay(books, customer, invoice, Number(invoice.TotalAmt));
  }
}

function price(seed: number, i: number): number {
  return ((mix(seed + 3, i) % 49_900) + 100) / 100;
}
