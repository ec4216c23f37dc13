/** What invoices, bills, credit notes and quotes share: whom they concern, their lines, and what the lines come to. */
import type { Field, Fields } from '#kit/fields.ts';

export const text = (title: string, max: number, more?: Partial<Field>): Field => ({ kind: 'text', title, max, ...more });
export const given = (title: string): Field => ({ kind: 'money', title, readOnly: true });
export const contactRef: Field = { kind: 'ref', title: 'Contact', to: 'xero.contacts', required: true };
export const taxMode: Field = { kind: 'choice', title: 'Prices and tax', options: ['Exclusive', 'Inclusive', 'NoTax'] };

/**
 * Lines in their order. `id` is the service's: a line that bears it is changed, any other is a new one. Amounts and tax are the service's
 * arithmetic, but for a line that has an amount alone; two tracking categories at most.
 */
export const lines: Field = {
  kind: 'lines',
  title: 'Lines',
  required: true,
  max: 5_000,
  of: {
    id: text('Id of the line', 50),
    itemCode: text('Code of the item', 30),
    itemName: text('Item, as it is called: the description of a line without one', 4_000),
    description: text('Description', 4_000),
    quantity: { kind: 'number', title: 'Quantity' },
    unitAmount: { kind: 'money', title: 'Unit price' },
    discountRate: { kind: 'number', title: 'Discount, %' },
    discountAmount: { kind: 'money', title: 'Discount' },
    taxType: { kind: 'ref', title: 'Tax', to: 'xero.taxRates' },
    accountCode: text('Account', 10),
    tracking: {
      kind: 'lines',
      title: 'Tracking',
      of: { category: text('Category', 100), option: text('Option', 100) },
      max: 2,
    },
    lineAmount: { kind: 'money', title: 'Amount: that of a line without a price, else reckoned' },
    taxAmount: given('Tax'),
  },
};

export const currencyFields = {
  currency: text('Currency', 3),
  currencyRate: { kind: 'number', title: 'Rate: units of this currency for one of the organisation’s' },
} satisfies Fields;

export const totals = {
  subTotal: given('Net'),
  totalTax: given('Tax'),
  total: given('Total'),
} satisfies Fields;
