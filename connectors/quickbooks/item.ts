/** An item: what is sold. To our row and back: pure. */

import { numberFor } from '#kit/exact.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { choice, flag, money, number, RO, ref, text } from './fields.ts';
import { cleared, type Members, Unplaced } from './members.ts';
import { currencyOf, type Kind, moneyOf, refOf } from './things.ts';

export const itemFields = {
  name: text('Name, unique', 100, { required: true }),
  sku: text('SKU', 100),
  description: text('Description', 4_000),
  purchaseDescription: text('Description for purchases', 4_000),
  type: choice('Type, fixed once it is set', ['Service', 'NonInventory', 'Inventory', 'Group', 'Category']),
  unitPrice: money('Sale price'),
  purchaseCost: money('Purchase price'),
  incomeAccount: text('Account of sales, by its id', 25),
  expenseAccount: text('Account of purchases, by its id', 25),
  taxable: flag('Is taxed'),
  active: flag('Active'),
  tracked: flag('Stock is tracked', RO),
  onHand: number('Quantity on hand', RO),
  parent: ref('Belongs to', 'items', RO),
  fullName: text('Name with those above it', 600, RO),
} satisfies Fields;

type ItemField = keyof typeof itemFields;

const PLAIN = {
  name: 'Name',
  sku: 'Sku',
  description: 'Description',
  purchaseDescription: 'PurchaseDesc',
  type: 'Type',
  taxable: 'Taxable',
  active: 'Active',
  tracked: 'TrackQtyOnHand',
  onHand: 'QtyOnHand',
  fullName: 'FullyQualifiedName',
} as const;

function toFields(raw: JsonObject): Values {
  const fields: Values = {};
  for (const [field, member] of Object.entries(PLAIN)) put(fields, field, raw[member]);
  const name = textOf(raw.Name);
  if (raw.Active === false && name !== undefined) put(fields, 'name', name.replace(DELETED, ''));
  // Nothing and 0 are the same price there.
  if (raw.UnitPrice !== 0) put(fields, 'unitPrice', moneyOf(raw.UnitPrice, currencyOf(raw)));
  if (raw.PurchaseCost !== 0) put(fields, 'purchaseCost', moneyOf(raw.PurchaseCost, currencyOf(raw)));
  put(fields, 'incomeAccount', refOf(raw.IncomeAccountRef));
  put(fields, 'expenseAccount', refOf(raw.ExpenseAccountRef));
  put(fields, 'parent', refOf(raw.ParentRef));
  return fields;
}

const DELETED = / \(deleted( \d+)?\)$/;

/** Members for the given fields. What is not said of a new item: a service, sold on `income`. */
export function itemMembers(fields: Values, raw: JsonObject): Members {
  const members: Members = {};
  for (const [field, value] of Object.entries(fields)) {
    const blank = value === null || value === '';
    switch (field as ItemField) {
      case 'name':
        if (!blank) members.Name = value;
        break;
      case 'type':
        if (blank) break;
        if (raw.Type !== undefined && raw.Type !== value)
          throw new Unplaced('type', `it is ${raw.Type}; QuickBooks lets nobody change it`);
        members.Type = value;
        break;
      case 'unitPrice':
        members.UnitPrice = blank ? 0 : priceOf(field, value);
        break;
      case 'purchaseCost':
        members.PurchaseCost = blank ? 0 : priceOf(field, value);
        break;
      case 'incomeAccount':
        if (!blank) members.IncomeAccountRef = { value };
        break;
      case 'expenseAccount':
        members.ExpenseAccountRef = { value: blank ? '' : value };
        break;
      case 'taxable':
      case 'active':
        if (!blank) members[PLAIN[field as 'active']] = value;
        break;
      default:
        members[PLAIN[field as 'sku']] = cleared(value);
    }
  }
  const name = textOf(raw.Name);
  if (members.Active === true && raw.Active === false && members.Name === undefined && name)
    members.Name = name.replace(DELETED, '');
  return members;
}

function priceOf(field: string, value: Values[string]): number {
  const amount = textOf(objectOf(value)?.amount) ?? '';
  const price = numberFor(amount);
  if (price === undefined) throw new Unplaced(field, `${amount} has more digits than QuickBooks takes`);
  return price;
}

export const itemKind: Kind = { entity: 'Item', fields: itemFields, named: true, toFields };
