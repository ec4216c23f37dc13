/** What may be known of a payment, and the open invoices it may be for. */
import type { CrmRecord } from '#crm/core.ts';
import { amountIn, exact, isMoney } from '#crm/ledger/amounts.ts';
import { currencyOf } from '#crm/ledger/totals.ts';
import { shapeOf } from '#crm/shape.ts';
import type { Values } from '#kit/fields.ts';
import { keyOf } from '#mappings/keys.ts';
import { textOf } from '#mappings/objects/shape.ts';
import type { Tx } from '#store/database.ts';
import { findKeys } from '#store/keys.ts';
import { openInvoicesFor } from '#store/open-money.ts';
import { readRecords } from '#store/records.ts';
import { numbersIn, type Open, type Paid } from './match.ts';

/** Open invoices of one kind of evidence that are looked at: more are no evidence. */
const MOST = 100;

export interface Asked {
  payment: CrmRecord;
  paid: Paid;
  open: Open[];
}

/** Null where nothing of it is left to allocate. */
export async function askedOf(tx: Tx, payment: CrmRecord): Promise<Asked | null> {
  const { fields } = payment;
  if (!isMoney(fields.unapplied) || !exact(fields.unapplied.amount).gt(0)) return null;
  const { amount, currency } = fields.unapplied;
  const paid: Paid = {
    ...{ amount: exact(amount), currency },
    date: textOf(fields, 'date') || textOf(fields, 'at').slice(0, 10),
    number: textOf(fields, 'invoiceNumber'),
    words: ['reference', 'memo', 'notes'].map((field) => textOf(fields, field)).join(' '),
    payerName: textOf(fields, 'payerName'),
    payerEmail: textOf(fields, 'payerEmail'),
    company: await companyOf(tx, fields),
  };
  const payers = await payersOf(tx, paid);
  const companies = [...new Set([...(paid.company === null ? [] : [paid.company]), ...payers])];
  const numbers = [...numbersIn(`${paid.number} ${paid.words}`)].slice(0, 200);
  const ids = await openInvoicesFor(tx, { currency, amount: exact(amount).toFixed(), companies, numbers }, MOST);
  return { payment, paid, open: await openOf(tx, ids) };
}

/** The payment's company, else that of its contact. */
async function companyOf(tx: Tx, fields: Values): Promise<string | null> {
  if (typeof fields.company === 'string') return fields.company;
  if (typeof fields.contact !== 'string') return null;
  const company = (await readRecords(tx, [fields.contact]))[0]?.fields.company;
  return typeof company === 'string' ? company : null;
}

/** Companies that bear the payer's address or name, or whose people do. */
async function payersOf(tx: Tx, { payerEmail, payerName }: Paid): Promise<string[]> {
  const { region } = await shapeOf(tx);
  const keys = [keyOf('email', payerEmail, region), keyOf('name', payerName, region)].filter((key) => key !== null);
  if (keys.length === 0) return [];
  const [firms, people] = [await findKeys(tx, 'company', keys, 5), await findKeys(tx, 'contact', keys, 5)];
  const of =
    people.length === 0
      ? []
      : await readRecords(
          tx,
          people.map(({ record }) => record),
        );
  return [
    ...firms.map(({ record }) => record),
    ...of.flatMap(({ fields }) => (typeof fields.company === 'string' ? [fields.company] : [])),
  ];
}

async function openOf(tx: Tx, ids: readonly string[]): Promise<Open[]> {
  if (ids.length === 0) return [];
  const invoices = await readRecords(tx, ids);
  const parties = invoices.flatMap(({ fields }) => [fields.company, fields.contact]).filter((id) => typeof id === 'string');
  const known = new Map((await readRecords(tx, [...new Set(parties)])).map((record) => [record.id, record]));
  return invoices.flatMap((invoice) => openInvoice(invoice, known) ?? []);
}

function openInvoice({ id, fields }: CrmRecord, known: ReadonlyMap<string, CrmRecord>): Open | null {
  const currency = currencyOf(fields);
  const [balance, total] = [amountIn(fields.balance, currency), amountIn(fields.total, currency)];
  if (balance === null || total === null) return null;
  const parties = [fields.company, fields.contact].flatMap((party) =>
    typeof party === 'string' ? (known.get(party) ?? []) : [],
  );
  return {
    ...{ invoice: id, number: textOf(fields, 'number'), reference: textOf(fields, 'reference'), balance, total, currency },
    company: typeof fields.company === 'string' ? fields.company : null,
    names: parties.flatMap((party) => [party.name, textOf(party.fields, 'legalName')]).filter((name) => name !== ''),
    emails: [textOf(fields, 'email'), ...parties.flatMap((party) => addressesOf(party.fields))].filter((email) => email !== ''),
    ...{ issued: textOf(fields, 'issued'), due: textOf(fields, 'due') },
  };
}

function addressesOf({ emails }: Values): string[] {
  if (!Array.isArray(emails)) return [];
  return emails.flatMap((one) => (one !== null && typeof one === 'object' && !Array.isArray(one) ? [textOf(one, 'value')] : []));
}
