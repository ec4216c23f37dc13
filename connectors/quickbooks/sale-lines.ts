/** Lines of estimates, invoices and credit memos. To our parts and back: pure. */
import Big from 'big.js';
import { decimalOf, numberFor } from '#kit/exact.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { choice, date, money, number, ref, text } from './fields.ts';
import { Unplaced } from './members.ts';
import { moneyOf, refOf } from './things.ts';

export const lineParts = {
  id: text('Id of the line', 25),
  kind: choice('Kind', ['item', 'text', 'bundle']),
  item: ref('Item', 'items'),
  itemName: text('Item, as it is called', 600, { readOnly: true }),
  description: text('Description', 4_000),
  date: date('Date of service'),
  quantity: number('Quantity'),
  unitPrice: money('Unit price'),
  amount: money('Amount'),
  taxCode: ref('Tax code', 'taxCodes'),
  taxName: text('TAX or NON, where the company is in the US', 25),
} satisfies Fields;

/** Their word for each kind of line. The subtotal is the service's own, and a discount stands beside the lines. */
const KINDS = {
  SalesItemLineDetail: 'item',
  DescriptionOnly: 'text',
  DescriptionLineDetail: 'text',
  GroupLineDetail: 'bundle',
} as const;

/** Prices are with tax: each line's amount is without, and the gross one stands beside it. */
export function isInclusive({ GlobalTaxCalculation }: JsonObject): boolean {
  return GlobalTaxCalculation === 'TaxInclusive';
}

export function linesOf(raw: JsonObject, currency: string | undefined): Values[] {
  return objectsOf(raw.Line).flatMap((line) => {
    const kind = KINDS[line.DetailType as keyof typeof KINDS];
    return kind === undefined ? [] : [partsOf(line, kind, currency, isInclusive(raw))];
  });
}

function partsOf(line: JsonObject, kind: string, currency: string | undefined, inclusive: boolean): Values {
  const parts: Values = {};
  const detail = objectOf(line.SalesItemLineDetail) ?? {};
  put(parts, 'id', line.Id);
  put(parts, 'kind', kind);
  put(parts, 'item', refOf(detail.ItemRef) ?? refOf(objectOf(line.GroupLineDetail)?.GroupItemRef));
  put(parts, 'itemName', textOf(objectOf(detail.ItemRef)?.name));
  put(parts, 'description', line.Description);
  put(parts, 'date', detail.ServiceDate);
  put(parts, 'quantity', detail.Qty ?? objectOf(line.GroupLineDetail)?.Quantity);
  put(parts, 'unitPrice', moneyOf(detail.UnitPrice, currency));
  const worth = inclusive ? (detail.TaxInclusiveAmt ?? line.Amount) : line.Amount;
  if (kind !== 'text') put(parts, 'amount', moneyOf(worth, currency));
  const code = refOf(detail.TaxCodeRef);
  put(parts, code === 'TAX' || code === 'NON' ? 'taxName' : 'taxCode', code);
  return parts;
}

/** `discount` and `subtotal` of a document. */
export function sumsOf(raw: JsonObject): {
  discount: Json | undefined;
  discountPercent: Json | undefined;
  subtotal: Json | undefined;
} {
  const lines = objectsOf(raw.Line);
  const discount = lines.find(({ DetailType }) => DetailType === 'DiscountLineDetail');
  const subtotal = lines.find(({ DetailType }) => DetailType === 'SubTotalLineDetail');
  const { PercentBased, DiscountPercent } = objectOf(discount?.DiscountLineDetail) ?? {};
  return {
    discount: discount?.Amount,
    discountPercent: PercentBased === true ? DiscountPercent : undefined,
    subtotal: subtotal?.Amount,
  };
}

/**
 * The collection as it is to be: it replaces the one that is there, so each line is composed over its own, and what stands beside the
 * lines (a discount) is kept. A line whose id the document does not have is a new one.
 */
export function lineMembers(lines: readonly JsonObject[], raw: JsonObject): Json {
  const own = new Map(objectsOf(raw.Line).flatMap((line) => (textOf(line.Id) === undefined ? [] : [[String(line.Id), line]])));
  const composed = lines.map((line, at): JsonObject => {
    const kept = own.get(textOf(line.id) ?? '');
    if (line.kind === 'bundle') {
      if (kept?.DetailType === 'GroupLineDetail') return kept;
      throw new Unplaced('lines', `line ${at + 1} is a bundle; QuickBooks lets bundles be added by hand only`);
    }
    if (line.kind === 'text') return textLine(line, kept);
    return isInclusive(raw) ? grossLine(line, kept, at) : itemLine(line, kept, at);
  });
  const beside = objectsOf(raw.Line).filter(({ DetailType }) => DetailType === 'DiscountLineDetail');
  return [...composed, ...beside];
}

