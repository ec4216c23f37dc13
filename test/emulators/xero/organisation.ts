import { randomUUID } from 'node:crypto';
import { KINDS, type Kind, type Ledger, type Organisation } from './ledger.ts';
import type { Body } from './wire.ts';

export interface OrganisationPlan {
  /** Default: a random one. */
  id?: string;
  name: string;
  country: Organisation['country'];
  base: string;
  /** Further currencies: how many units one of the base's is worth. */
  currencies?: { readonly [code: string]: number };
  lockDate?: string;
  tracking?: { readonly [category: string]: readonly string[] };
}

/** Tax types by country: code, name, percent, of sales or of purchases. */
const RATES: {
  readonly [country in Organisation['country']]: readonly [string, string, number, 'sale' | 'purchase' | 'both'][];
} = {
  GB: [
    ['OUTPUT2', '20% (VAT on Income)', 20, 'sale'],
    ['RROUTPUT', '5% (VAT on Income)', 5, 'sale'],
    ['ZERORATEDOUTPUT', 'Zero Rated Income', 0, 'sale'],
    ['INPUT2', '20% (VAT on Expenses)', 20, 'purchase'],
    ['NONE', 'No VAT', 0, 'both'],
  ],
  NZ: [
    ['OUTPUT2', '15% GST on Income', 15, 'sale'],
    ['ZERORATED', 'Zero Rated', 0, 'sale'],
    ['INPUT2', '15% GST on Expenses', 15, 'purchase'],
    ['NONE', 'No GST', 0, 'both'],
  ],
  AU: [
    ['OUTPUT', 'GST on Income', 10, 'sale'],
    ['EXEMPTOUTPUT', 'GST Free Income', 0, 'sale'],
    ['INPUT', 'GST on Expenses', 10, 'purchase'],
    ['NONE', 'BAS Excluded', 0, 'both'],
  ],
  US: [
    ['OUTPUT', 'Sales Tax on Sales', 8.25, 'sale'],
    ['INPUT', 'Sales Tax on Purchases', 8.25, 'purchase'],
    ['NONE', 'Tax Exempt', 0, 'both'],
  ],
};

/** Code, name, type, class, further members. */
const CHART: readonly [string, string, string, string, Body?][] = [
  ['090', 'Business Bank Account', 'BANK', 'ASSET', { BankAccountNumber: '121232343434', BankAccountType: 'BANK' }],
  ['091', 'Card Clearing', 'BANK', 'ASSET', { BankAccountNumber: '121232343435', BankAccountType: 'BANK' }],
  ['200', 'Sales', 'REVENUE', 'REVENUE'],
  ['260', 'Other Revenue', 'REVENUE', 'REVENUE'],
  ['310', 'Cost of Goods Sold', 'DIRECTCOSTS', 'EXPENSE'],
  ['429', 'General Expenses', 'EXPENSE', 'EXPENSE'],
  ['610', 'Accounts Receivable', 'CURRENT', 'ASSET', { SystemAccount: 'DEBTORS' }],
  ['800', 'Accounts Payable', 'CURRLIAB', 'LIABILITY', { SystemAccount: 'CREDITORS' }],
  ['860', 'Rounding', 'CURRLIAB', 'LIABILITY', { SystemAccount: 'ROUNDING' }],
  ['970', 'Owner A Funds Introduced', 'EQUITY', 'EQUITY', { EnablePaymentsToAccount: true }],
];

/** An organisation with the chart of accounts and the tax rates of its country, and nothing in its books. */
export function createOrganisation(ledger: Ledger, plan: OrganisationPlan): Organisation {
  const books = Object.fromEntries(KINDS.map((kind) => [kind, new Map<string, Body>()])) as { [kind in Kind]: Map<string, Body> };
  const organisation: Organisation = {
    id: plan.id ?? randomUUID(),
    name: plan.name,
    shortCode: `!${plan.name.replace(/\W/g, '').slice(0, 5)}`,
    country: plan.country,
    base: plan.base,
    currencies: new Map([[plan.base, 1], ...Object.entries(plan.currencies ?? {})]),
    ...(plan.lockDate !== undefined && { lockDate: plan.lockDate }),
    tracking: Object.entries(plan.tracking ?? {}).map(([Name, options]) => ({
      TrackingCategoryID: randomUUID(),
      Name,
      Options: options.map((option) => ({ TrackingOptionID: randomUUID(), Name: option })),
    })),
    books,
    index: new Map(),
    files: new Map(),
    numbers: { Invoices: 0, CreditNotes: 0, Quotes: 0 },
  };
  const rates = RATES[plan.country];
  for (const [TaxType, Name, percent, way] of rates) ledger.put(organisation, 'TaxRates', rateOf(TaxType, Name, percent, way));
  const tax = { REVENUE: rates.find((one) => one[3] === 'sale')![0], EXPENSE: rates.find((one) => one[3] === 'purchase')![0] };
  for (const [Code, Name, Type, Class, more] of CHART) {
    ledger.put(organisation, 'Accounts', {
      ...{ AccountID: randomUUID(), Code, Name, Type, Class, Status: 'ACTIVE' },
      TaxType: Class === 'REVENUE' || Class === 'EXPENSE' ? tax[Class] : 'NONE',
      ...{ EnablePaymentsToAccount: false, ShowInExpenseClaims: false, HasAttachments: false, AddToWatchlist: false },
      ...(Type === 'BANK' && { CurrencyCode: plan.base }),
      ...more,
    });
  }
  return organisation;
}

export function rateOf(TaxType: string, Name: string, percent: number, way: 'sale' | 'purchase' | 'both'): Body {
  return {
    ...{ Name, TaxType, Status: 'ACTIVE', DisplayTaxRate: percent, EffectiveRate: percent },
    ReportTaxType: way === 'both' ? 'NONE' : way === 'sale' ? 'OUTPUT' : 'INPUT',
    CanApplyToAssets: true,
    CanApplyToEquity: true,
    CanApplyToExpenses: way !== 'sale',
    CanApplyToLiabilities: true,
    CanApplyToRevenue: way !== 'purchase',
    TaxComponents: [{ Name: 'Tax', Rate: percent, IsCompound: false, IsNonRecoverable: false }],
  };
}
