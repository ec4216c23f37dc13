import nock from 'nock';
import type { Json, Values } from '#kit/fields.ts';
import { startEmulators } from '../../emulators/index.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import type { Xero } from '../../emulators/xero/contract.ts';
import type { Kind } from '../../emulators/xero/ledger.ts';
import { rateOf } from '../../emulators/xero/organisation.ts';
import type { Body } from '../../emulators/xero/wire.ts';
import type { StreamDriver, World } from '../world.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const ORGANISATION = 'c0ffee00-0000-4000-8000-000000000001';
const ADA = 'c0ffee00-0000-4000-8000-00000000000a';
const BOB = 'c0ffee00-0000-4000-8000-00000000000b';
const INVOICE = 'c0ffee00-0000-4000-8000-00000000000c';
const BILL = 'c0ffee00-0000-4000-8000-00000000000d';
const SETTINGS = { tenant: ORGANISATION, currency: 'GBP', country: 'GB', shortCode: '!Books' };

/** What differs from stream to stream. */
type Ways = (on: Xero) => Pick<World, 'misfit'> & Partial<World>;

/** An instant some minutes before now, a different one for each row: nothing of it lies where readings overlap. */
const before = (n: number): string => new Date(NOW - (n + 10) * 60_000).toISOString();

async function open(kind: Kind, ways: Ways): Promise<World> {
  const clock = createClock(NOW);
  const on = await startEmulators({
    clock,
    // The judge of traffic takes the number of an invoice that is created for its id: numbered creations are proven here alone.
    ...(kind === 'Invoices' && { traffic: null }),
    xero: {
      organisations: [
        {
          ...{ id: ORGANISATION, name: 'Books', country: 'GB', base: 'GBP', currencies: { EUR: 1.17, USD: 1.27 } },
          tracking: { Region: ['North', 'South'] },
        },
      ],
    },
  });
  const { xero } = on;
  let tokens = xero.grant();
  let revoked = false;
  const misfits = new Set<string>();
  const ways_ = ways(xero);
  const idOf = (object: Body) => String(object[{ ...IDS }[kind]]);
  return {
    base: on.hosts.xero!,
    now: clock.now,
    turn: clock.turn,
    settings: SETTINGS,
    token: async (refused) => {
      if (refused === tokens.accessToken && !revoked) tokens = xero.grant();
      return tokens.accessToken;
    },
    account: { id: ORGANISATION, title: 'Books', settings: SETTINGS },
    ids: () =>
      xero
        .list(kind)
        .filter((one) => one.Status !== 'DELETED' && !misfits.has(idOf(one)))
        .toSorted((a, b) => Number(a.UpdatedDateUTC) - Number(b.UpdatedDateUTC))
        .map(idOf),
    revoke: () => {
      revoked = true;
      xero.revoke();
    },
    expireAccess: () => xero.expireAccess(),
    fault: (operation, trouble) => xero.faults.add({ ...trouble, operation }),
    calls: (operation) => (operation === undefined ? xero.counters.total() : (xero.counters.calls[operation] ?? 0)),
    overlaps: () => xero.counters.overlappingWrites,
    close: () => on.close(),
    ...ways_,
    misfit: () => {
      const id = ways_.misfit();
      misfits.add(id);
      return id;
    },
  };
}

const IDS: { readonly [kind in Kind]: string } = {
  Accounts: 'AccountID',
  TaxRates: 'TaxType',
  Contacts: 'ContactID',
  Items: 'ItemID',
  Invoices: 'InvoiceID',
  CreditNotes: 'CreditNoteID',
  Quotes: 'QuoteID',
  Payments: 'PaymentID',
};