function textLine(line: JsonObject, kept: JsonObject | undefined): JsonObject {
  const { Amount: _, LineNum: _at, ...same } = kept?.DetailType === 'DescriptionOnly' ? kept : {};
  return {
    ...same,
    DetailType: 'DescriptionOnly',
    Description: line.description ?? '',
    DescriptionLineDetail: objectOf(same.DescriptionLineDetail) ?? {},
  };
}

function itemLine(line: JsonObject, kept: JsonObject | undefined, at: number): JsonObject {
  const { LineNum: _, ...same } = kept?.DetailType === 'SalesItemLineDetail' ? kept : {};
  const { ItemAccountRef: _account, TaxInclusiveAmt: _gross, ...detail } = objectOf(same.SalesItemLineDetail) ?? {};
  const { quantity, unitPrice, amount } = reckoned(line, at);
  const given: JsonObject = {
    ItemRef: line.item === undefined ? null : { value: line.item },
    ServiceDate: line.date ?? null,
    TaxCodeRef: codeOf(line),
    Qty: quantity ?? null,
    UnitPrice: unitPrice ?? null,
  };
  const SalesItemLineDetail = Object.fromEntries(Object.entries({ ...detail, ...given }).filter(([, value]) => value !== null));
  return {
    ...same,
    DetailType: 'SalesItemLineDetail',
    Amount: amount,
    ...(line.description !== undefined || same.Description !== undefined ? { Description: line.description ?? '' } : {}),
    SalesItemLineDetail,
  };
}

/** What a price with tax is without it is not reckoned here: such a line keeps its amounts. */
function grossLine(line: JsonObject, kept: JsonObject | undefined, at: number): JsonObject {
  const detail = objectOf(kept?.SalesItemLineDetail) ?? {};
  const [gross, wanted] = [decimalOf(detail.TaxInclusiveAmt ?? kept?.Amount), decimalOf(objectOf(line.amount)?.amount)];
  if (kept === undefined || gross !== wanted || codeOf(line)?.value !== refOf(detail.TaxCodeRef)) {
    throw new Unplaced('lines', `line ${at + 1}: amounts with tax in them are changed in QuickBooks`);
  }
  const { LineNum: _, ...same } = kept;
  return {
    ...same,
    ...(line.description !== undefined || same.Description !== undefined ? { Description: line.description ?? '' } : {}),
  };
}

function codeOf(line: JsonObject): { value: string } | null {
  const code = textOf(line.taxCode) ?? textOf(line.taxName);
  return code === undefined ? null : { value: code };
}

/**
 * "Amount is not equal to UnitPrice * Qty" is refused (6070). An amount that differs, as after a line's discount, counts: it goes
 * alone, without quantity and price.
 */
function reckoned(line: JsonObject, at: number): { quantity?: number; unitPrice?: number; amount: number } {
  const [quantity, price] = [decimalOf(line.quantity), decimalOf(objectOf(line.unitPrice)?.amount)];
  const given = decimalOf(objectOf(line.amount)?.amount);
  const exact = quantity === undefined || price === undefined ? undefined : new Big(quantity).times(price);
  const product = exact?.round(placesOf(line), Big.roundHalfUp).toFixed();
  const worth = given ?? product ?? price;
  if (worth === undefined) throw new Unplaced('lines', `line ${at + 1} has neither an amount nor a price`);
  const amount = numeric(worth, at);
  if (product !== undefined && !new Big(product).eq(worth)) return { amount };
  return {
    amount,
    ...(quantity !== undefined && { quantity: numeric(quantity, at) }),
    ...(price !== undefined && { unitPrice: numeric(price, at) }),
  };
}

/** Decimals of the line's currency: a yen has none. */
function placesOf(line: JsonObject): number {
  const currency = textOf(objectOf(line.amount)?.currency) ?? textOf(objectOf(line.unitPrice)?.currency) ?? 'USD';
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

function numeric(decimal: string, at: number): number {
  const number = numberFor(decimal);
  if (number === undefined) throw new Unplaced('lines', `line ${at + 1}: ${decimal} has more digits than QuickBooks takes`);
  return number;
}
