import { randomUUID } from 'node:crypto';
import { ID, type Ledger, type Organisation } from './ledger.ts';
import { complaints, RowError, tooLong } from './rows.ts';
import { type Body, body, said } from './wire.ts';

const SENT = ['Code', 'Name', 'Description', 'PurchaseDescription', 'IsSold', 'IsPurchased', 'InventoryAssetAccountCode'];
const PRICES = ['SalesDetails', 'PurchaseDetails'] as const;

/** Creates an item, or updates the one that `ItemID` or `Code` names. */
export function writeItem(ledger: Ledger, of: Organisation, row: Body, create: boolean, round: (price: number) => number): Body {
  const id = said(row.ItemID);
  const byCode = ledger.among(of, 'Items', 'code', said(row.Code) ?? '').find((one) => one.Code === row.Code);
  const old = create ? undefined : id === undefined ? byCode : ledger.get(of, 'Items', id);
  if (!create && id !== undefined && old === undefined) throw new RowError('Item with the given ItemID could not be found');
  const wrong = complaints();
  for (const message of tooLong(row, { Code: 30, Name: 50, Description: 4_000, PurchaseDescription: 4_000 })) {
    wrong.unless(false, message);
  }
  const item: Body = { ItemID: randomUUID(), IsSold: true, IsPurchased: true, ...old };
  for (const member of SENT) if (row[member] !== undefined) item[member] = row[member] === '' ? null : row[member]!;
  for (const member of PRICES)
    if (row[member] !== undefined) item[member] = priced(ledger, of, item, body(row[member]), member, round);
  wrong.unless(said(item.Code), 'Price List Item Code must be specified');
  const other = byCode !== undefined && byCode[ID.Items] !== item[ID.Items];
  wrong.unless(!other, `Price List Item with Code '${row.Code}' already exists`);
  wrong.end();
  item.IsTrackedAsInventory = said(item.InventoryAssetAccountCode) !== undefined;
  return ledger.put(of, 'Items', item);
}

function priced(
  ledger: Ledger,
  of: Organisation,
  item: Body,
  sent: Body,
  member: (typeof PRICES)[number],
  round: (price: number) => number,
): Body {
  const details: Body = { ...body(item[member]), ...sent };
  for (const [name, value] of Object.entries(details)) if (value === null || value === '') delete details[name];
  if (typeof details.UnitPrice === 'number') details.UnitPrice = round(details.UnitPrice);
  const code = said(details.AccountCode);
  if (code !== undefined && !ledger.list(of, 'Accounts').some((one) => one.Code === code)) {
    throw new RowError(`Account code '${code}' is not a valid code`);
  }
  const tax = said(details.TaxType);
  if (tax !== undefined && ledger.get(of, 'TaxRates', tax)?.Status !== 'ACTIVE') {
    throw new RowError(`The TaxType code '${tax}' does not exist or cannot be used for this type of transaction.`);
  }
  return details;
}
