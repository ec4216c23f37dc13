import nock from 'nock';
import type { Json, Values } from '#kit/fields.ts';
import { startEmulators } from '../../emulators/index.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import type { Entity } from '../../emulators/quickbooks/company.ts';
import type { Quickbooks } from '../../emulators/quickbooks/contract.ts';
import { type Thing, text } from '../../emulators/quickbooks/thing.ts';
import type { StreamDriver, World } from '../world.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const DAY = 86_400_000;

/** What differs from stream to stream: what there is, and what somebody else does to it. */
interface Ways {
  entity: Entity;
  /** The n-th row there is. */
  row(n: number): Thing;
  /** What it refers to. */
  before?(on: Quickbooks): void;
  edit(n: number): Thing;
  decorate?: Thing;
  misfit: Thing;
  /** Is it still counted? Names are made inactive, documents voided. */
  there?(row: Thing): boolean;
  /** Nothing tells of changes. */
  silent?: true;
  /** Documents of a company outside the US: each line names a tax code. */
  abroad?: true;
}

const AT_HOME = { country: 'US', taxes: 'us' } as const;
const ABROAD = { country: 'NZ', taxes: 'global' } as const;

async function open(ways: Ways, rows: number): Promise<World> {
  const home = ways.abroad ? ABROAD : AT_HOME;
  const clock = createClock(NOW - 2 * DAY);
  const on = await startEmulators({ clock, quickbooks: { companies: [{ with: 'empty', name: 'Conforming Ltd', ...home }] } });
  const { quickbooks } = on;
  const books = quickbooks.books();
  const { entity } = ways;
  ways.before?.(quickbooks);
  // A hundred to the second, as when a whole list is imported.
  for (let n = 1 + books.count(entity); n <= rows; n++) books.add(entity, ways.row(n), NOW - DAY + n * 10);
  clock.turn(2 * DAY);
  const misfits = new Set<string>();
  let tokens = quickbooks.grant();
  let revoked = false;
  const { realm } = books.character;
  return {
    base: on.hosts.quickbooks!,
    settings: { realm, currency: 'USD', taxes: home.taxes, timeZone: 'America/Los_Angeles' },
    now: clock.now,
    turn: clock.turn,
    token: async (refused) => {
      if (refused === tokens.accessToken && !revoked) tokens = quickbooks.grant();
      return tokens.accessToken;
    },
    account: {
      id: realm,
      title: 'Conforming Ltd',
      settings: {
        realm,
        country: home.country,
        currency: 'USD',
        multicurrency: false,
        numbersItself: true,
        taxes: home.taxes,
        timeZone: 'America/Los_Angeles',
      },
    },
    ids: () =>
      [...books.all(entity)]
        .filter((one) => !misfits.has(text(one.Id)) && (ways.there?.(one) ?? true))
        .map((one) => text(one.Id)),
    edit: (id) => void (quickbooks.books().find(entity, id) && editing(quickbooks, entity, id, ways.edit(clock.now()))),
    ...(ways.silent === undefined && { delete: (id: string) => books.remove(entity, id) }),
    ...(ways.decorate !== undefined && {
      decorate: (id: string) => void quickbooks.save(entity, { ...structuredClone(ways.decorate!), Id: id }),
      decoration: (id: string) => [...new Set(JSON.stringify(books.find(entity, id)).match(/by hand \w+/g))].sort().join(),
    }),
    misfit: () => {
      const id = text(books.add(entity, { ...ways.row(rows + 1), ...ways.misfit }, NOW - DAY).Id);
      misfits.add(id);
      return id;
    },
    forget: () => clock.turn(31 * DAY),
    revoke: () => {
      revoked = true;
      quickbooks.revoke();
    },
    expireAccess: () => quickbooks.expireAccess(),
    fault: (operation, trouble) => quickbooks.faults.add({ ...trouble, operation }),
    calls: (operation) => (operation === undefined ? quickbooks.counters.total() : (quickbooks.counters.calls[operation] ?? 0)),
    overlaps: () => quickbooks.counters.overlappingWrites,
    close: () => on.close(),
  };
}

/** Also of what the API lets nobody write. */
function editing(on: Quickbooks, entity: Entity, id: string, body: Thing): void {
  const kept = on.books().find(entity, id)!;
  Object.assign(kept, body);
  on.books().touch(entity, kept);
}

