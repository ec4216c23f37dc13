/** What estimates, invoices, bills and credit notes share: whom they concern, their lines, and what the lines come to. */
import type { Fields } from '#kit/fields.ts';
import { addresses, choice, date, email, flag, lines, list, longText, money, number, ref, text, url } from './field.ts';

/** Where a line is counted in the firm's own books: a class, a department, a project. */
const tracking = lines('Tracking', { category: text('Category'), option: text('Option') }, { max: 20 });

/**
 * Whether prices are without tax, with it, or know none. `amount` of a line, `subtotal` and prices are meant so; `tax` and `total`
 * are what they are.
 */
export const taxModes = ['exclusive', 'inclusive', 'none'] as const;

/**
 * Lines in their order. `amount` is quantity × price less the line's discount, rounded as the service does; `serviceId` is the id
 * under which the service knows the line, so that an edited line stays the same one. A line of kind `text` has no amount; a line
 * whose `partOf` is the `serviceId` of a `bundle` is counted in that one.
 */
export const documentLines = (title = 'Lines') =>
  lines(title, {
    kind: choice('Kind', ['item', 'text', 'bundle']),
    item: ref('Item', 'item'),
    name: text('Name'),
    description: longText('Description'),
    date: date('Date of service'),
    quantity: number('Quantity'),
    unit: text('Unit'),
    unitPrice: money('Unit price'),
    discountPercent: number('Discount, %'),
    discount: money('Discount'),
    amount: money('Amount'),
    taxCode: ref('Tax code', 'taxCode'),
    taxName: text('Tax, as the service calls it'),
    taxPercent: number('Tax, %'),
    tax: money('Tax'),
    account: text('Ledger account'),
    tracking,
    partOf: text('Part of the bundle, by its id at the service'),
    serviceId: text('Id at the service'),
  });

/** The parts of a document. Amounts are in its currency; `exchangeRate` is units of the firm's own currency for one of it. */
export const document = {
  number: text('Number'),
  reference: text('Reference'),
  company: ref('Company', 'company'),
  contact: ref('Contact', 'contact'),
  opportunity: ref('Opportunity', 'opportunity'),
  email: email('Sent to'),
  addresses: addresses('Billing and delivery'),
  issued: date('Issued'),
  currency: text('Currency', { max: 3 }),
  exchangeRate: number('Exchange rate'),
  taxMode: choice('Prices and tax', taxModes),
  lines: documentLines(),
  subtotal: money('Sum of the lines'),
  discountPercent: number('Discount on the whole, %'),
  discount: money('Discount on the whole'),
  discountBeforeTax: flag('The discount lowers the tax'),
  shipping: money('Shipping'),
  shippingTaxCode: ref('Tax code of shipping', 'taxCode'),
  shippingTaxPercent: number('Tax on shipping, %'),
  adjustment: money('Adjustment'),
  adjustmentName: text('Adjustment, what for'),
  tip: money('Tip'),
  tax: money('Tax'),
  taxes: lines('Taxes', {
    taxCode: ref('Tax code', 'taxCode'),
    name: text('Name'),
    percent: number('Tax, %'),
    taxable: money('Taxable'),
    tax: money('Tax'),
  }),
  total: money('Total'),
  homeTotal: money('Total in the firm’s own currency'),
  paymentTerm: ref('Payment terms', 'paymentTerm'),
  tracking,
  notes: longText('Notes for the customer'),
  memo: longText('Notes of the firm'),
  terms: longText('Terms'),
  custom: list('Further fields', 'key', { key: text('Name'), value: longText('Value') }),
  link: url('Link'),
  owner: ref('Owner', 'user'),
} satisfies Fields;
