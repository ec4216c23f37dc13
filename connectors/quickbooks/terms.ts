/** Payment terms and tax codes: read, never written. */
import type { Context } from '#kit/context.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { flag, lines, number, RO, text } from './fields.ts';
import { find } from './finding.ts';
import { type Kind, refOf } from './things.ts';

export const termFields = {
  name: text('Name', 255, RO),
  dueDays: number('Days', RO),
  dayOfMonth: number('Day of the month', RO),
  nextMonthWithin: number('Due a month later if issued so many days before', RO),
  discountPercent: number('Discount for early payment, %', RO),
  discountDays: number('Days for the discount', RO),
  active: flag('Active', RO),
} satisfies Fields;

const TERM = {
  name: 'Name',
  dueDays: 'DueDays',
  dayOfMonth: 'DayOfMonthDue',
  nextMonthWithin: 'DueNextMonthDays',
  discountPercent: 'DiscountPercent',
  discountDays: 'DiscountDays',
  active: 'Active',
} as const;

export const termKind: Kind = {
  entity: 'Term',
  fields: termFields,
  named: true,
  toFields(raw) {
    const fields: Values = {};
    for (const [field, member] of Object.entries(TERM)) put(fields, field, raw[member]);
    return fields;
  },
};

export const taxCodeFields = {
  name: text('Name', 255, RO),
  description: text('Description', 1_000, RO),
  percent: number('Tax on sales, %', RO),
  components: lines('Rates', { rate: text('Rate, by its id', 25), name: text('Name', 255), percent: number('Tax, %') }, RO),
  sales: flag('For sales', RO),
  purchases: flag('For purchases', RO),
  taxable: flag('Is taxed', RO),
  active: flag('Active', RO),
} satisfies Fields;

export const taxCodeKind: Kind = {
  entity: 'TaxCode',
  fields: taxCodeFields,
  named: true,
  toFields(raw) {
    const fields: Values = {};
    const rates = ratesOf(raw.SalesTaxRateList);
    put(fields, 'name', raw.Name);
    put(fields, 'description', raw.Description);
    const percents = rates.map(({ Percent }) => Percent);
    if (percents.every((one) => typeof one === 'number') && percents.length > 0) {
      // Hundredths of a per cent and smaller: added as whole numbers.
      put(fields, 'percent', percents.reduce((sum, one) => sum + Math.round(one * 1e6), 0) / 1e6);
    }
    put(
      fields,
      'components',
      rates.map(({ TaxRateRef, Percent }) => {
        const item: Values = {};
        put(item, 'rate', refOf(TaxRateRef));
        put(item, 'name', textOf(objectOf(TaxRateRef)?.name));
        put(item, 'percent', Percent);
        return item;
      }),
    );
    put(fields, 'sales', rates.length > 0);
    put(fields, 'purchases', ratesOf(raw.PurchaseTaxRateList).length > 0);
    put(fields, 'taxable', raw.Taxable);
    put(fields, 'active', raw.Active);
    return fields;
  },
};

function ratesOf(list: Values[string] | undefined): readonly JsonObject[] {
  return objectsOf(objectOf(list)?.TaxRateDetail);
}

/** A tax code names its rates and not what they are: each rate's per cent is noted with it. */
export async function withRates(ctx: Context, codes: readonly JsonObject[]): Promise<readonly JsonObject[]> {
  if (codes.length === 0) return codes;
  const { things } = await find(ctx, 'TaxRate', []);
  const percents = new Map(things.map((rate) => [textOf(rate.Id), rate.RateValue]));
  const noted = (list: Values[string] | undefined): JsonObject => ({
    ...objectOf(list),
    TaxRateDetail: ratesOf(list).map((detail) => {
      const Percent = percents.get(refOf(detail.TaxRateRef));
      return Percent === undefined ? detail : { ...detail, Percent };
    }),
  });
  return codes.map((code) => ({
    ...code,
    ...(code.SalesTaxRateList !== undefined && { SalesTaxRateList: noted(code.SalesTaxRateList) }),
    ...(code.PurchaseTaxRateList !== undefined && { PurchaseTaxRateList: noted(code.PurchaseTaxRateList) }),
  }));
}
