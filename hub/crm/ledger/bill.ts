/** From what was agreed to what is billed: an estimate or an invoice out of an opportunity, an invoice out of an estimate. Made once. */
import { Fault } from '#hub/fault.ts';
import type { Json, Values } from '#kit/fields.ts';
import { isBlank } from '#kit/values.ts';
import { document } from '#mappings/objects/document.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';
import { referring } from '#store/refs.ts';
import type { Cause, CrmRecord } from '../core.ts';
import { changeOne, createOne, invalid, lockOne } from '../edit.ts';
import { isMoney } from './amounts.ts';
import { linesOf } from './totals.ts';

export type Billed = 'estimate' | 'invoice';

/** Makes it, in the place of the fields `given` what they say. Throws `Fault` where it cannot be, or was made already. */
export async function billOne(tx: Tx, id: string, wanted: Billed, given: Values, cause: Cause): Promise<CrmRecord> {
  const source = await lockOne(tx, id, null);
  if (source.archived !== null || source.mergedInto !== null)
    throw refusal(source, wanted, 'is archived or merged', 'Restore it, or take the record it was merged into.');
  if (source.object === 'opportunity') return fromOpportunity(tx, source, wanted, given, cause);
  if (source.object === 'estimate' && wanted === 'invoice') return fromEstimate(tx, source, given, cause);
  const allowed = wanted === 'invoice' ? 'an opportunity or an estimate' : 'an opportunity';
  throw new Fault('invalid', `An ${wanted} is made out of ${allowed}.`, 'Choose such a record.', [
    { path: 'id', found: `id of a ${source.object}`, allowed: `id of ${allowed}` },
  ]);
}

async function fromOpportunity(tx: Tx, opportunity: CrmRecord, wanted: Billed, given: Values, cause: Cause): Promise<CrmRecord> {
  const { fields } = opportunity;
  if (fields.status === 'lost') throw refusal(opportunity, wanted, 'is lost', 'Reopen it first.');
  if (wanted === 'invoice' && fields.status !== 'won')
    throw refusal(
      opportunity,
      wanted,
      `is not won: its status is ${String(fields.status ?? 'open')}`,
      'Set its status to won first.',
    );
  const estimate = await documentOf(tx, opportunity.id, 'estimate');
  const made = wanted === 'estimate' ? estimate : await documentOf(tx, opportunity.id, 'invoice');
  if (made !== undefined) throw refusal(opportunity, wanted, `has ${nameOf(made)}`, 'Change that one, or archive it first.');
  if (estimate !== undefined)
    throw refusal(opportunity, wanted, `has ${nameOf(estimate)}`, 'Make the invoice out of the estimate.');
  if (!isMoney(fields.amount) && linesOf(given).length === 0)
    throw new Fault('invalid', `${opportunity.name} has no amount.`, 'Give it one, or say the lines.', [
      { path: 'amount', found: 'nothing', allowed: 'an amount with its currency' },
    ]);
  expectGiven(given, { opportunity: opportunity.id });
  const values = {
    ...pick(fields, ['company', 'contact', 'owner']),
    opportunity: opportunity.id,
    ...begun(wanted, cause.at),
    lines: [{ kind: 'item', description: opportunity.name, quantity: 1, unitPrice: fields.amount ?? null }],
  };
  return createOne(tx, wanted, { ...values, ...given }, cause);
}

async function fromEstimate(tx: Tx, estimate: CrmRecord, given: Values, cause: Cause): Promise<CrmRecord> {
  const { status, invoice } = estimate.fields;
  const made = typeof invoice === 'string' ? (await readRecords(tx, [invoice]))[0] : undefined;
  if (made?.archived === null)
    throw refusal(estimate, 'invoice', `became invoice ${made.id}`, 'Change that one, or archive it first.');
  if (status === 'declined' || status === 'void')
    throw refusal(estimate, 'invoice', `is ${status}`, 'Set its status anew if it was accepted after all.');
  expectGiven(given, { estimate: estimate.id, ...pick(estimate.fields, ['opportunity']) });
  const values = {
    ...pick(estimate.fields, CARRIED),
    lines: linesOf(estimate.fields).map(({ serviceId: _theirs, ...line }) => line),
    estimate: estimate.id,
    ...begun('invoice', cause.at),
  };
  const bill = await createOne(tx, 'invoice', { ...values, ...given }, cause);
  await changeOne(tx, estimate.id, estimate.version, 'patch', { status: 'invoiced', invoice: bill.id }, cause);
  return bill;
}

/** By these it is known that it was made: nobody gives others. */
function expectGiven(given: Values, made: Values): void {
  const problems = Object.entries(made).flatMap(([field, id]) =>
    given[field] === undefined || given[field] === id
      ? []
      : [
          {
            path: `fields/${field}`,
            found: JSON.stringify(given[field]),
            allowed: `${JSON.stringify(id)}, what it is made out of`,
          },
        ],
  );
  if (problems.length > 0) throw invalid('It cannot be made so', problems);
}

/** What an invoice takes from its estimate: all that both have, but what the service gave to the estimate alone, and what follows anew. */
const OWN: ReadonlySet<string> = new Set(['number', 'issued', 'lines', 'link', 'subtotal', 'tax', 'taxes', 'total', 'homeTotal']);
const CARRIED = Object.keys(document).filter((field) => !OWN.has(field));

const begun = (wanted: Billed, at: string): Values => ({
  issued: at.slice(0, 10),
  ...(wanted === 'estimate' ? { status: 'draft' } : { kind: 'sale', stage: 'draft' }),
});

function pick(values: Values, fields: readonly string[]): Values {
  return Object.fromEntries(
    fields.flatMap((field): [string, Json][] => (isBlank(values[field]) ? [] : [[field, values[field]!]])),
  );
}

/** The living document of that kind that was made for an opportunity. */
async function documentOf(tx: Tx, opportunity: string, object: Billed): Promise<CrmRecord | undefined> {
  const id = await referring(tx, opportunity, 'opportunity', object);
  return id === undefined ? undefined : (await readRecords(tx, [id]))[0];
}

const nameOf = ({ object, name, id }: CrmRecord): string => name || `${object} ${id}`;

const refusal = ({ name, id }: CrmRecord, wanted: Billed, why: string, advice: string): Fault =>
  new Fault('conflict', `No ${wanted} can be made: ${name || id} ${why}.`, advice);
