/** A credit memo: what a customer has left with us. */
import type { Fields, Values } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { money, RO } from './fields.ts';
import { saleFields, saleFieldsOf } from './sale.ts';
import { currencyOf, type Kind, moneyOf } from './things.ts';

export const creditMemoFields = {
  ...saleFields,
  remaining: money('Not used yet', RO),
} satisfies Fields;

function toFields(raw: JsonObject): Values {
  const fields = saleFieldsOf(raw);
  put(fields, 'remaining', moneyOf(raw.RemainingCredit ?? raw.Balance, currencyOf(raw)));
  return fields;
}

export const creditMemoKind: Kind = { entity: 'CreditMemo', fields: creditMemoFields, named: false, ends: 'stage', toFields };
