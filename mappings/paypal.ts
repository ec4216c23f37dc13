/** PayPal's transactions, invoices, products and disputes, and what the CRM has of them. All of it comes in. */
import type { disputeFields } from '#connectors/paypal/disputes.ts';
import type { invoiceFields } from '#connectors/paypal/invoice.ts';
import type { productFields } from '#connectors/paypal/products.ts';
import type { transactionFields } from '#connectors/paypal/transaction.ts';
import { mapping } from './mapping.ts';

/**
 * What customers paid, and what they got back. Conversions, transfers to the bank, holds and fees on their own move the account's money
 * too, but are no payments: they stay outside. A fee that belongs to a payment is its own field. What pays an invoice of PayPal's is
 * allocated to it; what names an invoice only by its number is matched by the CRM.
 */
export const transactions = mapping<typeof transactionFields, 'payment'>({
  from: 'paypal.transactions',
  to: 'payment',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'transaction', theirs: 'transaction', strength: 'strong' }],
  only: { theirs: '= row.kind == "payment" || row.kind == "refund" || row.kind == "reversal" || row.kind == "chargeback"' },
  fields: [
    { crm: 'transaction', theirs: 'transaction' },
    { crm: 'direction', theirs: 'direction' },
    {
      crm: 'kind',
      theirs: 'kind',
      via: { table: { map: { payment: 'payment', refund: 'refund', reversal: 'reversal', chargeback: 'reversal' } } },
    },
    {
      crm: 'status',
      theirs: 'status',
      via: { table: { map: { completed: 'completed', pending: 'pending', denied: 'failed', reversed: 'void' } } },
    },
    { crm: 'amount', theirs: 'paid' },
    { crm: 'fee', theirs: 'charge' },
    { crm: 'net', theirs: '= abs(row.net)' },
    { crm: 'date', theirs: 'day' },
    { crm: 'at', theirs: 'begun' },
    { crm: 'method', theirs: '= "PayPal"' },
    {
      crm: 'refundOf',
      theirs: 'reference',
      via: { find: { object: 'payment', by: 'transaction' } },
      when: 'row.kind == "refund"',
    },
    {
      crm: 'allocations',
      theirs: 'allocations',
      via: { each: { field: 'invoice', via: { link: { stream: 'paypal.invoices', object: 'invoice' } } } },
    },
    { crm: 'contact', theirs: 'payerEmail', via: { find: { object: 'contact', by: 'emails', missing: 'blank' } } },
    { crm: 'payerName', theirs: 'payerName' },
    { crm: 'payerEmail', theirs: 'payerEmail' },
    { crm: 'payerId', theirs: 'payer' },
    { crm: 'invoiceNumber', theirs: 'invoiceNumber' },
    { crm: 'reference', theirs: 'custom' },
    { crm: 'memo', theirs: '= row.note == "" ? row.subject : row.note' },
  ],
});

/** Whether it was paid is not theirs to say: that follows from payments. */
const STAGES = {
  SENT: 'issued',
  DRAFT: 'draft',
  SCHEDULED: 'scheduled',
  CANCELLED: 'void',
  UNPAID: 'issued',
  PAYMENT_PENDING: 'issued',
  PARTIALLY_PAID: 'issued',
  PAID: 'issued',
  MARKED_AS_PAID: 'issued',
  PARTIALLY_REFUNDED: 'issued',
  REFUNDED: 'issued',
  MARKED_AS_REFUNDED: 'issued',
};

