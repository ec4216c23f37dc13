/** What a preview has read, in sums: by stream, year, currency and status. From the plans' kept pages; the service is not asked again. */
import type { Big } from 'big.js';
import { ZERO } from '#crm/ledger/amounts.ts';
import type { Json } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { getPlan, getStage } from '#store/plans.ts';
import type { StagedPage } from '#sync/preview.ts';
import { dayOf } from '#sync/stated.ts';
import type { Reader } from './books.ts';
import { figuresOf, MONEY_OBJECTS } from './figures.ts';

export interface Found {
  stream: string;
  object: string;
  /** Rows read, and what shall become of them: create, link, skip, hold, park … */
  rows: number;
  decisions: { [decision: string]: number };
  /** Older than what was chosen: left outside. */
  older: number;
  sums: { kind: string; year: string; currency: string; status: string; count: number; total: string; balance: string | null }[];
  /** What kept it from being read to the end; the rest is read when it is imported. */
  rest: Json;
}

interface Sums {
  count: number;
  total: Big;
  balance: Big | null;
}

export async function foundIn(tx: Tx, { sync, stream, translation }: Reader, plan: number): Promise<Found> {
  const row = (await getPlan(tx, plan))!;
  const { pages = 0, rest = null } = row.about as { pages?: number; rest?: Json };
  const money = MONEY_OBJECTS.has(sync.object);
  const groups = new Map<string, Sums>();
  let rows = 0;
  let older = 0;
  for (let page = 0; page < pages; page += 1) {
    const staged = await getStage<StagedPage>(tx, plan, page);
    rows += (staged?.rows.length ?? 0) + (staged?.misfits.length ?? 0);
    if (!money) continue;
    for (const { raw } of staged?.rows ?? []) {
      const stated = translation.stated(stream.toRow(raw).fields);
      if (sync.since !== null && (dayOf(stated) ?? sync.since) < sync.since) older += 1;
      else add(groups, figuresOf(sync.object, stated));
    }
  }
  const { read: _, unchanged: __, ...decisions } = row.counts;
  return { stream: sync.stream, object: sync.object, rows, decisions, older, sums: shown(groups), rest };
}

function add(groups: Map<string, Sums>, { kind, month, currency, status, total, balance }: ReturnType<typeof figuresOf>): void {
  const key = JSON.stringify([kind, month.slice(0, 4), currency, status]);
  const sums = groups.get(key) ?? { count: 0, total: ZERO, balance: null };
  groups.set(key, {
    count: sums.count + 1,
    total: sums.total.plus(total),
    balance: balance === null ? sums.balance : (sums.balance ?? ZERO).plus(balance),
  });
}

function shown(groups: ReadonlyMap<string, Sums>): Found['sums'] {
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { count, total, balance }]) => {
      const [kind, year, currency, status] = JSON.parse(key) as [string, string, string, string];
      return { kind, year, currency, status, count, total: total.toFixed(), balance: balance?.toFixed() ?? null };
    });
}
