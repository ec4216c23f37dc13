/** Faults on demand: what a network and a service do on a bad day. */
export type Fault = Trouble & {
  /** Name of the operation it strikes; absent: any. */
  operation?: string;
  /** Strikes from this matching call on, counted from when it was added; 1 is the next one. Default 1. */
  nth?: number;
  /** Strikes so many calls in a row. Default 1; 0: until cleared. */
  times?: number;
};

export type Trouble =
  /** 429 in the service's own words; `retryAfter` in seconds, absent: no such header. Not carried out. */
  | { kind: 'rate'; retryAfter?: number }
  /** This status in the service's own words. Not carried out. */
  | { kind: 'status'; status: number; retryAfter?: number }
  /** Carried out and answered, after so many real milliseconds. */
  | { kind: 'slow'; ms: number }
  /** Carried out; the connection breaks in the middle of the body. */
  | { kind: 'cut' }
  /** Carried out; the connection breaks before any answer. */
  | { kind: 'lost' }
  /** Carried out; no answer ever comes. */
  | { kind: 'hang' }
  /** Not carried out; the connection breaks. */
  | { kind: 'refused' }
  /** The grant behind the call's token dies before the call is looked at. */
  | { kind: 'revoked' }
  /** Carried out; the body is no valid JSON. */
  | { kind: 'malformed' };

/** The kinds a fault may have, for checking what comes over HTTP. */
export const KINDS: readonly Trouble['kind'][] = [
  'rate',
  'status',
  'slow',
  'cut',
  'lost',
  'hang',
  'refused',
  'revoked',
  'malformed',
];

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The fault that strikes this call, if any. */
  strike(operation: string): Trouble | undefined;
  /** Faults that have not struck all their calls yet. */
  pending(): readonly Fault[];
}

export function createFaults(): Faults {
  let waiting: { fault: Fault; skip: number; left: number }[] = [];
  return {
    add: (fault) => {
      if (!KINDS.includes(fault.kind)) {
        throw new Error(`fault: kind ${JSON.stringify(fault.kind)} is unknown; use one of ${KINDS.join(', ')}`);
      }
      const times = fault.times ?? 1;
      waiting.push({ fault, skip: (fault.nth ?? 1) - 1, left: times === 0 ? Number.POSITIVE_INFINITY : times });
    },
    clear: () => {
      waiting = [];
    },
    strike: (operation) => {
      let struck: Trouble | undefined;
      for (const one of waiting) {
        if (one.fault.operation !== undefined && one.fault.operation !== operation) continue;
        if (one.skip > 0) one.skip--;
        else if (struck === undefined) {
          struck = one.fault;
          one.left--;
        }
      }
      waiting = waiting.filter((one) => one.left > 0);
      return struck;
    },
    pending: () => waiting.map((one) => one.fault),
  };
}
