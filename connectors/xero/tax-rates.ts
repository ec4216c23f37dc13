/** The stream of tax rates, to read: their codes differ from country to country. */
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectsOf } from '#kit/json.ts';
import type { Stream } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { text } from './document-fields.ts';
import { fetchMany, type Reading } from './fetching.ts';
import { rowOf, type Shape } from './records.ts';
import { pullWhole } from './whole.ts';

const flag = (title: string) => ({ kind: 'flag', title, readOnly: true }) as const;
const number = (title: string) => ({ kind: 'number', title, readOnly: true }) as const;

export const taxRateFields = {
  code: text('Code', 50, { readOnly: true }),
  name: text('Name', 4_000, { readOnly: true }),
  percent: number('Tax, %'),
  components: {
    kind: 'lines',
    title: 'Components',
    readOnly: true,
    max: 100,
    of: { name: text('Name', 4_000), percent: number('Tax, %'), compound: flag('On top of the others') },
  },
  sales: flag('For sales'),
  purchases: flag('For purchases'),
  active: flag('Active'),
} satisfies Fields;

const taxRateShape: Shape = { plural: 'TaxRates', id: 'TaxType', fields: taxRateFields, trim: (rate) => rate, values };

function values(rate: JsonObject): Values {
  const fields: Values = {};
  put(fields, 'code', rate.TaxType);
  put(fields, 'name', rate.Name);
  put(fields, 'percent', rate.EffectiveRate);
  put(
    fields,
    'components',
    objectsOf(rate.TaxComponents).map((one) => {
      const part: Values = {};
      put(part, 'name', one.Name);
      put(part, 'percent', one.Rate);
      if (one.IsCompound === true) part.compound = true;
      return part;
    }),
  );
  if (rate.CanApplyToRevenue === true) fields.sales = true;
  if (rate.CanApplyToExpenses === true) fields.purchases = true;
  if (rate.Status === 'ACTIVE') fields.active = true;
  return fields;
}

const reading: Reading = {
  name: 'getTaxRateByTaxType',
  shape: taxRateShape,
  named: true,
  one: (api, tenant, id) => api.getTaxRateByTaxType(tenant, id),
};

export const taxRates: Stream = {
  title: 'Tax rates',
  fields: taxRateFields,
  shape: 1,
  deletions: 'by absence',
  timed: false,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow: (raw) => rowOf(taxRateShape, raw),
  pull: (ctx, since) =>
    pullWhole(ctx, { name: 'getTaxRates', shape: taxRateShape, list: (api, tenant) => api.getTaxRates(tenant) }, since),
  fetch: (ctx, ids) => fetchMany(ctx, reading, ids),
};
