import { randomUUID } from 'node:crypto';
import Big from 'big.js';
import type { Ledger, Organisation } from './ledger.ts';
import { RowError } from './rows.ts';
import { amount, type Body, bodies, body, said } from './wire.ts';

/** How a document is reckoned: sale or purchase, tax on top, inside or none, and what may be discounted. */
export interface Kind {
  sale: boolean;
  tax: 'exclusive' | 'inclusive' | 'none';
  discounts: boolean;
  /** Decimals of unit amounts. */
  decimals: 2 | 4;
  /** Its lines must be complete: account, quantity, amount. */
  whole: boolean;
}

export const money = (value: Big.BigSource, decimals = 2): number => Number(Big(value).round(decimals, Big.roundHalfUp));
const sum = (values: readonly number[]): number => Number(values.reduce((all, one) => all.plus(one), Big(0)));

/** Lines as they are kept, with the totals of their document. The service's arithmetic: tax is rounded on each line, then added up. */
export function reckon(ledger: Ledger, of: Organisation, sent: readonly Body[], old: readonly Body[], kind: Kind): Body {
  if (sent.length === 0) throw new RowError('One or more line items must be specified');
  const lines = sent.map((line) => reckonLine(ledger, of, line, old, kind));
  const net = sum(lines.map((line) => Number(line.LineAmount ?? 0)));
  const tax = sum(lines.map((line) => Number(line.TaxAmount ?? 0)));
  const subTotal = kind.tax === 'inclusive' ? Number(Big(net).minus(tax)) : net;
  const discount = sum(lines.map(discountOf));
  return {
    LineItems: lines,
    SubTotal: subTotal,
    TotalTax: tax,
    Total: Number(Big(subTotal).plus(tax)),
    ...(discount !== 0 && { TotalDiscount: discount }),
  };
}

function reckonLine(ledger: Ledger, of: Organisation, sent: Body, old: readonly Body[], kind: Kind): Body {
  const id = said(sent.LineItemID);
  const before = id === undefined ? undefined : old.find((one) => one.LineItemID === id);
  if (id !== undefined && before === undefined) throw new RowError(`The line item ${id} could not be found on this document`);
  const item = itemOf(ledger, of, sent);
  const details = body(kind.sale ? item?.SalesDetails : item?.PurchaseDetails);
  const line: Body = { LineItemID: id ?? randomUUID(), Tracking: trackingOf(of, sent) };
  const text = said(sent.Description) ?? said(kind.sale ? item?.Description : (item?.PurchaseDescription ?? item?.Description));
  if (text === undefined) throw new RowError('Description must be specified for each line item');
  line.Description = text;
  if (item !== undefined) {
    line.ItemCode = item.Code!;
    line.Item = { ItemID: item.ItemID!, Code: item.Code!, ...(said(item.Name) && { Name: item.Name! }) };
  }
  const unit = amount(sent.UnitAmount) ?? amount(details.UnitPrice);
  const quantity = amount(sent.Quantity) ?? (unit === undefined ? undefined : 1);
  const given = amount(sent.LineAmount);
  if (unit === undefined && quantity === undefined && given === undefined) return line; // a line of text
  line.Quantity = money(quantity ?? 1, 4);
  line.UnitAmount = money(unit ?? Big(given ?? 0).div(quantity ?? 1), kind.decimals);
  discount(line, sent, kind);
  const full = Big(line.Quantity as number).times(line.UnitAmount as number);
  const reduced =
    line.DiscountAmount === undefined
      ? full.times(Big(100).minus(Number(line.DiscountRate ?? 0))).div(100)
      : full.minus(Number(line.DiscountAmount));
  line.LineAmount = money(reduced);
  if (given !== undefined && unit !== undefined && money(given) !== line.LineAmount) {
    throw new RowError(`The line total ${given} does not match the expected line total ${line.LineAmount}`);
  }
  coding(ledger, of, line, sent, details, kind);
  return line;
}

function discount(line: Body, sent: Body, { discounts }: Kind): void {
  const [rate, off] = [amount(sent.DiscountRate), amount(sent.DiscountAmount)];
  if (!rate && !off) return;
  if (!discounts) throw new RowError('Discounts are only allowed on sales invoices and quotes');
  if (rate && off) throw new RowError('Either DiscountRate or DiscountAmount can be specified, not both');
  if (rate) line.DiscountRate = rate;
  else line.DiscountAmount = money(off!);
}

/** The account a line is booked to, and its tax. */
function coding(ledger: Ledger, of: Organisation, line: Body, sent: Body, details: Body, kind: Kind): void {
  const code = said(sent.AccountCode) ?? said(details.AccountCode);
  const account = ledger
    .list(of, 'Accounts')
    .find((one) => (code === undefined ? one.AccountID === sent.AccountID : one.Code === code));
  if (code !== undefined && account?.Status !== 'ACTIVE') {
    throw new RowError(`Account code '${code}' is not a valid code for this document.`);
  }
  if (account === undefined && kind.whole) throw new RowError('Account code must be specified');
  if (account !== undefined) Object.assign(line, { AccountCode: account.Code!, AccountID: account.AccountID! });
  const type = kind.tax === 'none' ? 'NONE' : (said(sent.TaxType) ?? said(details.TaxType) ?? said(account?.TaxType) ?? 'NONE');
  const rate = ledger.get(of, 'TaxRates', type);
  if (
    rate === undefined ||
    rate.Status !== 'ACTIVE' ||
    (kind.sale ? rate.CanApplyToRevenue : rate.CanApplyToExpenses) === false
  ) {
    throw new RowError(`The TaxType code '${type}' does not exist or cannot be used for this type of transaction.`);
  }
  line.TaxType = type;
  const percent = Number(rate.EffectiveRate);
  const net = Big(line.LineAmount as number);
  const tax = kind.tax === 'inclusive' ? net.minus(net.div(Big(100).plus(percent).div(100))) : net.times(percent).div(100);
  const overridden = kind.tax === 'none' ? undefined : amount(sent.TaxAmount);
  line.TaxAmount = money(overridden ?? (kind.tax === 'none' ? 0 : tax));
}

function itemOf(ledger: Ledger, of: Organisation, { ItemCode }: Body): Body | undefined {
  const code = said(ItemCode);
  if (code === undefined) return undefined;
  const found = ledger.among(of, 'Items', 'code', code).find((one) => one.Code === code);
  if (found === undefined) throw new RowError(`Item code '${code}' is not valid`);
  return found;
}

function trackingOf({ tracking }: Organisation, sent: Body): Body[] {
  const asked = bodies(sent.Tracking);
  if (asked.length > 2) throw new RowError('A line item can have at most two tracking categories');
  return asked.map((one) => {
    const category = tracking.find(
      ({ TrackingCategoryID, Name }) => TrackingCategoryID === one.TrackingCategoryID || Name === one.Name,
    );
    const option = category?.Options.find(
      ({ TrackingOptionID, Name }) => TrackingOptionID === one.TrackingOptionID || Name === one.Option,
    );
    if (category === undefined || option === undefined) {
      throw new RowError(`The tracking option '${one.Option}' of '${one.Name}' does not exist`);
    }
    const { TrackingCategoryID, Name } = category;
    return { TrackingCategoryID, TrackingOptionID: option.TrackingOptionID, Name, Option: option.Name };
  });
}

function discountOf(line: Body): number {
  if (line.DiscountRate === undefined && line.DiscountAmount === undefined) return 0;
  return money(Big(Number(line.Quantity)).times(Number(line.UnitAmount)).minus(Number(line.LineAmount)));
}
