/** The stream of the chart of accounts, to read: lines and payments name an account by its code. */
import type { Fields, Values } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Stream } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { text } from './document-fields.ts';
import { fetchMany, type Reading } from './fetching.ts';
import { rowOf, type Shape, without } from './records.ts';
import { pullWhole } from './whole.ts';

export const accountFields = {
  code: text('Code', 50, { readOnly: true }),
  name: text('Name', 150, { readOnly: true }),
  description: text('Description', 4_000, { readOnly: true }),
  // The service's words: REVENUE, EXPENSE, BANK …
  type: text('Type', 50, { readOnly: true }),
  group: text('Class', 50, { readOnly: true }),
  taxType: { kind: 'ref', title: 'Tax', to: 'xero.taxRates', readOnly: true },
  currency: text('Currency', 3, { readOnly: true }),
  payable: { kind: 'flag', title: 'Payments may be booked to it', readOnly: true },
  system: text('What the service uses it for', 100, { readOnly: true }),
  active: { kind: 'flag', title: 'Active', readOnly: true },
} satisfies Fields;

const accountShape: Shape = {
  plural: 'Accounts',
  id: 'AccountID',
  fields: accountFields,
  // Numbers of bank accounts are nobody's business here.
  trim: (account) => without(account, new Set(['BankAccountNumber', 'HasAttachments', 'Attachments', 'AddToWatchlist'])),
  values,
  isGone: ({ Status }) => Status === 'DELETED',
};

function values(account: JsonObject): Values {
  const fields: Values = {};
  for (const [field, member] of Object.entries(MEMBERS)) put(fields, field, account[member]);
  if (account.Type === 'BANK' || account.EnablePaymentsToAccount === true) fields.payable = true;
  if (account.Status === 'ACTIVE') fields.active = true;
  return fields;
}

const MEMBERS = {
  code: 'Code',
  name: 'Name',
  description: 'Description',
  type: 'Type',
  group: 'Class',
  taxType: 'TaxType',
  currency: 'CurrencyCode',
  system: 'SystemAccount',
} as const;

const reading: Reading = {
  name: 'getAccount',
  shape: accountShape,
  one: (api, tenant, id) => api.getAccount(tenant, id),
};

export const accounts: Stream = {
  title: 'Accounts',
  fields: accountFields,
  shape: 1,
  deletions: 'by absence',
  timed: true,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow: (raw) => rowOf(accountShape, raw),
  pull: (ctx, since) =>
    pullWhole(ctx, { name: 'getAccounts', shape: accountShape, list: (api, tenant) => api.getAccounts(tenant) }, since),
  fetch: (ctx, ids) => fetchMany(ctx, reading, ids),
};
