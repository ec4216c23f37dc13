import type { OrganisationPlan } from './organisation.ts';
import type { Seed } from './seed.ts';

/** Two firms of one owner: the bookshop with its ledger, and the bindery that has just begun. */
export const DEMO_ORGANISATIONS: readonly OrganisationPlan[] = [
  {
    id: '5b1c6a52-0e3f-4f0b-9d61-0c7e3b5f1a01',
    name: 'Quayside Books Ltd',
    country: 'GB',
    base: 'GBP',
    currencies: { EUR: 1.17, USD: 1.27, JPY: 189.4 },
    tracking: { Region: ['North', 'South'], Channel: ['Shop', 'Online'] },
  },
  {
    id: '5b1c6a52-0e3f-4f0b-9d61-0c7e3b5f1a02',
    name: 'Quayside Bindery',
    country: 'NZ',
    base: 'NZD',
  },
];

const line = (Description: string, Quantity: number, UnitAmount: number, more = {}) => ({
  ...{ Description, Quantity, UnitAmount, AccountCode: '200' },
  ...more,
});

/** The books of the first: every kind and every state there is. */
export const DEMO_BOOKS: Seed = {
  Contacts: [
    {
      Name: 'Harbour Hotel',
      FirstName: 'Maeve',
      LastName: 'Quinn',
      EmailAddress: 'accounts@harbour.example',
      Phones: [{ PhoneType: 'DEFAULT', PhoneCountryCode: '44', PhoneAreaCode: '20', PhoneNumber: '7946 0101' }],
      Addresses: [
        { AddressType: 'POBOX', AddressLine1: '1 Pier Road', City: 'Whitby', PostalCode: 'YO21 1AA', Country: 'United Kingdom' },
      ],
    },
    { Name: 'Librairie du Port', EmailAddress: 'compta@port.example', DefaultCurrency: 'EUR' },
    { Name: 'Paper Mill & Sons', EmailAddress: 'sales@mill.example' },
    { Name: 'The Closed Shop', ContactStatus: 'ARCHIVED' },
  ],
  Items: [
    {
      Code: 'ATLAS',
      Name: 'Atlas of Tides',
      Description: 'Atlas of Tides, hardback',
      SalesDetails: { UnitPrice: 39.5, AccountCode: '200' },
    },
    {
      Code: 'BIND',
      Name: 'Binding',
      SalesDetails: { UnitPrice: 12.3456, AccountCode: '260' },
      PurchaseDetails: { UnitPrice: 8, AccountCode: '310' },
    },
  ],
  Invoices: [
    {
      ...{
        Type: 'ACCREC',
        InvoiceNumber: 'INV-0001',
        Contact: { Name: 'Harbour Hotel' },
        Date: '2026-01-12',
        DueDate: '2026-02-11',
      },
      ...{ Status: 'AUTHORISED', Reference: 'Spring order' },
      LineItems: [
        line('Atlas of Tides', 3, 39.5, { ItemCode: 'ATLAS', Tracking: [{ Name: 'Region', Option: 'North' }] }),
        line('Delivery', 1, 7.25),
      ],
    },
    {
      ...{
        Type: 'ACCREC',
        InvoiceNumber: 'INV-0002',
        Contact: { Name: 'Librairie du Port' },
        Date: '2026-02-03',
        DueDate: '2026-03-05',
      },
      ...{ Status: 'AUTHORISED', CurrencyCode: 'EUR', LineAmountTypes: 'Inclusive' },
      LineItems: [line('Charts', 12, 24.99, { DiscountRate: 10 })],
    },
    {
      ...{
        Type: 'ACCPAY',
        InvoiceNumber: 'M-778',
        Contact: { Name: 'Paper Mill & Sons' },
        Date: '2026-02-10',
        DueDate: '2026-03-10',
      },
      ...{ Status: 'AUTHORISED' },
      LineItems: [{ Description: 'Paper', Quantity: 20, UnitAmount: 4.155, AccountCode: '310' }],
    },
    {
      ...{
        Type: 'ACCREC',
        InvoiceNumber: 'INV-0003',
        Contact: { Name: 'Harbour Hotel' },
        Date: '2026-02-20',
        DueDate: '2026-03-22',
      },
      ...{ Status: 'VOIDED' },
      LineItems: [line('Mistake', 1, 100)],
    },
    { Type: 'ACCREC', Contact: { Name: 'Harbour Hotel' }, Date: '2026-02-25', LineItems: [line('Still to be agreed', 1, 250)] },
  ],
  Quotes: [
    {
      Contact: { Name: 'Harbour Hotel' },
      Date: '2026-02-01',
      ExpiryDate: '2026-03-01',
      Title: 'Library',
      Status: 'ACCEPTED',
      LineItems: [line('Shelf of atlases', 10, 35)],
    },
    { Contact: { Name: 'Librairie du Port' }, Date: '2026-02-15', LineItems: [line('Charts', 5, 22.5)] },
  ],
  CreditNotes: [
    {
      ...{
        Type: 'ACCRECCREDIT',
        CreditNoteNumber: 'CN-0001',
        Contact: { Name: 'Harbour Hotel' },
        Date: '2026-02-14',
        Status: 'AUTHORISED',
      },
      LineItems: [line('One atlas returned', 1, 39.5)],
    },
  ],
  Payments: [
    {
      Invoice: { InvoiceNumber: 'INV-0001' },
      Account: { Code: '090' },
      Date: '2026-02-09',
      Amount: 50,
      Reference: 'Bank transfer',
    },
    { Invoice: { InvoiceNumber: 'INV-0002' }, Account: { Code: '091' }, Date: '2026-02-20', Amount: 269.89 },
  ],
};
