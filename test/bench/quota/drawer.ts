/**
 * A till in memory in place of PostgreSQL: several hubs share it, each with its own leases, and what is granted is reckoned by the
 * store's own functions. For times too long to ask a database millions of times.
 */
import type { Budget } from '#store/granting.ts';
import { grantAll } from '#store/granting.ts';
import type { Till } from '#store/till.ts';

export function createDrawer(): Till {
  const budgets = new Map<string, Budget>();
  const budgetOf = (key: string): Budget => {
    let budget = budgets.get(key);
    if (budget === undefined) budgets.set(key, (budget = { state: {}, changed: false, paused: 0, held: 0 }));
    return budget;
  };
  return {
    async ask(questions) {
      return questions.map((one) => {
        if ('id' in one) {
          budgetOf(one.key).held -= 1;
          return { taken: { granted: true }, extras: [] };
        }
        for (const { key } of one.claims) budgetOf(key);
        return grantAll(budgets, [one])[0]!;
      });
    },
    async pause(key, until) {
      const budget = budgetOf(key);
      budget.paused = Math.max(budget.paused, until);
    },
  };
}
