/** Payments find their invoices: those that surely do are allocated, the others say why not and wait. */
import type { Cause, Change, CrmRecord } from '#crm/core.ts';
import { amountIn, moneyOf } from '#crm/ledger/amounts.ts';
import { changeRecords } from '#crm/write.ts';
import type { Json } from '#kit/fields.ts';
import { keptMapping } from '#mappings/parse.ts';
import type { Tx } from '#store/database.ts';
import { linksOfRecord } from '#store/links.ts';
import { getVersion, listMappings } from '#store/mappings.ts';
import { dropUnmatched, dueUnmatched, noteUnmatched } from '#store/open-money.ts';
import { lockRecords } from '#store/records.ts';
import { listSyncs, oneWriter } from '#store/syncs.ts';
import { type Asked, askedOf } from './candidates.ts';
import { matchPayment, type Verdict } from './match.ts';
import type { LedgerParts } from './parts.ts';

const BATCH = 50;
/** What nothing was found for is looked at again a day later, and at once when an invoice comes that may be meant. */
const AGAIN_MS = 24 * 3_600_000;

/** Looks at payments of a workspace that are due. How many. */
export async function matchDue({ store, now }: LedgerParts, workspace: number): Promise<number> {
  return store.workspace(workspace, async (tx) => {
    await oneWriter(tx);
    const at = new Date(now());
    const due = await dueUnmatched(tx, at, BATCH);
    if (due.length === 0) return 0;
    const kept = await selfKept(tx);
    const records = new Map((await lockRecords(tx, due)).map((record) => [record.id, record]));
    const doubts: { payment: string; doubt: string; because: string; candidates: Json }[] = [];
    for (const id of due) {
      const record = records.get(id);
      const asked = record && !(await isSelfKept(tx, id, kept)) ? await askedOf(tx, record) : null;
      if (record === undefined || asked === null) {
        await dropUnmatched(tx, [id]);
        continue;
      }
      const verdict = matchPayment(asked.paid, asked.open);
      if (verdict.doubt === null) await allocate(tx, record, verdict, asked, at);
      else
        doubts.push({
          payment: id,
          doubt: verdict.doubt,
          because: verdict.because,
          candidates: verdict.candidates as unknown as Json,
        });
    }
    await noteUnmatched(tx, doubts, { at, again: new Date(at.getTime() + AGAIN_MS) });
    return due.length;
  });
}

async function allocate(
  tx: Tx,
  record: CrmRecord,
  { allocations, because, candidates }: Verdict,
  { paid, open }: Asked,
  at: Date,
): Promise<void> {
  if (!(await standStill(tx, allocations, open))) return;
  const cause: Cause = { by: 'matching', at: at.toISOString() };
  const to: Json = allocations.map(({ invoice, amount }) => ({ invoice, amount: { ...moneyOf(amount, paid.currency) } }));
  const evidence = { because, candidates: candidates as unknown as Json };
  await changeRecords(
    tx,
    [
      {
        ...{ id: record.id, object: record.object, expected: record.version, before: record.fields },
        changes: {
          ...customerOf(record, open, allocations),
          allocations: { from: record.fields.allocations ?? null, to, why: 'matched' },
          evidence: { from: record.fields.evidence ?? null, to: evidence, why: 'matched' },
        },
      },
    ],
    cause,
  );
}

/** Nobody else pays them now, nor has since they were looked at: else the payment stays due, and is looked at anew. */
async function standStill(tx: Tx, allocations: Verdict['allocations'], open: Asked['open']): Promise<boolean> {
  const seen = new Map(open.map((one) => [one.invoice, one]));
  const ids = allocations.map(({ invoice }) => invoice);
  const locked = await lockRecords(tx, ids);
  if (locked.length < ids.length) return false;
  return locked.every(({ id, archived, fields }) => {
    const { balance, currency } = seen.get(id)!;
    return archived === null && amountIn(fields.balance, currency)?.eq(balance) === true;
  });
}

/** Whose invoices they are, that is who paid, where nobody has said so. */
function customerOf({ fields }: CrmRecord, open: Asked['open'], allocations: Verdict['allocations']): { company?: Change } {
  const named = new Set(allocations.map(({ invoice }) => open.find((one) => one.invoice === invoice)?.company ?? null));
  const [company = null] = named;
  if (fields.company !== undefined || named.size !== 1 || company === null) return {};
  return { company: { from: null, to: company, why: 'matched' } };
}

/**
 * Syncs of services that keep books: they say themselves what pays what, and would be told what we allocate. What is not allocated there is
 * meant so. One that is only read (a payment service) may say it of its own invoices, and knows nothing of others.
 */
async function selfKept(tx: Tx): Promise<ReadonlySet<number>> {
  const mappings = (await listMappings(tx)).filter(({ object }) => object === 'payment');
  const bodies = await Promise.all(mappings.map(({ id, version }) => getVersion(tx, id, version)));
  const saying = new Set(
    mappings.flatMap(({ id }, at) => {
      const body = bodies[at] && keptMapping(bodies[at].body);
      return body?.fields.some(({ crm, way }) => crm === 'allocations' && (way ?? 'both') === 'both') ? [id] : [];
    }),
  );
  return new Set((await listSyncs(tx)).flatMap(({ id, mapping, outward }) => (outward && saying.has(mapping) ? [id] : [])));
}

async function isSelfKept(tx: Tx, payment: string, syncs: ReadonlySet<number>): Promise<boolean> {
  if (syncs.size === 0) return false;
  return (await linksOfRecord(tx, payment)).some(({ sync, state }) => state === 'live' && syncs.has(sync));
}
