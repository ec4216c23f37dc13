import type { Json } from '#kit/fields.ts';
import type { Kind, Ledger, Organisation } from './ledger.ts';
import { money } from './reckoning.ts';
import { creditsOf, paymentsOf } from './settling.ts';
import { type Body, bodies, body, msDate, said } from './wire.ts';

export interface Showing {
  /** With lines and all: what a page and a single object have, and a list without `page` lacks. */
  full: boolean;
  decimals: 2 | 4;
}

/** An object as it goes over the wire. */
export function present(ledger: Ledger, of: Organisation, kind: Kind, object: Body, showing: Showing): Body {
  switch (kind) {
    case 'Contacts':
      return contact(object, showing);
    case 'Items':
      return item(object, showing);
    case 'Invoices':
      return invoice(ledger, of, object, showing);
    case 'CreditNotes':
      return creditNote(ledger, of, object, showing);
    case 'Quotes':
      return quote(ledger, of, object);
    case 'Payments':
      return payment(ledger, of, object);
    default:
      return timed(object);
  }
}

function timed(object: Body): Body {
  const { UpdatedDateUTC, ...rest } = object;
  const shown = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
  return UpdatedDateUTC === undefined || (shown.TaxType !== undefined && shown.EffectiveRate !== undefined)
    ? shown
    : { ...shown, UpdatedDateUTC: msDate(UpdatedDateUTC) };
}

const ADDRESSES = ['STREET', 'POBOX'];
const PHONES = ['DEFAULT', 'DDI', 'FAX', 'MOBILE'];

/** There are always two addresses and four phones, with empty texts. */
function contact(object: Body, { full }: Showing): Body {
  const { MergedToContactID, ...rest } = object;
  const addresses = ADDRESSES.map((type) => ({
    ...{ AddressType: type, City: '', Region: '', PostalCode: '', Country: '' },
    ...bodies(object.Addresses).find((one) => one.AddressType === type),
  }));
  const phones = PHONES.map((type) => ({
    ...{ PhoneType: type, PhoneNumber: '', PhoneAreaCode: '', PhoneCountryCode: '' },
    ...bodies(object.Phones).find((one) => one.PhoneType === type),
  }));
  return {
    ...timed(rest),
    ...(full && said(MergedToContactID) && { MergedToContactID: MergedToContactID! }),
    EmailAddress: object.EmailAddress ?? '',
    BankAccountDetails: object.BankAccountDetails ?? '',
    Addresses: addresses,
    Phones: phones,
    ContactGroups: [],
    ContactPersons: object.ContactPersons ?? [],
    IsSupplier: object.IsSupplier ?? false,
    IsCustomer: object.IsCustomer ?? false,
    HasAttachments: false,
    HasValidationErrors: false,
  };
}

function item(object: Body, { decimals }: Showing): Body {
  const { UpdatedDateUTC, ...rest } = timed(object);
  const details = (member: string) => {
    const { UnitPrice, ...others } = body(object[member]);
    return typeof UnitPrice === 'number' ? { UnitPrice: money(UnitPrice, decimals), ...others } : others;
  };
  // Items bear their time without an offset.
  const time = String(UpdatedDateUTC).replace('+0000', '');
  return { ...rest, PurchaseDetails: details('PurchaseDetails'), SalesDetails: details('SalesDetails'), UpdatedDateUTC: time };
}

function nested(ledger: Ledger, of: Organisation, ref: Json | undefined): Body {
  const found = ledger.get(of, 'Contacts', String(body(ref).ContactID));
  return {
    ContactID: body(ref).ContactID ?? '',
    Name: found?.Name ?? '',
    Addresses: ADDRESSES.map((AddressType) => ({ AddressType })),
    Phones: PHONES.map((PhoneType) => ({ PhoneType })),
    ContactGroups: [],
    ContactPersons: [],
    HasValidationErrors: false,
  };
}

function dated(object: Body, ...members: readonly string[]): Body {
  const shown: Body = {};
  for (const member of members) {
    const day = object[member];
    if (typeof day !== 'string') continue;
    shown[member] = msDate(day);
    if (member !== 'FullyPaidOnDate') shown[`${member}String`] = `${day}T00:00:00`;
  }
  return shown;
}

function linesOf(object: Body, { full, decimals }: Showing): Body[] {
  if (!full) return [];
  return bodies(object.LineItems).map(({ UnitAmount, ...line }) =>
    typeof UnitAmount === 'number' ? { ...line, UnitAmount: money(UnitAmount, decimals) } : line,
  );
}