/** What is paid follows from payments, and from what was only noted by hand. A customer is a company where the invoice names a business. */
export const invoices = mapping<typeof invoiceFields, 'invoice'>({
  from: 'paypal.invoices',
  to: 'invoice',
  winner: 'theirs',
  gone: 'archive',
  create: 'crm',
  match: [{ crm: 'number', theirs: 'number' }],
  fields: [
    { crm: 'kind', theirs: '= "sale"' },
    { crm: 'number', theirs: 'number' },
    { crm: 'reference', theirs: 'reference' },
    {
      crm: 'stage',
      theirs: 'status',
      via: { table: { map: STAGES } },
    },
    { crm: 'company', theirs: 'business', via: ['spaces', { find: { object: 'company', by: 'name', create: true } }] },
    { crm: 'contact', theirs: 'email', via: { find: { object: 'contact', by: 'emails', missing: 'blank' } } },
    { crm: 'addresses', theirs: 'address' },
    { crm: 'issued', theirs: 'issued' },
    { crm: 'due', theirs: 'due' },
    { crm: 'currency', theirs: 'currency' },
    { crm: 'taxMode', theirs: '= row.taxInclusive ? "inclusive" : "exclusive"' },
    { crm: 'lines', theirs: 'lines', via: { rename: { fields: { line: 'serviceId' } } } },
    { crm: 'subtotal', theirs: '= row.subtotal - row.itemDiscount' },
    { crm: 'discountPercent', theirs: 'discountPercent' },
    { crm: 'discount', theirs: 'discount' },
    { crm: 'discountBeforeTax', theirs: 'taxAfterDiscount' },
    { crm: 'shipping', theirs: 'shipping' },
    { crm: 'shippingTaxPercent', theirs: 'shippingTaxPercent' },
    { crm: 'adjustment', theirs: 'adjustment' },
    { crm: 'adjustmentName', theirs: 'adjustmentName' },
    { crm: 'tip', theirs: 'tip' },
    { crm: 'tax', theirs: 'tax' },
    { crm: 'total', theirs: 'total' },
    { crm: 'settlements', theirs: 'noted', via: { rename: { fields: { payment: 'serviceId', note: 'reference' } } } },
    { crm: 'notes', theirs: 'note' },
    { crm: 'terms', theirs: 'terms' },
    { crm: 'memo', theirs: 'memo' },
    { crm: 'sentAt', theirs: 'sent' },
    { crm: 'link', theirs: 'link' },
  ],
});

/** An id that a merchant chose is the code; PayPal's own begins with PROD and says nothing. The catalogue knows no prices. */
export const products = mapping<typeof productFields, 'item'>({
  from: 'paypal.products',
  to: 'item',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'sku', theirs: 'product', strength: 'strong' }],
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'sku', theirs: '= row.product.startsWith("PROD-") ? "" : row.product' },
    { crm: 'description', theirs: 'description' },
    { crm: 'kind', theirs: 'type', via: { table: { map: { PHYSICAL: 'product', DIGITAL: 'product', SERVICE: 'service' } } } },
    { crm: 'category', theirs: 'category' },
    { crm: 'page', theirs: 'page' },
    { crm: 'image', theirs: 'image' },
  ],
});

/** Whose turn it is. */
const TURNS = {
  WAITING_FOR_SELLER_RESPONSE: 'open',
  OPEN: 'waiting',
  WAITING_FOR_BUYER_RESPONSE: 'waiting',
  UNDER_REVIEW: 'waiting',
  OTHER: 'waiting',
  RESOLVED: 'done',
};

/** A buyer's claim is something to be answered in time. A task has no name of its own, so that none is ever taken for a dispute's. */
export const disputes = mapping<typeof disputeFields, 'task'>({
  from: 'paypal.disputes',
  to: 'task',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'name', theirs: 'dispute' }],
  fields: [
    { crm: 'title', theirs: '= "PayPal dispute " + row.dispute + ": " + row.reason' },
    {
      crm: 'description',
      theirs: '= row.buyer + " about transaction " + row.transaction + (row.outcome == "" ? "" : ": " + row.outcome)',
    },
    { crm: 'due', theirs: 'respondBy', via: { day: { zone: 'UTC' } } },
    { crm: 'status', theirs: 'status', via: { table: { map: TURNS } } },
  ],
});
