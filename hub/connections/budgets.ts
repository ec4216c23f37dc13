/** What the service allows a connection in a day, what is used of it, and when it will be used up at the pace it is used now. */

import { readBudgets } from '#store/budgets.ts';
import { type ConnectionRow, getConnection } from '#store/connections.ts';
import { forecast } from '#store/spending.ts';
import { countedAs } from './lend.ts';
import { appFor } from './own-apps.ts';
import { type ConnectionParts, connectorOf } from './parts.ts';
import { missingConnection } from './sign-in.ts';

export interface DayBudget {
  /** The limit, as the connector calls it. */
  group: string;
  perDay: number;
  used: number;
  /** Instant; null: not within a day. */
  usedUp: string | null;
  /** The service wants nothing before then. Instant. */
  restsUntil: string | null;
}

/** One for each limit that counts days; of a connection that was never used, none is used. */
export async function dayBudgets(parts: ConnectionParts, workspace: number, id: number): Promise<DayBudget[]> {
  const row: ConnectionRow | undefined = await parts.store.workspace(workspace, (tx) => getConnection(tx, id));
  if (row === undefined) throw missingConnection(id);
  const connector = connectorOf(parts, row.connector);
  const daily = Object.entries(connector.limits.groups).filter(([, { perDay }]) => perDay !== undefined);
  if (daily.length === 0) return [];
  const counted = countedAs(connector, (await appFor(parts, workspace, connector.name)).id, row.account);
  const keyed = daily.map(([group, limit]) => ({ group, perDay: limit.perDay!, key: `${counted[limit.per]}/${group}` }));
  const kept = await readBudgets(
    parts.store,
    keyed.map(({ key }) => key),
  );
  const at = parts.now();
  return keyed.map(({ group, perDay, key }) => {
    const budget = kept.get(key);
    const { used, usedUp } = forecast('day', budget?.state.day ?? [], at, perDay);
    const rests = budget?.paused ?? 0;
    return { group, perDay, used, usedUp: instant(usedUp), restsUntil: rests > at ? instant(rests) : null };
  });
}

const instant = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