/** An address at which every page is full and the same, and every other list has one thing twice. */
function repeating(plural: Kind, size: number): StreamDriver['repeating'] {
  return () => {
    const host = 'http://xero.repeating.test';
    const id = (n: number) => `c0ffee00-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const rows = Array.from({ length: size }, (_, i) => ({
      [IDS[plural]]: id(size === 2 ? 1 : i),
      UpdatedDateUTC: '/Date(1772359200000+0000)/',
    }));
    nock(host)
      .persist()
      .get(/.*/)
      .reply(200, { Id: id(0), Status: 'OK', [plural]: rows });
    return { base: { api: host, identity: host, login: host }, end: () => nock.cleanAll() };
  };
}

const edited = (on: Xero, kind: Kind, id: string, changes: Body) => void on.edit(kind, id, changes);

export const contacts: StreamDriver = {
  rows: { read: 1_010, write: 60 },
  open: (rows) =>
    open('Contacts', (on) => {
      on.seed({
        Contacts: Array.from({ length: rows }, (_, n) => ({
          ...{ Name: `Firm ${n}`, EmailAddress: `firm${n}@example.com`, UpdatedDateUTC: before(rows - n) },
          Phones: [{ PhoneType: 'DEFAULT', PhoneCountryCode: '44', PhoneAreaCode: '20', PhoneNumber: `79460${n}` }],
        })),
      });
      return {
        edit: (id) => edited(on, 'Contacts', id, { FirstName: `Edited ${on.clock.now()}` }),
        decorate: (id) => {
          const contact = on.get('Contacts', id)!;
          const street = { AddressType: 'STREET', AttentionTo: 'The porter', City: 'Bath' };
          edited(on, 'Contacts', id, {
            BankAccountDetails: '01-0123',
            SalesDefaultAccountCode: '200',
            Addresses: [street],
            Phones: [...(contact.Phones as Json[])],
          });
        },
        decoration: (id) => {
          const text = JSON.stringify(on.get('Contacts', id));
          return ['01-0123', 'SalesDefaultAccountCode', 'The porter'].filter((one) => text.includes(one)).join();
        },
        misfit: () =>
          String(
            on.plant('Contacts', { ContactID: crypto.randomUUID(), Name: 'x'.repeat(300), ContactStatus: 'ACTIVE' }).ContactID,
          ),
      };
    }),
  values: {
    one: {
      firstName: 'Zoë',
      lastName: 'Ó Briain',
      name: 'Ferries Ltd',
      email: 'zoe@ferries.example',
      accountNumber: 'F-1',
      companyNumber: 'IE 12',
      taxNumber: 'IE1234567A',
      currency: 'EUR',
      phones: [
        { value: '+35315550100', type: 'default' },
        { value: '+35315550101', type: 'mobile' },
      ],
      addresses: [
        { type: 'pobox', street: '1 Quay\n2nd floor', city: 'Cork', region: 'Munster', postalCode: 'T12', country: 'Ireland' },
        { type: 'street', city: 'Cobh' },
      ],
      people: [{ firstName: 'Ann', lastName: 'A', email: 'ann@ferries.example', included: true }],
    },
    other: {
      firstName: 'Zoe',
      lastName: 'O’Brien',
      name: 'Lighthouses plc',
      email: 'zoe@lamp.example',
      accountNumber: 'L-2',
      companyNumber: 'IE 13',
      taxNumber: 'IE7654321B',
      currency: 'USD',
      phones: [{ value: '+35315550199', type: 'ddi' }],
      addresses: [{ type: 'street', street: 'The Rock', country: 'Ireland' }],
      people: [
        { firstName: 'Bob', email: 'bob@lamp.example' },
        { lastName: 'C', email: 'c@lamp.example' },
      ],
    },
  },
  neverBlank: ['name', 'currency'],
  fresh: (n) => ({ name: `Another firm ${n}` }),
  impossible: { field: 'name', fields: { name: 'x'.repeat(256) } },
  operations: { list: 'getContacts', fetch: 'getContacts', create: 'createContacts', update: 'updateOrCreateContacts' },
  repeating: repeating('Contacts', 1_000),
};

export const items: StreamDriver = {
  rows: { read: 600, write: 60 },
  open: (rows) =>
    open('Items', (on) => {
      on.seed({
        Items: Array.from({ length: rows }, (_, n) => ({
          ...{ ItemID: `c0ffee00-0000-4000-8000-1${String(n).padStart(11, '0')}`, UpdatedDateUTC: before(rows - n) },
          ...{ Code: `I${n}`, Name: `Item ${n}`, SalesDetails: { UnitPrice: 1.2345, AccountCode: '200' } },
        })),
      });
      return {
        edit: (id) => edited(on, 'Items', id, { Name: `Edited ${on.clock.now()}` }),
        delete: (id) => on.delete('Items', id),
        decorate: (id) =>
          edited(on, 'Items', id, {
            PurchaseDetails: { COGSAccountCode: '310' },
            SalesDetails: { UnitPrice: 3, COGSAccountCode: '429' },
          }),
        decoration: (id) => (JSON.stringify(on.get('Items', id)).match(/COGSAccountCode":"\d+/g) ?? []).sort().join(),
        misfit: () => String(on.plant('Items', { ItemID: crypto.randomUUID(), Code: 'x'.repeat(40) }).ItemID),
      };
    }),
  values: {
    one: {
      name: 'Atlas',
      description: 'Hardback',
      code: 'ATLAS',
      purchaseDescription: 'From the printer',
      salePrice: { amount: '39.5', currency: 'GBP' },
      saleAccount: '200',
      saleTaxType: 'OUTPUT2',
      purchasePrice: { amount: '12.3456', currency: 'GBP' },
      purchaseAccount: '310',
      purchaseTaxType: 'INPUT2',
    },
    other: {
      name: 'Chart',
      description: 'Folded',
      code: 'CHART',
      purchaseDescription: 'From the drawer',
      salePrice: { amount: '9.99', currency: 'GBP' },
      saleAccount: '260',
      saleTaxType: 'NONE',
      purchasePrice: { amount: '4', currency: 'GBP' },
      purchaseAccount: '429',
      purchaseTaxType: 'NONE',
    },
  },
  neverBlank: ['code', 'salePrice', 'purchasePrice'],
  fresh: (n) => ({ code: `NEW${n}` }),
  impossible: { field: 'code', fields: { code: 'x'.repeat(31) } },
  operations: { list: 'getItems', fetch: 'getItem', create: 'createItems', update: 'updateOrCreateItems', remove: 'deleteItem' },
  repeating: repeating('Items', 2),
};

const line = (Description: string, Quantity: number, UnitAmount: number): Body => ({
  Description,
  Quantity,
  UnitAmount,
  AccountCode: '200',
});

function people(on: Xero): void {
  on.seed({
    Contacts: [
      { ContactID: ADA, Name: 'Ada & Co', EmailAddress: 'ada@example.com' },
      { ContactID: BOB, Name: 'Bob & Co', EmailAddress: 'bob@example.com' },
    ],
  });
}

const money = (amount: string) => ({ amount, currency: 'EUR' });
const oneLines = [
  {
    ...{ description: 'Atlas', quantity: 3, unitAmount: money('39.5'), discountRate: 10, taxType: 'OUTPUT2', accountCode: '200' },
    tracking: [{ category: 'Region', option: 'North' }],
  },
  { description: 'Charts', quantity: 2, unitAmount: money('7.1234'), taxType: 'NONE', accountCode: '260' },
];
const otherLines = [{ description: 'Binding', quantity: -1.5, unitAmount: money('12'), taxType: 'OUTPUT2', accountCode: '200' }];

const one: Values = {
  reference: 'Deal 1',
  contact: ADA,
  date: '2026-02-01',
  status: 'DRAFT',
  taxMode: 'Exclusive',
  currency: 'EUR',
  currencyRate: 1.2,
  lines: oneLines,
};

const other: Values = {
  reference: 'Deal 2',
  contact: BOB,
  date: '2026-02-02',
  status: 'DRAFT',
  taxMode: 'Inclusive',
  currency: 'EUR',
  currencyRate: 1.3,
  lines: otherLines,
};

const LASTING = [
  'number',
  'kind',
  'contact',
  'date',
  'expires',
  'dueDate',
  'status',
  'taxMode',
  'currency',
  'currencyRate',
  'lines',
];
const least = () => ({ contact: ADA, date: '2026-02-01', status: 'DRAFT', lines: [{ description: 'One' }] });

/** Somebody else writes a member that the stream does not declare. */
const decorated = (on: Xero, kind: Kind): Pick<World, 'decorate' | 'decoration'> => ({
  decorate: (id) => edited(on, kind, id, { BrandingThemeID: '4c82c365-35cb-467f-bb11-dce1f2f2f67c' }),
  decoration: (id) => String(on.get(kind, id)?.BrandingThemeID ?? ''),
});

export const quotes: StreamDriver = {
  rows: { read: 250, write: 60 },
  open: (rows) =>
    open('Quotes', (on) => {
      people(on);
      on.seed({
        Quotes: Array.from({ length: rows }, (_, n) => ({
          ...{
            Contact: { ContactID: ADA },
            Date: '2026-01-01',
            LineItems: [line('Shelf', 1, n + 1)],
            UpdatedDateUTC: before(rows - n),
          },
        })),
      });
      return {
        edit: (id) => edited(on, 'Quotes', id, { Summary: `Edited ${on.clock.now()}` }),
        delete: (id) => on.delete('Quotes', id),
        ...decorated(on, 'Quotes'),
        misfit: () => {
          const [quote] = on.list('Quotes');
          return String(on.plant('Quotes', { ...quote!, QuoteID: crypto.randomUUID(), Title: 'x'.repeat(300) }).QuoteID);
        },
      };
    }),
  values: {
    one: { title: 'Library', summary: 'Shelves', ...one, number: 'Q-1', expires: '2026-03-01', terms: 'None' },
    other: { title: 'Study', summary: 'Desks', ...other, number: 'Q-2', expires: '2026-04-01', terms: 'Some' },
  },
  neverBlank: LASTING,
  fresh: least,
  given: ['id', 'lineAmount'],
  impossible: { field: 'date', fields: { date: '2026-02-30' } },
  operations: {
    list: 'getQuotes',
    fetch: 'getQuote',
    create: 'createQuotes',
    update: 'updateOrCreateQuotes',
    remove: 'updateOrCreateQuotes',
  },
  repeating: repeating('Quotes', 100),
};

export const invoices: StreamDriver = {
  rows: { read: 1_010, write: 60 },
  open: (rows) =>
    open('Invoices', (on) => {
      people(on);
      on.seed({
        Invoices: Array.from({ length: rows }, (_, n) => ({
          ...{ Type: n % 5 === 4 ? 'ACCPAY' : 'ACCREC', Contact: { ContactID: ADA }, Date: '2026-01-01', DueDate: '2026-02-01' },
          ...{
            LineItems: [{ ...line('Atlas', 1, n + 1), AccountCode: n % 5 === 4 ? '310' : '200' }],
            UpdatedDateUTC: before(rows - n),
          },
        })),
      });
      return {
        edit: (id) => edited(on, 'Invoices', id, { Url: `https://edited.example/${on.clock.now()}` }),
        delete: (id) => on.delete('Invoices', id),
        ...decorated(on, 'Invoices'),
        misfit: () => {
          const [invoice] = on.list('Invoices');
          return String(
            on.plant('Invoices', { ...invoice!, InvoiceID: crypto.randomUUID(), InvoiceNumber: 'x'.repeat(300) }).InvoiceID,
          );
        },
      };
    }),
  values: {
    one: { link: 'https://crm.example/1', ...one, number: 'A-1', kind: 'sale', dueDate: '2026-03-01', sent: true },
    other: {
      link: 'https://crm.example/2',
      ...other,
      number: 'A-2',
      kind: 'sale',
      dueDate: '2026-03-02',
      sent: true,
      status: 'SUBMITTED',
    },
  },
  neverBlank: LASTING,
  fresh: () => ({ ...least(), kind: 'sale' }),
  given: ['id', 'lineAmount'],
  impossible: { field: 'date', fields: { date: '2026-02-30' } },
  operations: {
    list: 'getInvoices',
    fetch: 'getInvoices',
    create: 'createInvoices',
    update: 'updateOrCreateInvoices',
    remove: 'updateOrCreateInvoices',
  },
  repeating: repeating('Invoices', 1_000),
};