/** An address at which every page is the same full one. */
function repeating(entity: Entity, row: (n: number) => Thing): { base: World['base']; end(): void } {
  const host = 'http://quickbooks.repeating.test';
  const MetaData = { CreateTime: '2026-01-01T10:00:00-08:00', LastUpdatedTime: '2026-01-01T10:00:00-08:00' };
  const list = Array.from({ length: 1000 }, (_, i): Json => ({ ...row(i + 1), Id: String(i + 1), SyncToken: '0', MetaData }));
  const body = { QueryResponse: { [entity]: list, startPosition: 1, maxResults: 1000 }, time: '2026-03-01T02:00:00.000-08:00' };
  nock(host).persist().get(/.*/).reply(200, body);
  return { base: { api: host, oauth: host, appcenter: host, developer: host }, end: () => nock.cleanAll() };
}

function driver(ways: Ways, more: Partial<StreamDriver> = {}): StreamDriver {
  const entity = ways.entity.toLowerCase();
  return {
    rows: { read: 1_100, write: 65 },
    open: (rows) => open(ways, rows),
    operations: { list: 'query', fetch: 'query', create: `${entity}.write`, update: 'batch', remove: 'batch' },
    repeating: () => repeating(ways.entity, ways.row),
    ...more,
  };
}

const isActive = (row: Thing) => row.Active !== false;
const notVoid = (row: Thing) => !text(row.PrivateNote).startsWith('Voided');
const USD = { CurrencyRef: { value: 'USD' } };
const usd = (amount: string): Json => ({ amount, currency: 'USD' });

export const customers = driver(
  {
    entity: 'Customer',
    row: (n) => ({ DisplayName: `Customer ${n}`, FullyQualifiedName: `Customer ${n}`, Active: true, Balance: 0, ...USD }),
    edit: (n) => ({ Notes: `Edited elsewhere ${n}` }),
    decorate: {
      PrintOnCheckName: 'by hand check',
      ResaleNum: 'by hand resale',
      BillAddr: { Line1: '1 Main St', City: 'Bath', Note: 'by hand address' },
      PrimaryPhone: { FreeFormNumber: '(650) 555-0100' },
    },
    misfit: { Notes: 'x'.repeat(3_000) },
    there: isActive,
  },
  {
    values: {
      one: {
        note: 'Two lines\nof it',
        companyName: 'Ferries Ltd',
        title: 'Dr.',
        givenName: 'Zoë',
        middleName: 'M.',
        familyName: 'Ó Briain',
        suffix: 'Jr.',
        accountNumber: 'F-1',
        taxNumber: '12-3456789',
        email: 'zoe@work.example',
        phones: [
          { value: '+353 1 555 0100', type: 'main' },
          { value: '+353 1 555 0101', type: 'mobile' },
        ],
        addresses: [
          {
            type: 'billing',
            street: '1 Quay\n2nd floor',
            city: 'Cork',
            region: 'Munster',
            postalCode: 'T12',
            country: 'Ireland',
          },
        ],
        website: 'https://ferries.example',
        term: '1',
        active: true,
        displayName: 'Ferries, unique',
      },
      other: {
        note: 'One line',
        companyName: 'Lighthouses plc',
        title: 'Prof.',
        givenName: 'Zoe',
        middleName: 'Mary',
        familyName: 'O’Brien',
        suffix: 'III',
        accountNumber: 'L-2',
        taxNumber: '98-7654321',
        email: 'zoe@home.example',
        phones: [{ value: '+353 1 555 0199', type: 'fax' }],
        addresses: [{ type: 'shipping', street: 'The Rock', country: 'Ireland' }],
        website: 'https://lamp.example',
        term: '2',
        active: false,
        displayName: 'Lighthouses, unique',
      },
    },
    fresh: (n) => ({ displayName: `Fresh ${n}` }),
    neverBlank: ['active'],
    impossible: { field: 'title', fields: { title: 'x'.repeat(17) } },
  },
);

