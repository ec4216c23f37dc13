/** Lines of a document, both ways: pure. */

import Big from 'big.js';
import { decimalOf, numberFor } from '#kit/exact.ts';
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { equal, put } from '#kit/values.ts';
import { lines as field } from './document-fields.ts';
import { only } from './records.ts';
import { moneyOf } from './wire.ts';

const PLAIN = {
  id: 'LineItemID',
  itemCode: 'ItemCode',
  description: 'Description',
  quantity: 'Quantity',
  discountRate: 'DiscountRate',
  taxType: 'TaxType',
  accountCode: 'AccountCode',
} as const;
const AMOUNTS = {
  unitAmount: 'UnitAmount',
  discountAmount: 'DiscountAmount',
  lineAmount: 'LineAmount',
  taxAmount: 'TaxAmount',
} as const;

export function linesOf({ LineItems, CurrencyCode }: JsonObject): Json[] {
  return objectsOf(LineItems).map((line) => lineOf(line, CurrencyCode));
}

function lineOf(line: JsonObject, currency: Json | undefined): Values {
  const values: Values = {};
  for (const [part, member] of Object.entries(PLAIN)) put(values, part, line[member]);
  put(values, 'itemName', objectOf(line.Item)?.Name);
  for (const [part, member] of Object.entries(AMOUNTS)) {
    if (line[member] !== undefined) put(values, part, moneyOf(line[member], currency));
  }
  const tracking = objectsOf(line.Tracking).map(({ Name, Option }) => ({ category: Name ?? '', option: Option ?? '' }));
  put(values, 'tracking', tracking);
  return values;
}

/** What is worked out by the service or names the same thing twice: the code of an account is enough. */
const DERIVED = ['LineAmount', 'TaxAmount', 'Item', 'AccountID', 'ValidationErrors', 'Warnings'];

/**
 * The whole list, as it has to be sent: what is left out of it is deleted. A line without an id that we know is the one at its place, if no
 * other line claims that: whoever wrote the lines first may never have learnt their ids. A line that does not change keeps the tax that
 * somebody may have typed; of one that does, the tax is worked out anew.
 */
export function lineItems(items: readonly JsonObject[], raw: JsonObject): Json[] {
  const there = objectsOf(raw.LineItems);
  const before = new Map(there.map((line) => [textOf(line.LineItemID), line]));
  const claimed = new Set(items.map(({ id }) => textOf(id)));
  return items.map((item, place) => {
    const here = there[place];
    const old = before.get(textOf(item.id)) ?? (claimed.has(textOf(here?.LineItemID)) ? undefined : here);
    const line: JsonObject = { ...old };
    for (const member of DERIVED) delete line[member];
    delete line.LineItemID;
    if (old !== undefined) line.LineItemID = old.LineItemID!;
    for (const [part, member] of Object.entries(PLAIN)) if (part !== 'id') set(line, member, item[part]);
    // A line without a description is refused, unless its item has one.
    if (line.Description === undefined) set(line, 'Description', item.itemName);
    for (const part of ['unitAmount', 'discountAmount'] as const) {
      const amount = textOf(objectOf(item[part])?.amount);
      set(line, AMOUNTS[part], amount === undefined ? undefined : numberFor(amount));
    }
    if (line.UnitAmount === undefined) unpriced(line, textOf(objectOf(item.lineAmount)?.amount));
    line.Tracking = objectsOf(item.tracking).map(({ category, option }) => ({ Name: category ?? '', Option: option ?? '' }));
    if (old?.TaxAmount !== undefined && isSame(item, lineOf(old, raw.CurrencyCode))) line.TaxAmount = old.TaxAmount;
    return line;
  });
}

/** An amount without a price is one of it; a line of neither is a text, which is booked nowhere. */
function unpriced(line: JsonObject, amount: string | undefined): void {
  if (amount !== undefined) Object.assign(line, { Quantity: 1, UnitAmount: numberFor(amount) });
  else if (line.Quantity === undefined) for (const member of ['AccountCode', 'TaxType']) delete line[member];
}

/** The lines as they are, with the tax that the whole is to bear: what differs is borne by the line that bears most. */
export function linesBearing(tax: string, raw: JsonObject): Json[] {
  const there = objectsOf(raw.LineItems);
  const borne = there.map((line) => new Big(decimalOf(line.TaxAmount) ?? 0));
  const differs = borne.reduce((left, one) => left.minus(one), new Big(tax));
  const most = borne.reduce((best, one, at) => (one.abs().gt(borne[best]!.abs()) ? at : best), 0);
  return there.map((line, at) => {
    const { LineAmount: _, ValidationErrors: _errors, Warnings: _warnings, Item: _item, AccountID: _account, ...same } = line;
    return at === most ? { ...same, TaxAmount: numberFor(borne[at]!.plus(differs).toFixed())! } : same;
  });
}

function set(line: JsonObject, member: string, value: Json | undefined): void {
  if (value === undefined || value === null || value === '') delete line[member];
  else line[member] = value;
}

const WRITABLE = { ...field.of };
delete WRITABLE.itemName;
delete WRITABLE.lineAmount;
delete WRITABLE.taxAmount;

function isSame(item: JsonObject, old: Values): boolean {
  return Object.entries(WRITABLE).every(([part, of]) => equal(of, item[part], old[part]));
}

/** An amount that cannot be written exactly, or is in another currency than its document: where and what. */
export function lineProblem(items: readonly JsonObject[], currency: Json | undefined): string | undefined {
  for (const [i, item] of items.entries()) {
    for (const part of ['unitAmount', 'discountAmount', 'lineAmount'] as const) {
      const money = only(item[part], 'amount', 'currency');
      if (money.amount === undefined) continue;
      if (numberFor(String(money.amount)) === undefined)
        return `lines/${i}/${part}: found ${money.amount}; Xero holds about 15 digits`;
      if (currency !== undefined && currency !== '' && money.currency !== currency) {
        return `lines/${i}/${part}: found ${money.currency}; the document is in ${currency}`;
      }
    }
    if (item.discountRate && item.discountAmount)
      return `lines/${i}: found a rate and an amount of discount; Xero takes one of them`;
  }
  return undefined;
}