export const creditNotes: StreamDriver = {
  rows: { read: 1_010, write: 60 },
  open: (rows) =>
    open('CreditNotes', (on) => {
      people(on);
      on.seed({
        CreditNotes: Array.from({ length: rows }, (_, n) => ({
          ...{
            Type: 'ACCRECCREDIT',
            Contact: { ContactID: ADA },
            Date: '2026-01-01',
            LineItems: [line('Back', 1, n + 1)],
            UpdatedDateUTC: before(rows - n),
          },
        })),
      });
      return {
        edit: (id) => edited(on, 'CreditNotes', id, { Reference: `Edited ${on.clock.now()}` }),
        delete: (id) => on.delete('CreditNotes', id),
        ...decorated(on, 'CreditNotes'),
        misfit: () => {
          const [note] = on.list('CreditNotes');
          return String(
            on.plant('CreditNotes', { ...note!, CreditNoteID: crypto.randomUUID(), CreditNoteNumber: 'x'.repeat(300) })
              .CreditNoteID,
          );
        },
      };
    }),
  values: {
    one: { ...one, kind: 'sale', number: 'C-1', lines: oneLines.map(({ discountRate: _, ...rest }: Values) => rest) },
    other: { ...other, kind: 'sale', number: 'C-2', status: 'SUBMITTED' },
  },
  neverBlank: LASTING,
  apart: ['allocations'],
  fresh: () => ({ ...least(), kind: 'sale' }),
  given: ['id', 'lineAmount'],
  impossible: { field: 'date', fields: { date: '2026-02-30' } },
  operations: {
    list: 'getCreditNotes',
    fetch: 'getCreditNote',
    create: 'createCreditNotes',
    update: 'updateOrCreateCreditNotes',
    remove: 'updateOrCreateCreditNotes',
  },
  repeating: repeating('CreditNotes', 1_000),
};

