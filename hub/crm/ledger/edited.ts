/** Documents as people write them: what the lines come to is computed, and what was typed must agree with it. */
import type { Json, Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import { document } from '#mappings/objects/document.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';
import { isMoney } from './amounts.ts';
import { currencyOf, linesOf, type Totals, totalsOf } from './totals.ts';

/** Fields from which the totals follow. */
const MADE_OF = [
  'lines',
  'currency',
  'taxMode',
  'discount',
  'discountPercent',
  'discountBeforeTax',
  'shipping',
  'shippingTaxCode',
  'shippingTaxPercent',
  'adjustment',
  'tip',
];
const MADE = ['subtotal', 'tax', 'total'] as const;

/**
 * The values with their totals, where lines or what they come to were edited; as they are where nothing was, or where there are no
 * lines. `given`: what the person wrote. Percentages of tax codes are taken from the codes where the line says none.
 */
export async function withTotals(
  tx: Tx,
  object: string,
  before: Values,
  after: Values,
  given: Values,
): Promise<{ values: Values; problems: FieldProblem[] }> {
  if (object !== 'invoice' && object !== 'estimate') return { values: after, problems: [] };
  const edited = [...MADE_OF, ...MADE].some((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  if (!edited || linesOf(after).length === 0) return { values: after, problems: [] };
  const values = await withRates(tx, { ...after, currency: after.currency ?? currencyOf(after) });
  const wrong = [...foreignAmounts(values), ...endlessRates(values)];
  if (wrong.length > 0) return { values: after, problems: wrong };
  const totals = totalsOf(values);
  const reckoned = written(values, totals);
  const problems = [...disagreeing(values, given, totals), ...unkeepable(reckoned)];
  return { values: reckoned, problems };
}

async function withRates(tx: Tx, values: Values): Promise<Values> {
  const codes = [...linesOf(values).map((line) => line.taxCode), values.shippingTaxCode].filter(
    (code) => typeof code === 'string',
  );
  if (codes.length === 0) return values;
  const records = await readRecords(tx, [...new Set(codes)]);
  const percents = new Map(records.map(({ id, fields }) => [id, fields]));
  const rate = (code: Json | undefined): Json | undefined => {
    const fields = typeof code === 'string' ? percents.get(code) : undefined;
    return String(values.kind).startsWith('purchase') ? (fields?.purchasePercent ?? fields?.percent) : fields?.percent;
  };
  const lines = linesOf(values).map((line) => ({ ...line, ...rated(line.taxPercent, rate(line.taxCode), 'taxPercent') }));
  return { ...values, lines, ...rated(values.shippingTaxPercent, rate(values.shippingTaxCode), 'shippingTaxPercent') };
}

const rated = (said: Json | undefined, rate: Json | undefined, part: string): Values =>
  said === undefined && rate !== undefined ? { [part]: rate } : {};

/** Money of a document is in one currency. */
function foreignAmounts(values: Values): FieldProblem[] {
  const currency = String(values.currency);
  const amounts: [string, Json | undefined][] = [
    ...['discount', 'shipping', 'adjustment', 'tip'].map((field): [string, Json | undefined] => [field, values[field]]),
    ...linesOf(values).flatMap((line, at) =>
      ['unitPrice', 'discount', 'amount'].map((part): [string, Json | undefined] => [`lines/${at}/${part}`, line[part]]),
    ),
  ];
  return amounts.flatMap(([path, value]) =>
    isMoney(value) && value.currency !== currency
      ? [{ path, found: `${value.amount} ${value.currency}`, allowed: `an amount in ${currency}, the currency of the document` }]
      : [],
  );
}

/** Tax of −100 % in a price leaves nothing of which it could be a part. */
function endlessRates(values: Values): FieldProblem[] {
  if (values.taxMode !== 'inclusive') return [];
  const rates = linesOf(values).map((line, at): [string, Json | undefined] => [`lines/${at}/taxPercent`, line.taxPercent]);
  return [...rates, ['shippingTaxPercent', values.shippingTaxPercent] as const].flatMap(([path, percent]) =>
    typeof percent === 'number' && percent <= -100
      ? [{ path, found: String(percent), allowed: 'more than −100, where prices are with tax' }]
      : [],
  );
}

const { lines: LINES, subtotal, discount, tax, taxes, total } = document;
const RECKONED = { lines: LINES, subtotal, discount, tax, taxes, total };

/** What is computed must be money that can be kept, as what is typed must. */
function unkeepable(values: Values): FieldProblem[] {
  return checkValues(RECKONED, Object.fromEntries(Object.keys(RECKONED).map((field) => [field, values[field] ?? null])));
}

function written(values: Values, totals: Totals): Values {
  const lines = linesOf(values).map((line, at) => {
    const { amount, tax } = totals.lines[at]!;
    return amount === null ? line : { ...line, amount: { ...amount }, ...(tax && { tax: { ...tax } }) };
  });
  return {
    ...values,
    lines,
    subtotal: { ...totals.subtotal },
    tax: { ...totals.tax },
    total: { ...totals.total },
    ...(values.discountPercent !== undefined && { discount: { ...totals.discount } }),
    ...(totals.taxes.length > 0 && {
      taxes: totals.taxes.map(({ percent, taxable, tax }) => ({ percent, taxable: { ...taxable }, tax: { ...tax } })),
    }),
  };
}

/** What was typed and is not what the lines come to. */
function disagreeing(values: Values, given: Values, totals: Totals): FieldProblem[] {
  const lines = given.lines === undefined ? [] : linesOf(values);
  const wrong = (path: string, typed: Json | undefined, is: Json, what: string): FieldProblem[] =>
    typed === undefined || equal({ kind: 'money', title: path }, typed, is)
      ? []
      : [{ path, found: said(typed), allowed: `${said(is)}, ${what}` }];
  return [
    ...lines.flatMap((line, at) => {
      const { amount } = totals.lines[at]!;
      return amount === null
        ? []
        : wrong(`lines/${at}/amount`, line.amount, { ...amount }, 'which is quantity × price less discount');
    }),
    ...MADE.flatMap((field) => wrong(field, given[field], { ...totals[field] }, 'which is what the lines come to')),
  ];
}

const said = (value: Json): string => (isMoney(value) ? `${value.amount} ${value.currency}` : JSON.stringify(value));
