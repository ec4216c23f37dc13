/** What a payment's allocations must be, by whichever way a person writes them. */
import type { Values } from '#kit/fields.ts';
import type { FieldProblem } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';
import type { CrmRecord } from '../core.ts';
import { UUID } from '../place.ts';
import { amountIn, exact, isMoney } from './amounts.ts';
import { targetsOf } from './books.ts';
import { isCredit, partsOf, unappliedOf } from './standing.ts';

/** Fields of a payment on which it depends what may be allocated. */
const ABOUT = ['allocations', 'amount', 'kind', 'status'] as const;

/**
 * Problems of a payment's allocations, where they or what they depend on were edited: each is to a document that can be paid, in the
 * currency of both, and together they are no more than was paid, beside what credit notes among them give. A part without an amount
 * settles nothing.
 */
export async function allocationProblems(tx: Tx, object: string, before: Values, after: Values): Promise<FieldProblem[]> {
  const parts = partsOf(after.allocations);
  if (object !== 'payment' || parts.length === 0) return [];
  if (ABOUT.every((field) => JSON.stringify(before[field]) === JSON.stringify(after[field]))) return [];
  const { amount } = after;
  if (!isMoney(amount)) return [{ path: 'amount', found: 'a payment without an amount', allowed: 'one that has an amount' }];
  const targets = [...new Set(targetsOf(after).filter((id) => UUID.test(id)))];
  const documents = new Map((await readRecords(tx, targets)).map((one) => [one.id, one]));
  const old = new Set(targetsOf(before));
  const problems = parts.flatMap(({ invoice, amount: part }, at): FieldProblem[] => {
    const document = documents.get(String(invoice));
    if (document?.object !== 'invoice' || document.mergedInto !== null) return []; // told with the other references
    const path = `allocations/${at}`;
    const closed = old.has(document.id) ? null : closedBy(document);
    if (closed !== null)
      return [{ path: `${path}/invoice`, found: `an invoice that is ${closed}`, allowed: 'one that can be paid' }];
    if (!isMoney(part)) return [];
    if (part.currency !== amount.currency || amountIn(document.fields.total, part.currency) === null)
      return [{ path: `${path}/amount`, found: part.currency, allowed: `an amount in ${amount.currency}, for an invoice in it` }];
    return exact(part.amount).gt(0) ? [] : [{ path: `${path}/amount`, found: part.amount, allowed: 'more than nothing' }];
  });
  return problems.length > 0 ? problems : overspent(after, amount, [...documents.values()]);
}

/** Why nothing can be paid of it any more; null where it can. */
function closedBy({ archived, fields }: CrmRecord): string | null {
  if (archived !== null) return 'archived';
  return fields.stage === 'void' ? 'void' : null;
}

function overspent(payment: Values, { amount, currency }: { amount: string; currency: string }, documents: readonly CrmRecord[]) {
  const credits = new Set(documents.flatMap(({ id, fields }) => (isCredit(fields.kind) ? [id] : [])));
  const left = amountIn(unappliedOf(payment, credits).unapplied, currency);
  if (left === null || left.gte(0)) return [];
  const used = exact(amount).minus(left).toFixed();
  const given = credits.size > 0 ? ', beside what its credit notes give' : '';
  return [{ path: 'allocations', found: `${used} in all${given}`, allowed: `at most ${amount}, which was paid` }];
}
