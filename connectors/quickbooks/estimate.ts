/** An estimate. */
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { choice, date, RO, ref, text } from './fields.ts';
import { cleared, type Members } from './members.ts';
import { saleFields, saleFieldsOf, saleMembers } from './sale.ts';
import type { Kind } from './things.ts';

const { stage: _, ...shared } = saleFields;

export const estimateFields = {
  ...shared,
  status: choice('Status', ['Pending', 'Accepted', 'Closed', 'Rejected', 'Converted']),
  expires: date('Expires'),
  acceptedBy: text('Accepted by', 100),
  accepted: date('Accepted'),
  invoice: ref('Became invoice', 'invoices', RO),
} satisfies Fields;

const OWN = { status: 'TxnStatus', expires: 'ExpirationDate', acceptedBy: 'AcceptedBy', accepted: 'AcceptedDate' } as const;

function toFields(raw: JsonObject): Values {
  const { stage: _stage, ...fields } = saleFieldsOf(raw);
  for (const [field, member] of Object.entries(OWN)) put(fields, field, raw[member]);
  put(fields, 'invoice', textOf(objectsOf(raw.LinkedTxn).find(({ TxnType }) => TxnType === 'Invoice')?.TxnId));
  return fields;
}

export function estimateMembers(fields: Values, raw: JsonObject): Members {
  const members = saleMembers(Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in OWN))), raw);
  for (const [field, member] of Object.entries(OWN)) if (fields[field] !== undefined) members[member] = cleared(fields[field]);
  // An empty text clears a text, but is no status and no date (xs:date): these stay as they are.
  for (const member of ['TxnStatus', 'ExpirationDate', 'AcceptedDate']) if (members[member] === '') delete members[member];
  return members;
}

export const estimateKind: Kind = { entity: 'Estimate', fields: estimateFields, named: false, toFields };
