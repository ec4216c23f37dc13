/** How long each kind of work has waited for its calls, and whether anybody was overtaken by work that is less urgent. */
import type { Urgency } from '#hub/shares.ts';

export interface Waits {
  /** Somebody wants to call now. */
  ask(tenant: number, urgency: Urgency, at: number): { granted(at: number): void };
  /** Milliseconds that this part of a kind's calls waited at most, 0 to 1. */
  quantile(urgency: Urgency, part: number): number;
  count(urgency: Urgency): number;
  /** Backfills' calls that went off while a person's of the same tenant waited, and had to wait on for longer than between two looks. */
  overtaken(): number;
}

/** Whoever waits for a slot looks again after so long (connectors/kit/allowance.ts): of two looks nobody can say who came first. */
const LOOK_MS = 25;

interface Person {
  asked: number;
  /** When backfills went off meanwhile. */
  passed: number[];
}

export function createWaits(): Waits {
  const times: { [urgency in Urgency]: number[] } = { person: [], webhook: [], poll: [], backfill: [] };
  const people = new Map<number, Set<Person>>();
  let overtaken = 0;
  return {
    ask(tenant, urgency, asked) {
      const person: Person | undefined = urgency === 'person' ? { asked, passed: [] } : undefined;
      const waiting = people.get(tenant) ?? new Set();
      people.set(tenant, waiting);
      if (person) waiting.add(person);
      let first = true;
      return {
        granted(at) {
          if (urgency === 'backfill') for (const one of waiting) if (one.asked < at) one.passed.push(at);
          if (person) {
            waiting.delete(person);
            overtaken += person.passed.filter((passed) => at - passed > LOOK_MS).length;
            person.passed = [];
          }
          if (first) times[urgency].push(at - asked);
          first = false;
        },
      };
    },
    quantile(urgency, part) {
      const sorted = Float64Array.from(times[urgency]).sort();
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    },
    count: (urgency) => times[urgency].length,
    overtaken: () => overtaken,
  };
}
