/** Sales that are not paid, and payments that are allocated to nothing. */
import type { Json } from '#kit/fields.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

/** What a payment may know of an invoice, or an invoice of a payment. Amounts are shortest decimals. */
export interface Purse {
  id: string;
  currency: string;
  amount: string;
  company: string | null;
  /** Letters and digits, small; '' for none. */
  number: string;
}

const LISTS = `${list('$1', 'uuid')}, ${list('$2', 'text')}, ${list('$3', 'text')}, ${list('$4', 'uuid')}, ${list('$5', 'text')}`;

/** Those of the given records that are not archived: one that is may still be restated. */
const LIVING = `from unnest(${LISTS}) n (id, currency, amount, company, number)
     cross join lateral (select true from records where id = n.id and archived is null offset 0) r`;

const columnsOf = (purses: readonly Purse[]): string[] => [
  column(purses.map((p) => p.id)),
  column(purses.map((p) => p.currency)),
  column(purses.map((p) => p.amount)),
  column(purses.map((p) => p.company)),
  column(purses.map((p) => p.number)),
];

export async function putOpenInvoices(tx: Tx, invoices: readonly Purse[]): Promise<void> {
  if (invoices.length === 0) return;
  await tx.run(
    `insert into open_invoices (workspace, invoice, currency, balance, company, number)
     select ${HERE}, n.id, n.currency, n.amount, n.company, coalesce(n.number, '') ${LIVING}
     on conflict (workspace, invoice) do update set currency = excluded.currency, balance = excluded.balance, company = excluded.company,
       number = excluded.number`,
    columnsOf(invoices),
  );
}

export async function dropOpenInvoices(tx: Tx, invoices: readonly string[]): Promise<void> {
  if (invoices.length === 0) return;
  await tx.run(`delete from open_invoices where invoice = any(${list('$1', 'uuid')})`, [column(invoices)]);
}

/** These are looked at now. What was found before is forgotten, a person's word as well: what it was said of is another. */
export async function putUnmatched(tx: Tx, payments: readonly Purse[], at: string): Promise<void> {
  if (payments.length === 0) return;
  await tx.run(
    `insert into unmatched_payments (workspace, payment, currency, amount, company, number, due)
     select ${HERE}, n.id, n.currency, n.amount, n.company, coalesce(n.number, ''), $6::timestamptz ${LIVING}
     on conflict (workspace, payment) do update set currency = excluded.currency, amount = excluded.amount, company = excluded.company,
       number = excluded.number, due = excluded.due, doubt = null, because = null, candidates = null`,
    [...columnsOf(payments), at],
  );
}

export async function dropUnmatched(tx: Tx, payments: readonly string[]): Promise<void> {
  if (payments.length === 0) return;
  await tx.run(`delete from unmatched_payments where payment = any(${list('$1', 'uuid')})`, [column(payments)]);
}

/** Payments that may be for one of these invoices are looked at again; not those a person said to leave. */
export async function wakeUnmatched(tx: Tx, invoices: readonly Purse[], at: string): Promise<void> {
  if (invoices.length === 0) return;
  await tx.run(
    `update unmatched_payments set due = least(due, $6::timestamptz) where due is not null and payment in (
       select u.payment from unnest(${LISTS}) n (id, currency, amount, company, number) cross join lateral (
         (select payment from unmatched_payments where currency = n.currency and amount = n.amount offset 0)
         union all (select payment from unmatched_payments where company = n.company offset 0)
         union all (select payment from unmatched_payments where number = n.number and n.number <> '' and number <> '' offset 0)) u)`,
    [...columnsOf(invoices), at],
  );
}

export interface UnmatchedRow {
  payment: string;
  doubt: string | null;
  because: string | null;
  candidates: Json;
  looked: string | null;
  due: string | null;
}

const FOUND = 'payment, doubt, because, candidates, looked, due';

/** Workspaces whose payments are to be looked at. Worker. */
export async function unmatchedWorkspaces(tx: Tx, at: Date, most: number): Promise<number[]> {
  const rows = await tx.query<{ workspace: number }>(
    'select distinct workspace from (select workspace from unmatched_payments where due <= $1 order by due limit $2) u',
    [at, most],
  );
  return rows.map(({ workspace }) => workspace);
}

export async function dueUnmatched(tx: Tx, at: Date, most: number): Promise<string[]> {
  const rows = await tx.query<{ payment: string }>(
    'select payment from unmatched_payments where due <= $1 order by due, payment limit $2',
    [at, most],
  );
  return rows.map(({ payment }) => payment);
}

export async function noteUnmatched(
  tx: Tx,
  found: readonly { payment: string; doubt: string; because: string; candidates: Json }[],
  { at, again }: { at: Date; again: Date },
): Promise<void> {
  if (found.length === 0) return;
  await tx.run(
    `update unmatched_payments u set doubt = n.doubt, because = n.because, candidates = n.candidates, looked = $5, due = $6
     from unnest($1::uuid[], $2::text[], $3::text[], $4::json[]) n (payment, doubt, because, candidates) where u.payment = n.payment`,
    [
      found.map((f) => f.payment),
      found.map((f) => f.doubt),
      found.map((f) => f.because),
      found.map((f) => JSON.stringify(f.candidates)),
      at,
      again,
    ],
  );
}

/** A person said to leave it: true if it was there. */
export async function leaveUnmatched(tx: Tx, payment: string): Promise<boolean> {
  return (await tx.run(`update unmatched_payments set due = null where payment = $1::uuid`, [payment])) > 0;
}

/** Payments that were looked at and match nothing, in order of their ids. */
export function listUnmatched(tx: Tx, after: string | null, most: number): Promise<UnmatchedRow[]> {
  return tx.query<UnmatchedRow>(
    `select ${FOUND} from unmatched_payments
     where payment > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') and doubt is not null order by payment limit $2`,
    [after, most],
  );
}

/** Which open invoices may be meant: by what was paid, by who paid, by the numbers that were written. At most so many of each. */
export async function openInvoicesFor(
  tx: Tx,
  {
    currency,
    amount,
    companies,
    numbers,
  }: { currency: string; amount: string; companies: readonly string[]; numbers: readonly string[] },
  most: number,
): Promise<string[]> {
  const rows = await tx.query<{ invoice: string }>(
    `(select invoice from open_invoices where currency = $1 and balance = $2 limit $5)
     union (select invoice from unnest(${list('$3', 'uuid')}) n (company) cross join lateral (
       select invoice from open_invoices where company = n.company and currency = $1 limit $5) c)
     union (select invoice from unnest(${list('$4', 'text')}) n (number) cross join lateral (
       select invoice from open_invoices where number = n.number and number <> '' and currency = $1 limit 10) d)`,
    [currency, amount, column(companies), column(numbers), most],
  );
  return rows.map(({ invoice }) => invoice);
}