export const items = driver(
  {
    entity: 'Item',
    row: (n) => ({
      Name: `Item ${n}`,
      Type: 'NonInventory',
      UnitPrice: 10,
      Active: true,
      Taxable: false,
      IncomeAccountRef: { value: '1' },
    }),
    edit: (n) => ({ Description: `Edited elsewhere ${n}` }),
    decorate: { ReorderPoint: 3, ClassRef: { value: 'by hand class' }, SubItem: false },
    misfit: { Description: 'x'.repeat(5_000) },
    there: isActive,
  },
  {
    values: {
      one: {
        description: 'A thing',
        sku: 'S-1',
        purchaseDescription: 'A thing bought',
        type: 'NonInventory',
        unitPrice: usd('19.95'),
        purchaseCost: usd('7.5'),
        incomeAccount: '1',
        expenseAccount: '3',
        taxable: true,
        active: true,
        name: 'Thing, unique',
      },
      other: {
        description: 'Another thing',
        sku: 'S-2',
        purchaseDescription: 'Another thing bought',
        type: 'NonInventory',
        unitPrice: usd('0.0125'),
        purchaseCost: usd('8'),
        incomeAccount: '2',
        expenseAccount: '4',
        taxable: false,
        active: false,
        name: 'Another thing, unique',
      },
    },
    fresh: (n) => ({ name: `Fresh ${n}` }),
    neverBlank: ['active', 'type', 'incomeAccount', 'taxable'],
    impossible: { field: 'type', fields: { type: 'Wishful' } },
  },
);

/** Two customers and two items, for documents to name. */
function parties(on: Quickbooks): void {
  for (const DisplayName of ['Alder', 'Birch']) on.save('Customer', { DisplayName });
  for (const Name of ['Item 1', 'Item 2']) on.save('Item', { Name, UnitPrice: 10, IncomeAccountRef: { value: '1' } });
}

const line = (id: string, item: string, quantity: number, price: string, amount: string): { [part: string]: Json } => ({
  ...{ id, kind: 'item', item, itemName: `Item ${item}`, description: `Line ${id}` },
  ...{ quantity, unitPrice: usd(price), amount: usd(amount), taxCode: '1' },
});

const ONE_LINES = [
  line('1', '1', 3, '19.99', '59.97'),
  { id: '2', kind: 'text', description: 'As agreed' },
  line('3', '2', 0.5, '10', '5'),
];
const OTHER_LINES = [line('1', '2', 1, '100', '100')];

const sold = (n: number, rest: Thing = {}): Thing => ({
  CustomerRef: { value: '1', name: 'Alder' },
  DocNumber: `S-${n}`,
  GlobalTaxCalculation: 'TaxExcluded',
  TxnDate: '2026-01-15',
  ...USD,
  Line: [
    {
      ...{ Id: '1', LineNum: 1, Amount: 10, DetailType: 'SalesItemLineDetail' },
      SalesItemLineDetail: { ItemRef: { value: '1', name: 'Item 1' }, Qty: 1, UnitPrice: 10, TaxCodeRef: { value: '1' } },
    },
    { Amount: 10, DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} },
  ],
  ...{
    TxnTaxDetail: { TotalTax: 0 },
    TotalAmt: 10,
    Balance: 10,
    EmailStatus: 'NotSet',
    PrintStatus: 'NeedToPrint',
    LinkedTxn: [],
  },
  ...rest,
});

const DECORATED: Thing = {
  TrackingNum: 'by hand tracking',
  ShipMethodRef: { value: 'by hand shipping' },
  Line: [
    {
      ...{ Id: '1', Amount: 10, DetailType: 'SalesItemLineDetail' },
      SalesItemLineDetail: {
        ItemRef: { value: '1' },
        ClassRef: { value: 'by hand class' },
        ...{ Qty: 1, UnitPrice: 10, TaxCodeRef: { value: '1' } },
      },
    },
    {
      Amount: 1,
      DetailType: 'DiscountLineDetail',
      Description: 'by hand discount',
      DiscountLineDetail: { PercentBased: true, DiscountPercent: 10 },
    },
  ],
};

const SALE = {
  one: {
    note: 'Internal',
    memo: 'Thank you',
    taxMode: 'exclusive',
    number: 'A-1',
    customer: '1',
    issued: '2026-02-01',
    email: 'alder@example.com',
    term: '1',
    lines: ONE_LINES,
  } as Values,
  other: {
    note: 'Still internal',
    memo: 'Thanks',
    taxMode: 'none',
    number: 'A-2',
    customer: '2',
    issued: '2026-02-02',
    email: 'birch@example.com',
    term: '2',
    lines: OTHER_LINES,
  } as Values,
};

