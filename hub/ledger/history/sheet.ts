/** The reconciliation sheet: what the service has against what the CRM has, to the cent, and every difference by its name. Pure. */
import type { Big } from 'big.js';
import { ZERO } from '#crm/ledger/amounts.ts';
import { type Figures, said } from './figures.ts';

/** A row of the service and its record; either may be missing. */
export interface Pair {
  stream: string;
  row: string;
  record: string | null;
  there: Figures | null;
  here: Figures | null;
  /** Why one is missing, or why they differ, as far as it is known. */
  reason: string | null;
}

export interface SheetLine {
  stream: string;
  kind: string;
  month: string;
  currency: string;
  status: string;
  there: { count: number; total: string; balance: string | null };
  here: { count: number; total: string; balance: string | null };
  /** Here less there. */
  difference: { count: number; total: string; balance: string | null };
}

export interface Difference {
  stream: string;
  row: string;
  record: string | null;
  number: string;
  what: 'not here' | 'not there' | 'total' | 'balance' | 'status' | 'currency' | 'month' | 'kind';
  there: string | null;
  here: string | null;
  reason: string | null;
}

export interface Sheet {
  lines: SheetLine[];
  differences: Difference[];
  /** Differences beyond those listed. */
  more: number;
  rows: number;
  /** Nothing differs. */
  agrees: boolean;
}

/** Differences listed; all are counted. */
const MOST = 5_000;

interface Sums {
  count: number;
  total: Big;
  balance: Big | null;
}

const none = (): Sums => ({ count: 0, total: ZERO, balance: null });

/** Adds pairs one by one, so that memory does not grow with their number. */
export class SheetWriting {
  private readonly groups = new Map<
    string,
    { of: Pick<SheetLine, 'stream' | 'kind' | 'month' | 'currency' | 'status'>; there: Sums; here: Sums }
  >();
  private readonly differences: Difference[] = [];
  private more = 0;
  private rows = 0;

  add(pair: Pair): void {
    this.rows += 1;
    if (pair.there) this.count(pair.stream, pair.there, 'there');
    if (pair.here) this.count(pair.stream, pair.here, 'here');
    for (const difference of differencesOf(pair)) {
      if (this.differences.length < MOST) this.differences.push(difference);
      else this.more += 1;
    }
  }

  sheet(): Sheet {
    const lines = [...this.groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => lineOf(group));
    const { differences, more, rows } = this;
    return { lines, differences, more, rows, agrees: differences.length === 0 };
  }

  private count(stream: string, { kind, month, currency, status, total, balance }: Figures, side: 'there' | 'here'): void {
    const key = [stream, kind, month, currency, status].join('\u0000');
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { of: { stream, kind, month, currency, status }, there: none(), here: none() };
      this.groups.set(key, group);
    }
    const sums = group[side];
    sums.count += 1;
    sums.total = sums.total.plus(total);
    if (balance !== null) sums.balance = (sums.balance ?? ZERO).plus(balance);
  }
}

function lineOf({
  of,
  there,
  here,
}: {
  of: Pick<SheetLine, 'stream' | 'kind' | 'month' | 'currency' | 'status'>;
  there: Sums;
  here: Sums;
}): SheetLine {
  const shown = ({ count, total, balance }: Sums) => ({
    count,
    total: total.toFixed(),
    balance: balance === null ? null : balance.toFixed(),
  });
  const balance = there.balance === null && here.balance === null ? null : (here.balance ?? ZERO).minus(there.balance ?? ZERO);
  return {
    ...of,
    there: shown(there),
    here: shown(here),
    difference: shown({ count: here.count - there.count, total: here.total.minus(there.total), balance }),
  };
}

function differencesOf({ stream, row, record, there, here, reason }: Pair): Difference[] {
  const of = { stream, row, record, number: there?.number || here?.number || '', reason };
  if (there === null || here === null) {
    if (there === null && here === null) return reason === null ? [] : [{ ...of, what: 'not here', there: null, here: null }];
    const what = here === null ? 'not here' : 'not there';
    return [{ ...of, what, there: there && amountOf(there), here: here && amountOf(here) }];
  }
  const differing: Difference[] = [];
  const differ = (what: Difference['what'], theirs: string | null, ours: string | null): void => {
    differing.push({ ...of, what, there: theirs, here: ours });
  };
  for (const what of ['currency', 'month', 'kind', 'status'] as const)
    if (there[what] !== here[what]) differ(what, there[what], here[what]);
  if (!there.total.eq(here.total)) differ('total', amountOf(there), amountOf(here));
  if (there.balance !== null && here.balance !== null && !there.balance.eq(here.balance))
    differ('balance', `${there.balance.toFixed()} ${there.currency}`, `${here.balance.toFixed()} ${here.currency}`);
  return differing;
}

const amountOf = ({ total, currency }: Figures): string => String(said(total, currency));
