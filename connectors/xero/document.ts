/** From a document to the values that all kinds of documents have, and back: pure. */
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { isBlank, put } from '#kit/values.ts';
import { lineItems, lineProblem, linesOf } from './lines.ts';
import { only, without } from './records.ts';
import { dayOf, moneyOf } from './wire.ts';
import type { Writing } from './writing.ts';

/** Where our fields stand, by how they are written. */
export interface Members {
  plain: { readonly [field: string]: string };
  days: { readonly [field: string]: string };
  amounts: { readonly [field: string]: string };
  /** Quotes write the modes in capitals, invoices do not. */
  capitals?: true;
}

const NOISE = new Set([
  ...['HasErrors', 'IsDiscounted', 'HasAttachments', 'Attachments', 'StatusAttributeString', 'ValidationErrors', 'Warnings'],
  ...[
    'DateString',
    'DueDateString',
    'ExpiryDateString',
    'UpdatedDateUTCString',
    'InvoiceAddresses',
    'InvoicePaymentServices',
    'ID',
  ],
]);

/** Of the contact, only who it is: what else stands in a document is a copy. */
export function trimDocument(document: JsonObject): JsonObject {
  return { ...without(document, NOISE), Contact: only(document.Contact, 'ContactID', 'Name') };
}

const MODES: { readonly [written: string]: string } = {
  EXCLUSIVE: 'Exclusive',
  INCLUSIVE: 'Inclusive',
  NOTAX: 'NoTax',
};

export function documentValues(document: JsonObject, { plain, days, amounts }: Members): Values {
  const values: Values = {};
  for (const [field, member] of Object.entries(plain)) put(values, field, document[member]);
  for (const [field, member] of Object.entries(days)) put(values, field, dayOf(document[member]));
  for (const [field, member] of Object.entries(amounts)) {
    if (document[member] !== undefined) put(values, field, moneyOf(document[member], document.CurrencyCode));
  }
  put(values, 'contact', objectOf(document.Contact)?.ContactID);
  const mode = textOf(document.LineAmountTypes);
  put(values, 'taxMode', mode === undefined ? undefined : (MODES[mode.toUpperCase()] ?? mode));
  put(values, 'lines', linesOf(document));
  return values;
}

/** Members to send; dates as days, since an instant would shift by zones. */
export function documentBody(fields: Values, raw: JsonObject, { plain, days, capitals }: Members): JsonObject {
  const body: JsonObject = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field === 'lines') body.LineItems = lineItems(objectsOf(value), raw);
    else if (field === 'contact') body.Contact = { ContactID: value! };
    else if (field === 'taxMode') body.LineAmountTypes = capitals ? String(value).toUpperCase() : value!;
    else if (days[field] !== undefined) body[days[field]] = value ?? '';
    else if (plain[field] !== undefined) body[plain[field]] = value ?? '';
  }
  return body;
}

/** What of a draft no service could take. `sales`: words of `status` that only events bring about. */
export function refuseDocument(
  { fields }: { fields: Values },
  raw: JsonObject | undefined,
  brought: { readonly [status: string]: string } = {},
): ReturnType<NonNullable<Writing['refuse']>> {
  const why = brought[String(fields.status)];
  if (why !== undefined && fields.status !== raw?.Status)
    return { is: 'refused', reason: `status: found ${fields.status}; ${why}`, field: 'status' };
  if (isBlank(fields.lines)) return undefined;
  const currency: Json | undefined = fields.currency ?? raw?.CurrencyCode;
  const problem = lineProblem(objectsOf(fields.lines), currency);
  return problem === undefined ? undefined : { is: 'refused', reason: problem, field: 'lines' };
}