/** What the books themselves keep of a document that nobody has settled. */
const KEPT: { readonly [entity in Entity]?: Thing } = {
  Estimate: { TxnStatus: 'Pending' },
  CreditMemo: { RemainingCredit: 10 },
};

function saleDriver(
  entity: Entity,
  one: Values,
  other: Values,
  more: { neverBlank: readonly string[]; apart?: readonly string[]; there?: Ways['there'] },
): StreamDriver {
  return driver(
    {
      entity,
      row: (n) => sold(n, KEPT[entity] ?? {}),
      before: parties,
      abroad: true,
      edit: (n) => ({ PrivateNote: `Edited elsewhere ${n}` }),
      decorate: DECORATED,
      misfit: { PrivateNote: 'x'.repeat(5_000) },
      ...(more.there && { there: more.there }),
    },
    {
      values: { one: { ...SALE.one, ...one }, other: { ...SALE.other, ...other } },
      fresh: () => ({ customer: '1', lines: OTHER_LINES }),
      neverBlank: ['number', 'issued', 'email', 'taxMode', ...more.neverBlank],
      ...(more.apart && { apart: more.apart }),
      impossible: { field: 'issued', fields: { issued: '2026-02-30' } },
    },
  );
}

export const invoices = saleDriver(
  'Invoice',
  { due: '2026-03-01' },
  { due: '2026-04-01' },
  { neverBlank: ['due'], apart: ['stage'], there: notVoid },
);

export const estimates = saleDriver(
  'Estimate',
  { status: 'Pending', expires: '2026-05-01', acceptedBy: 'Al', accepted: '2026-02-03' },
  { status: 'Accepted', expires: '2026-06-01', acceptedBy: 'Bea', accepted: '2026-02-04' },
  { neverBlank: ['status', 'expires', 'accepted'] },
);

export const creditMemos = saleDriver('CreditMemo', {}, {}, { neverBlank: [], apart: ['stage'], there: notVoid });

export const payments = driver(
  {
    entity: 'Payment',
    before: (on) => {
      parties(on);
      for (const n of [1, 2]) on.books().add('Invoice', sold(n, { TotalAmt: 200, Balance: 200 }), NOW - 2 * DAY);
    },
    row: () => ({
      CustomerRef: { value: '1', name: 'Alder' },
      TotalAmt: 5,
      UnappliedAmt: 5,
      TxnDate: '2026-01-20',
      ...USD,
      Line: [],
      LinkedTxn: [],
    }),
    edit: (n) => ({ PrivateNote: `Edited elsewhere ${n}` }),
    decorate: { TxnSource: 'by hand source', DepartmentRef: { value: 'by hand department' } },
    misfit: { PrivateNote: 'x'.repeat(5_000) },
    there: notVoid,
  },
  {
    values: {
      one: {
        note: 'By cheque',
        reference: 'CHK 77',
        customer: '1',
        amount: usd('100'),
        date: '2026-02-01',
        method: '2',
        account: '4',
        allocations: [{ document: 'Invoice/1', amount: usd('60.5') }],
      },
      other: {
        note: 'By card',
        reference: 'VISA',
        customer: '1',
        amount: usd('80.01'),
        date: '2026-02-02',
        method: '3',
        account: '3',
        allocations: [
          { document: 'Invoice/1', amount: usd('10') },
          { document: 'Invoice/2', amount: usd('50') },
        ],
      },
    },
    fresh: () => ({ customer: '1', amount: usd('5') }),
    neverBlank: ['date', 'account'],
    apart: ['status'],
    impossible: { field: 'date', fields: { date: '2026-02-30' } },
  },
);

export const terms = driver({
  entity: 'Term',
  row: (n) => ({ Name: `Net ${n}`, DueDays: n, Active: true, Type: 'STANDARD' }),
  edit: (n) => ({ Name: `Edited elsewhere ${n}` }),
  misfit: { Name: 'x'.repeat(300) },
});

export const taxCodes = driver(
  {
    entity: 'TaxCode',
    row: (n) => ({
      ...{ Name: `Code ${n}`, Active: true, Taxable: true, TaxGroup: true },
      SalesTaxRateList: { TaxRateDetail: [{ TaxRateRef: { value: '1', name: 'California' } }] },
    }),
    edit: (n) => ({ Name: `Edited elsewhere ${n}` }),
    misfit: { Name: 'x'.repeat(300) },
    silent: true,
  },
  // The rates.
  { beside: 1 },
);
