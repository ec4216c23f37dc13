/**
 * What a credit note is put against: allocations, each of one invoice. They are no part of the note's own request, and bar all other
 * changes of it, so they are written after everything else, under a key of their own; one is never changed, but taken away and put anew.
 */
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import type { Context } from '#kit/context.ts';
import { Problem, Refused, TryLater } from '#kit/errors.ts';
import { numberFor } from '#kit/exact.ts';
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Draft, Outcome, Row } from '#kit/stream.ts';
import { ask } from './client.ts';
import { isMissing, sentencesOf } from './faults.ts';
import { fetchMany, type Reading } from './fetching.ts';

interface Applied {
  id: string;
  invoice: string;
  amount: string;
}

/** The row once its allocations are as the draft says. Throws what kept it from that. */
export async function apply(ctx: Context, reading: Reading, row: Row, draft: Draft): Promise<Row | undefined> {
  const there = appliedIn(row.raw);
  const wanted = objectsOf(draft.fields.allocations);
  const stays = (one: Applied) =>
    wanted.some((part) => part.invoice === one.invoice && amountOf(part) === one.amount && (!part.id || part.id === one.id));
  for (const { id } of there.filter((one) => !stays(one))) await takeAway(ctx, row.id, id);
  const fresh = wanted.filter(
    (part) => !there.some((one) => stays(one) && one.invoice === part.invoice && one.amount === amountOf(part)),
  );
  if (fresh.length > 0) await put(ctx, row.id, fresh, `${draft.key}-allocations`);
  return (await fetchMany(ctx, reading, [row.id])).rows[0];
}

/** What no service could take. */
export function allocationProblem(parts: readonly JsonObject[]): string | undefined {
  for (const [at, part] of parts.entries()) {
    const amount = amountOf(part);
    if (textOf(part.invoice) === undefined) return `allocations/${at}/invoice: found nothing; a credit is put against an invoice`;
    if (numberFor(amount) === undefined || !(Number(amount) > 0))
      return `allocations/${at}/amount: found ${amount}; it is more than nothing, in about 15 digits`;
  }
  return undefined;
}

/** What an error means for a draft whose other fields have been written. */
export function outcomeOfApplying(error: unknown, row: Row, draft: Draft): Outcome {
  if (error instanceof Refused) {
    // The note is there: to refuse its creation would have it made again.
    return draft.id === undefined ? { is: 'done', row } : { is: 'refused', reason: error.advice, field: 'allocations' };
  }
  if (error instanceof TryLater && error.notSent && draft.id !== undefined) return { is: 'later', afterMs: error.afterMs };
  if (error instanceof Problem || error instanceof Error) return { is: 'unknown', reason: error.message };
  throw error;
}

function appliedIn(raw: Json): Applied[] {
  return objectsOf(objectOf(raw)?.Allocations).flatMap((one) => {
    const [id, invoice] = [textOf(one.AllocationID), textOf(objectOf(one.Invoice)?.InvoiceID)];
    if (one.IsDeleted === true || id === undefined || invoice === undefined) return [];
    return [{ id, invoice, amount: String(Number(one.Amount)) }];
  });
}

const amountOf = (part: Values): string => String(Number(objectOf(part.amount)?.amount));

async function put(ctx: Context, note: string, parts: readonly JsonObject[], key: string): Promise<void> {
  const body = {
    Allocations: parts.map((part) => ({
      Invoice: { InvoiceID: part.invoice! },
      Amount: numberFor(amountOf(part))!,
      ...(textOf(part.date) !== undefined && { Date: part.date! }),
    })),
  };
  const send = (api: AccountingApi, tenant: string) => api.createCreditNoteAllocation(tenant, note, {}, false, key);
  const answer = await ask(ctx, { name: 'createCreditNoteAllocation', body }, send, { repeatable: true });
  const said = objectsOf(answer.Allocations).flatMap((one) => sentencesOf(one));
  if (said.length > 0) throw new Refused(`allocations: ${said.join(' ')}`, said.join(' '), 'allocations');
}

/** One that is gone already is taken away. */
async function takeAway(ctx: Context, note: string, id: string): Promise<void> {
  const send = (api: AccountingApi, tenant: string) => api.deleteCreditNoteAllocations(tenant, note, id);
  await ask(ctx, { name: 'deleteCreditNoteAllocations' }, send, { repeatable: true }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}
