/** An invoice. */
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { choice, date, lines, money, RO, ref } from './fields.ts';
import type { Members } from './members.ts';
import { saleFields, saleFieldsOf, saleMembers } from './sale.ts';
import { currencyOf, type Kind, moneyOf } from './things.ts';

export const invoiceFields = {
  ...saleFields,
  due: date('Due'),
  balance: money('Balance', RO),
  deposit: money('Deposit, entered on the invoice', RO),
  setOff: lines('Settled without a payment: the deposit', { kind: choice('Kind', ['deposit']), amount: money('Amount') }, RO),
  estimate: ref('Estimate', 'estimates', RO),
} satisfies Fields;

function toFields(raw: JsonObject): Values {
  const fields = saleFieldsOf(raw);
  put(fields, 'due', raw.DueDate);
  put(fields, 'balance', moneyOf(raw.Balance, currencyOf(raw)));
  const deposit = raw.Deposit === 0 ? undefined : moneyOf(raw.Deposit, currencyOf(raw));
  put(fields, 'deposit', deposit);
  if (deposit !== undefined) fields.setOff = [{ kind: 'deposit', amount: deposit }];
  put(fields, 'estimate', textOf(objectsOf(raw.LinkedTxn).find(({ TxnType }) => TxnType === 'Estimate')?.TxnId));
  return fields;
}

export function invoiceMembers({ due, ...fields }: Values, raw: JsonObject): Members {
  return { ...saleMembers(fields, raw), ...(due !== undefined && due !== null && due !== '' && { DueDate: due }) };
}

export const invoiceKind: Kind = { entity: 'Invoice', fields: invoiceFields, named: false, ends: 'stage', toFields };
