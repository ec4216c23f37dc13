/** Customers and items: their names are unique, and they are made inactive rather than deleted. */
import type { Books, Entity } from './company.ts';
import { badReference, duplicateName, missing, notFound, rule, tooLong, unsupported } from './faults.ts';
import { type Thing, text, thing } from './thing.ts';

/** Three lists share their names. */
const SHARED: readonly Entity[] = ['Customer', 'Vendor', 'Employee'];

const PARTS = ['Title', 'GivenName', 'MiddleName', 'FamilyName', 'Suffix'] as const;

const LONGEST: { readonly [member: string]: number } = {
  Title: 16,
  GivenName: 100,
  MiddleName: 100,
  FamilyName: 100,
  Suffix: 16,
  CompanyName: 100,
  DisplayName: 500,
  Notes: 2000,
  Name: 100,
  Sku: 100,
  Description: 4000,
};

export function checkLengths(body: Thing): void {
  for (const [member, most] of Object.entries(LONGEST)) if (text(body[member]).length > most) throw tooLong(member, most);
  const address = text(thing(body.PrimaryEmailAddr).Address);
  if (address.length > 100) throw tooLong('PrimaryEmailAddr', 100);
  if (address !== '' && !/^[^\s@]+@[^\s@]+$/.test(address))
    throw rule('Email Address does not conform to the syntax rules of RFC 822.');
  for (const phone of ['PrimaryPhone', 'AlternatePhone', 'Mobile', 'Fax']) {
    if (text(thing(body[phone]).FreeFormNumber).length > 30) throw tooLong(phone, 30);
  }
}

/** A customer, vendor or employee as it will be kept. `own`: the one that is changed. */
export function settleParty(books: Books, entity: Entity, wanted: Thing, own?: Thing): Thing {
  checkLengths(wanted);
  const party: Thing = { ...wanted };
  const parts = PARTS.map((part) => text(party[part])).filter((part) => part !== '');
  if (text(party.DisplayName) === '') {
    if (own !== undefined || parts.length === 0) throw missing('DisplayName');
    party.DisplayName = parts.join(' ');
  }
  if (/[:\t\n]/.test(text(party.DisplayName))) throw rule('Name contains an invalid character: a colon, a tab or a new line.');
  leaveOrReturn(party, own, 'DisplayName', (name) => isTaken(books, SHARED, 'DisplayName', name, own));
  if (isTaken(books, SHARED, 'DisplayName', text(party.DisplayName), own)) throw duplicateName();
  if (entity !== 'Customer') return party;
  const parent = text(thing(party.ParentRef).value);
  if (parent !== '' && books.find('Customer', parent) === undefined) throw badReference('ParentRef', parent);
  const above = parent === '' ? '' : `${text(books.find('Customer', parent)?.FullyQualifiedName)}:`;
  const { currency, multicurrency } = books.character;
  const wantedCurrency = text(thing(party.CurrencyRef).value) || currency;
  if (wantedCurrency !== currency && !multicurrency) throw rule('The currency is not one of this company: multicurrency is off.');
  const before = text(thing(own?.CurrencyRef).value);
  if (before !== '' && before !== wantedCurrency) throw rule('Currency of a customer cannot be changed.');
  return {
    Taxable: true,
    BillWithParent: false,
    Balance: 0,
    BalanceWithJobs: 0,
    PreferredDeliveryMethod: 'Print',
    Active: true,
    IsProject: false,
    ...party,
    Job: parent !== '',
    FullyQualifiedName: above + text(party.DisplayName),
    PrintOnCheckName: text(wanted.PrintOnCheckName) || text(wanted.CompanyName) || text(party.DisplayName),
    CurrencyRef: { value: wantedCurrency, name: wantedCurrency },
  };
}

const TYPES = ['Service', 'Inventory', 'NonInventory', 'Group', 'Category'];

/** An item as it will be kept. */
export function settleItem(books: Books, wanted: Thing, own?: Thing): Thing {
  checkLengths(wanted);
  const item: Thing = { ...wanted };
  if (text(item.Name) === '') throw missing('Name');
  if (/[:\t\n]/.test(text(item.Name))) throw rule('Name contains an invalid character: a colon, a tab or a new line.');
  item.Type ??= 'Service';
  if (!TYPES.includes(text(item.Type))) throw unsupported('Type', 'Item');
  if (own !== undefined && own.Type !== item.Type) throw rule('The type of an item cannot be changed.');
  const income = text(thing(item.IncomeAccountRef).value);
  if (item.Type !== 'Category' && item.Type !== 'Group') {
    if (income === '') throw missing('IncomeAccountRef');
    if (books.find('Account', income) === undefined) throw badReference('IncomeAccountRef', income);
    item.IncomeAccountRef = { value: income, name: text(books.find('Account', income)?.Name) };
  }
  leaveOrReturn(item, own, 'Name', (name) => isTaken(books, ['Item'], 'Name', name, own));
  if (isTaken(books, ['Item'], 'Name', text(item.Name), own)) throw duplicateName();
  return { Active: true, UnitPrice: 0, Taxable: false, TrackQtyOnHand: false, ...item, FullyQualifiedName: text(item.Name) };
}

/** Whoever is made inactive leaves the name to others; whoever comes back keeps the longer name until somebody says another. */
function leaveOrReturn(wanted: Thing, own: Thing | undefined, member: string, taken: (name: string) => boolean): void {
  if (own === undefined || own.Active === false || wanted.Active !== false) return;
  const name = text(wanted[member]);
  let left = `${name} (deleted)`;
  for (let n = 2; taken(left); n++) left = `${name} (deleted ${n})`;
  wanted[member] = left;
}

function isTaken(books: Books, lists: readonly Entity[], member: string, name: string, own: Thing | undefined): boolean {
  const wanted = name.toLowerCase();
  for (const list of lists)
    for (const one of books.all(list)) if (one !== own && text(one[member]).toLowerCase() === wanted) return true;
  return false;
}

/** Somebody who can be named in a new document. */
export function living(books: Books, entity: Entity, id: string): Thing {
  const found = books.find(entity, id);
  if (found === undefined) throw badReference(`${entity}Ref`, id);
  if (found.Active === false) throw notFound();
  return found;
}