export const payments: StreamDriver = {
  rows: { read: 1_010, write: 20 },
  open: (rows) =>
    open('Payments', (on) => {
      people(on);
      const invoice = {
        Type: 'ACCREC',
        Contact: { ContactID: ADA },
        Date: '2026-01-01',
        DueDate: '2026-02-01',
        Status: 'AUTHORISED',
      };
      on.seed({
        Invoices: [
          { ...invoice, InvoiceID: INVOICE, CurrencyCode: 'EUR', LineItems: [line('Atlas', 1, 1_000_000)] },
          { ...invoice, InvoiceID: BILL, Type: 'ACCPAY', LineItems: [{ ...line('Paper', 1, 1_000_000), AccountCode: '310' }] },
        ],
        Payments: Array.from({ length: rows }, (_, n) => ({
          ...{
            Invoice: { InvoiceID: n % 4 === 3 ? BILL : INVOICE },
            Account: { Code: '090' },
            Date: '2026-02-01',
            Amount: n + 1,
          },
          UpdatedDateUTC: before(rows - n),
        })),
      });
      return {
        edit: (id) => edited(on, 'Payments', id, { Reference: `Edited ${on.clock.now()}` }),
        delete: (id) => on.delete('Payments', id),
        misfit: () => {
          const [payment] = on.list('Payments');
          return String(
            on.plant('Payments', { ...payment!, PaymentID: crypto.randomUUID(), Reference: 'x'.repeat(5_000) }).PaymentID,
          );
        },
      };
    }),
  apart: ['status'],
  values: {
    one: {
      allocations: [{ invoice: INVOICE, amount: money('12.34') }],
      amount: money('12.34'),
      date: '2026-02-10',
      account: '090',
      reference: 'Card 1',
      kind: 'payment',
      currencyRate: 1.2,
    },
    other: {
      allocations: [{ invoice: INVOICE, amount: money('56.78') }],
      amount: money('56.78'),
      date: '2026-02-11',
      account: '091',
      reference: 'Card 2',
      kind: 'payment',
      currencyRate: 1.3,
    },
  },
  fixed: true,
  impossible: { field: 'date', fields: { date: '2026-02-30' } },
  operations: { list: 'getPayments', fetch: 'getPayment', create: 'createPayments', remove: 'deletePayment' },
  repeating: repeating('Payments', 1_000),
};

