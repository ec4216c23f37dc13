/** How often each operation was called and how each call was answered. */
export interface Counters {
  /** Calls by operation: `people.connections.list`. */
  readonly calls: { readonly [operation: string]: number };
  /** Answers by status; `0` counts the calls whose socket was destroyed without one. */
  readonly statuses: { readonly [status: number]: number };
  /** Writes of one account that were under way at the same time as another of the same account. */
  readonly overlappingWrites: number;
  /** All calls, of every operation. */
  total(): number;
  called(operation: string): void;
  answered(status: number): void;
  overlapped(): void;
  reset(): void;
}

export function createCounters(): Counters {
  const calls: { [operation: string]: number } = {};
  const statuses: { [status: number]: number } = {};
  let overlappingWrites = 0;
  return {
    calls,
    statuses,
    get overlappingWrites() {
      return overlappingWrites;
    },
    total: () => Object.values(calls).reduce((sum, n) => sum + n, 0),
    called: (operation) => {
      calls[operation] = (calls[operation] ?? 0) + 1;
    },
    answered: (status) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
    },
    overlapped: () => {
      overlappingWrites++;
    },
    reset: () => {
      for (const name of Object.keys(calls)) delete calls[name];
      for (const status of Object.keys(statuses)) delete statuses[Number(status)];
      overlappingWrites = 0;
    },
  };
}