function invoice(ledger: Ledger, of: Organisation, object: Body, showing: Showing): Body {
  const { Date: _date, DueDate: _due, FullyPaidOnDate: _paid, LineItems: _lines, Contact, ...rest } = object;
  return {
    ...timed(rest),
    ...dated(object, 'Date', 'DueDate', 'FullyPaidOnDate'),
    Contact: nested(ledger, of, Contact),
    LineItems: linesOf(object, showing),
    Payments: paymentsOf(ledger, of, 'Invoices', object).map(partOf),
    CreditNotes: creditsOf(ledger, of, object).map(({ note, amount, day }) => ({
      CreditNoteID: note.CreditNoteID!,
      ID: note.CreditNoteID!,
      CreditNoteNumber: note.CreditNoteNumber ?? '',
      Date: msDate(day),
      Total: note.Total!,
      AppliedAmount: amount,
      LineItems: [],
      HasErrors: false,
    })),
    Prepayments: bodies(object.Prepayments).map(dayed),
    Overpayments: bodies(object.Overpayments).map(dayed),
    HasAttachments: false,
    HasErrors: false,
    IsDiscounted: object.TotalDiscount !== undefined,
  };
}

const dayed = (one: Body): Body => ({ ...one, Date: msDate(one.Date) });

function partOf(payment: Body): Body {
  return {
    PaymentID: payment.PaymentID!,
    Date: msDate(payment.Date),
    Amount: payment.Amount!,
    ...(payment.Reference !== undefined && { Reference: payment.Reference }),
    CurrencyRate: payment.CurrencyRate!,
    HasAccount: false,
    HasValidationErrors: false,
  };
}

function creditNote(ledger: Ledger, of: Organisation, object: Body, showing: Showing): Body {
  const {
    Date: _date,
    DueDate: _due,
    FullyPaidOnDate: _paid,
    LineItems: _lines,
    Contact,
    Allocations,
    Url: _url,
    ...rest
  } = object;
  const { ExpectedPaymentDate: _expected, PlannedPaymentDate: _planned, ...shown } = timed(rest);
  return {
    ...shown,
    ...dated(object, 'Date', 'DueDate', 'FullyPaidOnDate'),
    ID: object.CreditNoteID!,
    Contact: nested(ledger, of, Contact),
    LineItems: linesOf(object, showing),
    Allocations: bodies(Allocations).map((one) => allocation(ledger, of, one)),
    Payments: paymentsOf(ledger, of, 'CreditNotes', object).map(partOf),
    HasAttachments: false,
    HasErrors: false,
  };
}

export function allocation(ledger: Ledger, of: Organisation, one: Body): Body {
  const invoice = ledger.get(of, 'Invoices', String(body(one.Invoice).InvoiceID));
  return {
    ...one,
    Date: msDate(one.Date),
    Invoice: {
      InvoiceID: invoice?.InvoiceID ?? '',
      InvoiceNumber: invoice?.InvoiceNumber ?? '',
      LineItems: [],
      HasErrors: false,
    },
    IsDeleted: false,
  };
}

function quote(ledger: Ledger, of: Organisation, object: Body): Body {
  const { Date: _date, ExpiryDate: _expiry, Contact, LineItems, ...rest } = object;
  const { ContactID, Name } = nested(ledger, of, Contact);
  const lines = bodies(LineItems).map(({ AccountID: _account, Item: _item, ...line }) => line);
  return {
    ...timed(rest),
    ...dated(object, 'Date', 'ExpiryDate'),
    Contact: { ContactID: ContactID!, Name: Name! },
    LineItems: lines,
  };
}

function payment(ledger: Ledger, of: Organisation, object: Body): Body {
  const { Date: _date, Account, Invoice, CreditNote, ...rest } = object;
  const account = ledger.get(of, 'Accounts', String(body(Account).AccountID));
  const shown: Body = {
    ...timed(rest),
    Date: msDate(object.Date),
    HasAccount: true,
    HasValidationErrors: false,
    Account: { AccountID: account?.AccountID ?? '', ...(account?.Code !== undefined && { Code: account.Code }) },
  };
  if (Invoice !== undefined) {
    const of_ = ledger.get(of, 'Invoices', String(body(Invoice).InvoiceID));
    shown.Invoice = {
      InvoiceID: of_?.InvoiceID ?? '',
      InvoiceNumber: of_?.InvoiceNumber ?? '',
      Type: of_?.Type ?? 'ACCREC',
      CurrencyCode: of_?.CurrencyCode ?? of.base,
      Contact: nested(ledger, of, of_?.Contact),
      LineItems: [],
      Payments: [],
      CreditNotes: [],
      Prepayments: [],
      Overpayments: [],
      HasErrors: false,
      IsDiscounted: false,
    };
  }
  if (CreditNote !== undefined) {
    const of_ = ledger.get(of, 'CreditNotes', String(body(CreditNote).CreditNoteID));
    shown.CreditNote = {
      CreditNoteID: of_?.CreditNoteID ?? '',
      ID: of_?.CreditNoteID ?? '',
      CreditNoteNumber: of_?.CreditNoteNumber ?? '',
      Type: of_?.Type ?? 'ACCRECCREDIT',
      CurrencyCode: of_?.CurrencyCode ?? of.base,
      Contact: nested(ledger, of, of_?.Contact),
      LineItems: [],
      HasErrors: false,
    };
  }
  return shown;
}