export const taxRates: StreamDriver = {
  rows: { read: 600, write: 0 },
  open: (rows) =>
    open('TaxRates', (on) => {
      for (let n = on.list('TaxRates').length; n < rows; n++)
        on.plant('TaxRates', rateOf(`TAX${String(n).padStart(4, '0')}`, `Tax ${n}`, n % 30, 'sale'));
      return {
        edit: (id) => edited(on, 'TaxRates', id, { Name: `Edited ${on.clock.now()}` }),
        delete: (id) => on.delete('TaxRates', id),
        misfit: () => String(on.plant('TaxRates', { ...rateOf('TAX9999', 'x'.repeat(5_000), 1, 'sale') }).TaxType),
      };
    }),
  operations: { list: 'getTaxRates', fetch: 'getTaxRateByTaxType' },
  repeating: repeating('TaxRates', 2),
};

export const accounts: StreamDriver = {
  rows: { read: 600, write: 0 },
  open: (rows) =>
    open('Accounts', (on) => {
      const add = (n: number, Name = `Account ${n}`) =>
        String(
          on.plant('Accounts', {
            AccountID: crypto.randomUUID(),
            Code: `${1000 + n}`,
            Name,
            Type: 'EXPENSE',
            Class: 'EXPENSE',
            TaxType: 'NONE',
            Status: 'ACTIVE',
          }).AccountID,
        );
      for (let n = on.list('Accounts').length; n < rows; n++) add(n);
      return {
        edit: (id) => edited(on, 'Accounts', id, { Description: `Edited ${on.clock.now()}` }),
        delete: (id) => on.delete('Accounts', id),
        misfit: () => add(rows, 'x'.repeat(200)),
      };
    }),
  operations: { list: 'getAccounts', fetch: 'getAccount' },
  repeating: repeating('Accounts', 2),
};
