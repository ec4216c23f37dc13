/** Statements as they went over the store's connections, and how PostgreSQL would run them. */
import pg from 'pg';
import { vi } from 'vitest';
import type { TestDatabase } from '#test/database.ts';

/** From how many rows on a table is large. */
const MANY = 10_000;

export interface Sent {
  text: string;
  values: unknown[];
  role: 'hub' | 'worker';
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** Remembers from now on what is sent, each statement once, with the values it was first sent with. `vi.restoreAllMocks` ends it. */
export function listen(): Map<string, Sent> {
  const sent = new Map<string, Sent>();
  const query = pg.Client.prototype.query;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [statement] = args;
    const { connectionParameters } = this as pg.Client & { connectionParameters: { options?: string } };
    const role = /role=switchboard_(hub|worker)/.exec(connectionParameters.options ?? '')?.[1] as Sent['role'] | undefined;
    if (role && typeof statement === 'object' && statement !== null && 'text' in statement && 'values' in statement) {
      const { text, values } = statement as { text: string; values: unknown[] };
      if (!sent.has(text)) sent.set(text, { text, values, role });
    }
    return Reflect.apply(query, this, args) as undefined;
  });
  return sent;
}

/** Explains each, as the role that sent it: which large tables are read from end to end, and by what. */
export async function explainAll(
  sent: ReadonlyMap<string, Sent>,
  { owner, store }: TestDatabase,
  workspace: number,
): Promise<{ large: Set<string>; explained: number; scans: string[] }> {
  const { rows } = await owner.query<{ relname: string }>(
    `select relname from pg_class where relnamespace = 'switchboard'::regnamespace and relkind = 'r' and reltuples >= $1`,
    [MANY],
  );
  const large = new Set(rows.map((row) => row.relname));
  const scans: string[] = [];
  let explained = 0;
  for (const { text, values, role } of sent.values()) {
    if (!/^\s*(select|insert|update|delete|with)\b/i.test(text)) continue;
    explained += 1;
    const ask = (tx: { query<T extends object>(text: string, values: unknown[]): Promise<T[]> }) =>
      tx.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${text}`, values);
    const plans = await (role === 'hub' ? store.workspace(workspace, ask) : store.installation(ask));
    for (const table of scansOf(plans[0]!['QUERY PLAN'][0]!.Plan)) if (large.has(table)) scans.push(`${table}: ${text}`);
  }
  return { large, explained, scans };
}

/** Tables read in whole, in every part of the plan. */
function scansOf(plan: Plan): string[] {
  const own = plan['Node Type'].includes('Seq Scan') && plan['Relation Name'] ? [plan['Relation Name']] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scansOf)];
}
