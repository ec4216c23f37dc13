/** A payment, with what it settles. To our row and back: pure. */

import { decimalOf, numberFor } from '#kit/exact.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { choice, date, lines, money, number, RO, ref, text } from './fields.ts';
import { cleared, type Members, Unplaced } from './members.ts';
import { currencyOf, type Kind, moneyOf, refOf } from './things.ts';

export const paymentFields = {
  reference: text('Reference number', 21),
  customer: ref('Customer', 'customers', { required: true }),
  customerName: text('Customer, as it is called', 500, RO),
  amount: money('Amount received; 0 where credit is only set off', { required: true }),
  date: date('Date'),
  method: text('Method, by its id', 25),
  account: text('Deposited to, by the id of the account', 25),
  allocations: lines('What it settles; a credit memo among it is used up', {
    document: text('Invoice or credit memo, as Invoice/12 or CreditMemo/5', 40),
    amount: money('Amount'),
  }),
  note: text('Note', 4_000),
  currency: text('Currency', 3, RO),
  exchangeRate: number('Home units for one of the currency', RO),
  unapplied: money('Not allocated', RO),
  deposited: text('Bank deposit it is part of', 25, RO),
  status: choice('Status', ['completed', 'void']),
  entry: text('Id and time of its entry', 60, RO),
} satisfies Fields;

type PaymentField = keyof typeof paymentFields;

function toFields(raw: JsonObject): Values {
  const currency = currencyOf(raw);
  const fields: Values = {};
  put(fields, 'customer', refOf(raw.CustomerRef));
  put(fields, 'customerName', textOf(objectOf(raw.CustomerRef)?.name));
  put(fields, 'amount', moneyOf(raw.TotalAmt, currency));
  put(fields, 'date', raw.TxnDate);
  put(fields, 'reference', raw.PaymentRefNum);
  put(fields, 'method', refOf(raw.PaymentMethodRef));
  put(fields, 'account', refOf(raw.DepositToAccountRef));
  put(fields, 'allocations', allocationsOf(raw, currency));
  put(fields, 'note', raw.PrivateNote);
  put(fields, 'currency', currency);
  put(fields, 'exchangeRate', raw.ExchangeRate);
  put(fields, 'unapplied', moneyOf(raw.UnappliedAmt, currency));
  put(fields, 'deposited', textOf(objectsOf(raw.LinkedTxn).find(({ TxnType }) => TxnType === 'Deposit')?.TxnId));
  const isVoid = raw.TotalAmt === 0 && /^Voided\b/.test(textOf(raw.PrivateNote) ?? '');
  put(fields, 'status', isVoid ? 'void' : 'completed');
  put(fields, 'entry', `${textOf(raw.Id)} ${textOf(objectOf(raw.MetaData)?.CreateTime) ?? ''}`.trim());
  return fields;
}

const LINKED = ['Invoice', 'CreditMemo'];

function allocationsOf(raw: JsonObject, currency: string | undefined): Values[] {
  return objectsOf(raw.Line).flatMap((line) =>
    objectsOf(line.LinkedTxn).flatMap(({ TxnId, TxnType }) => {
      if (!LINKED.includes(String(TxnType)) || textOf(TxnId) === undefined) return [];
      const item: Values = { document: `${TxnType}/${TxnId}` };
      put(item, 'amount', moneyOf(line.Amount, currency));
      return [item];
    }),
  );
}

/** Members for the given fields, composed over the payment as it is. Lines that settle something else (a cheque, an expense) stay. */
export function paymentMembers(fields: Values, raw: JsonObject): Members {
  const members: Members = {};
  for (const [field, value] of Object.entries(fields)) {
    const blank = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    switch (field as PaymentField) {
      case 'customer':
        if (!blank) members.CustomerRef = { value };
        break;
      case 'amount':
        if (!blank) Object.assign(members, { TotalAmt: numeric(field, value), ...foreign(value, raw) });
        break;
      case 'date':
        if (!blank) members.TxnDate = value;
        break;
      case 'reference':
        members.PaymentRefNum = cleared(value);
        break;
      case 'method':
        members.PaymentMethodRef = { value: blank ? '' : value };
        break;
      case 'account':
        if (!blank) members.DepositToAccountRef = { value };
        break;
      case 'note':
        members.PrivateNote = cleared(value);
        break;
      case 'allocations':
        members.Line = [...objectsOf(blank ? [] : value).map((item) => lineOf(item)), ...otherLines(raw)];
    }
  }
  return members;
}

function lineOf(item: JsonObject): JsonObject {
  const [TxnType = '', TxnId = ''] = (textOf(item.document) ?? '').split('/');
  if (!LINKED.includes(TxnType) || !/^\d+$/.test(TxnId)) {
    throw new Unplaced(
      'allocations',
      `one settles ${JSON.stringify(item.document ?? null)}; allowed is Invoice/<id> or CreditMemo/<id>`,
    );
  }
  return { Amount: numeric('allocations', item.amount), LinkedTxn: [{ TxnId, TxnType }] };
}

function otherLines(raw: JsonObject): JsonObject[] {
  return objectsOf(raw.Line).filter((line) =>
    objectsOf(line.LinkedTxn).every(({ TxnType }) => !LINKED.includes(String(TxnType))),
  );
}

function numeric(field: string, value: Json | undefined): number {
  const decimal = decimalOf(objectOf(value)?.amount);
  const number = decimal === undefined ? undefined : numberFor(decimal);
  if (number === undefined)
    throw new Unplaced(
      field,
      `${decimal ?? 'an amount that is none'} cannot be sent; QuickBooks takes plain numbers of fifteen digits`,
    );
  return number;
}

function foreign(amount: Json, raw: JsonObject): JsonObject {
  const currency = textOf(objectOf(amount)?.currency);
  return raw.Id !== undefined || currency === undefined || currency === currencyOf(raw)
    ? {}
    : { CurrencyRef: { value: currency } };
}

export const paymentKind: Kind = { entity: 'Payment', fields: paymentFields, named: false, ends: 'status', toFields };
