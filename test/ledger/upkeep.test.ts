/** Whatever is done to invoices, payments and credit notes, what they hold of each other is what would be reckoned from the beginning. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { standingOf, unappliedOf } from '#crm/ledger/standing.ts';
import type { Json, Values } from '#kit/fields.ts';
import { testCrm } from '#test/crm/crm.ts';

const { crm, database } = await testCrm();
const eur = (cents: number): Json => ({ amount: String(cents / 100), currency: 'EUR' });

const at = fc.nat(30);
const cents = fc.integer({ min: 1, max: 20_000 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('bill' as const), cents, kind: fc.constantFrom('sale', 'credit') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      cents,
      to: fc.array(at, { maxLength: 3 }),
      kind: fc.constantFrom('payment', 'payment', 'refund', 'credit'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('apply' as const), note: at, to: at, cents }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('amount' as const), at, cents }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('void' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('archive' as const, 'restore' as const, 'erase' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), at, other: at }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An archived invoice is restated when its payment turns out void: it is not open all the same. */
const ARCHIVED_AND_RESTATED: Step[] = [
  { do: 'bill', cents: 1, kind: 'sale' },
  { do: 'pay', cents: 1, to: [0], kind: 'payment' },
  { do: 'archive', at: 0 },
  { do: 'void', at: 0 },
];

test('after any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const workspace = await database.workspace();
      for (const one of steps) await take(workspace, one).catch(refused);
      await expectReckoned(workspace);
    }),
    { numRuns: 40, examples: [[ARCHIVED_AND_RESTATED]] },
  );
});

/** Merging what is archived, restoring what lives and the like is refused; anything else is a fault of ours. */
function refused(error: unknown): void {
  if (!(error instanceof Error && error.name === 'Fault')) throw error;
}

const everything = async (workspace: number): Promise<CrmRecord[]> => {
  const of = async (object: string, archived: boolean) =>
    (await crm.list(workspace, object, { after: null, limit: 200, archived })).items;
  return (await Promise.all(['invoice', 'payment'].flatMap((object) => [of(object, false), of(object, true)]))).flat();
};

async function take(workspace: number, one: Step): Promise<void> {
  const who = { workspace, by: 'person' };
  const all = (await everything(workspace)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const living = (object: string) => all.filter((record) => record.object === object && record.archived === null);
  const some = (from: readonly CrmRecord[], n: number): CrmRecord | undefined => from[n % Math.max(1, from.length)];
  const patch = (record: CrmRecord | undefined, values: Values) =>
    record && crm.change(who, record.id, record.version, 'patch', values);
  switch (one.do) {
    case 'bill':
      await crm.add(who, 'invoice', { kind: one.kind, stage: 'issued', total: eur(one.cents) });
      return;
    case 'pay': {
      const to = [...new Set(one.to.flatMap((n) => some(living('invoice'), n) ?? []))];
      const allocations = to.map(({ id }, n) => ({ invoice: id, amount: eur(n + 1) }));
      await crm.add(who, 'payment', {
        kind: one.kind,
        status: 'completed',
        amount: eur(one.cents),
        ...(allocations.length > 0 && { allocations }),
      });
      return;
    }
    case 'apply': {
      const notes = living('invoice').filter(({ fields }) => fields.kind === 'credit');
      const to = some(
        living('invoice').filter(({ fields }) => fields.kind === 'sale'),
        one.to,
      );
      if (to) await patch(some(notes, one.note), { allocations: [{ invoice: to.id, amount: eur(one.cents) }] });
      return;
    }
    case 'amount': {
      const record = some([...living('invoice'), ...living('payment')], one.at);
      await patch(record, { [record?.object === 'payment' ? 'amount' : 'total']: eur(one.cents) });
      return;
    }
    case 'void': {
      const record = some([...living('invoice'), ...living('payment')], one.at);
      await patch(record, record?.object === 'payment' ? { status: 'void' } : { stage: 'void' });
      return;
    }
    case 'merge': {
      const [survivor, loser] = [some(living('invoice'), one.at), some(living('invoice'), one.other)];
      if (survivor && loser)
        await crm.merge(who, { survivor: survivor.id, expected: survivor.version, loser: loser.id, choices: {} });
      return;
    }
    case 'erase': {
      const record = some(all, one.at);
      if (record) await crm.eraseOne(who, record.id, record.version);
      return;
    }
    default: {
      const record = some(all, one.at);
      if (record) await (one.do === 'archive' ? crm.archiveOne : crm.restoreOne)(who, record.id, null);
    }
  }
}

async function expectReckoned(workspace: number): Promise<void> {
  const whole = await everything(workspace);
  const all = whole.filter(({ archived }) => archived === null);
  const names = ({ fields }: CrmRecord, id: string) =>
    ((fields.allocations ?? []) as { invoice?: string }[]).some(({ invoice }) => invoice === id);
  const credits = new Set(whole.flatMap(({ id, fields }) => (fields.kind === 'credit' ? [id] : [])));
  for (const record of all) {
    if (record.object === 'payment') {
      expect(record.fields.unapplied).toEqual(unappliedOf(record.fields, credits).unapplied);
      continue;
    }
    const { status, paid, credited, refunded, balance, ...rest } = record.fields;
    const held = { status, paid, credited, refunded, balance };
    const known = Object.fromEntries(Object.entries(held).filter(([, value]) => value !== undefined));
    expect(known).toEqual(
      standingOf(
        record.id,
        rest,
        all.filter((one) => names(one, record.id)),
      ),
    );
  }
  const { rows } = await database.owner.query<{ invoice: string; balance: string }>(
    'select invoice, balance from open_invoices where workspace = $1',
    [workspace],
  );
  const open = all.filter(
    ({ object, fields }) =>
      object === 'invoice' &&
      fields.kind === 'sale' &&
      fields.stage === 'issued' &&
      Number((fields.balance as { amount: string }).amount) > 0,
  );
  expect(rows.map(({ invoice, balance }) => [invoice, balance]).sort()).toEqual(
    open.map(({ id, fields }) => [id, (fields.balance as { amount: string }).amount]).sort(),
  );
}
