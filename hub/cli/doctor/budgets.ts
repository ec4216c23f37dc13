/** Day limits of services: what is used, and when it is over at this pace. */
import type { DayBudget } from '#hub/connections/budgets.ts';
import type { ConnectionView } from '#hub/connections/connections.ts';
import type { Check, Finding } from './check.ts';

const MOST = 50;

export const checkBudgets: Check = async (hub, workspace) => {
  const views = (await hub.connections.list(workspace, 0, MOST)).filter(({ status }) => status !== 'disconnected');
  const findings = await Promise.all(
    views.map(async (view) =>
      (await hub.connections.budgets(workspace, view.id)).map((budget) => findingOf(view, budget, hub.now())),
    ),
  );
  return findings.flat();
};

function findingOf({ id, connector, title }: ConnectionView, budget: DayBudget, now: number): Finding {
  const { perDay, used, usedUp, restsUntil } = budget;
  const name = `connection ${id} (${connector}, ${title}): day limit`;
  const counted = `${used} of ${perDay} calls used within a day`;
  if (restsUntil !== null) {
    return {
      name,
      state: 'warning',
      found: `${counted}; the service wants nothing before ${clock(restsUntil, now)}`,
      advice: LATER,
    };
  }
  if (usedUp === null) return { name, state: 'well', found: counted };
  const found =
    Date.parse(usedUp) <= now
      ? `${counted}: the day limit is reached`
      : `${counted}; day limit reached at ${clock(usedUp, now)} at this pace`;
  return { name, state: 'warning', found, advice: LATER };
}

const LATER = 'What is left undone goes on by itself as calls leave the day; import less at once, or read less often.';

/** Hours and minutes UTC, with the day where it is another. */
function clock(instant: string, now: number): string {
  const today = new Date(now).toISOString().slice(0, 10);
  const time = `${instant.slice(11, 16)} UTC`;
  return instant.startsWith(today) ? time : `${time} on ${instant.slice(0, 10)}`;
}
