/** How much happened within the last so many milliseconds, by remembering when each did. */
export interface Trail {
  /** Something happens now; how much has, it included, since so long before. */
  add(at: number): number;
}

const SPENT = 10_000;

export function createTrail(length: number): Trail {
  let times: number[] = [];
  let first = 0;
  return {
    add(at) {
      times.push(at);
      while (times[first]! <= at - length) first += 1;
      if (first > SPENT) {
        times = times.slice(first);
        first = 0;
      }
      return times.length - first;
    },
  };
}
