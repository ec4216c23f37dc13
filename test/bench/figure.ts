/** One measured number, beside what it is measured against. */
export interface Figure {
  bench: string;
  figure: string;
  value: number;
  /** The same work done with nothing above what cannot be spared, measured in the same run; or the bound that is promised. */
  floor?: number;
  /** How good: 1 is the floor itself, less is worse. */
  ratio?: number;
  /** Of the process that measures, which is the hub's; the services' and the database's are others. */
  peakRssMiB: number;
}

/** What a bench hands out, as it comes to know it. */
export type Report = (figure: Figure) => void;

export interface BenchOptions {
  /** People in the emulated address book. */
  rows: number;
  /** Of a simulated time. */
  tenants: number;
  days: number;
  /** Without a database, where a bench can do so. */
  memory: boolean;
}

export type Bench = (options: BenchOptions, report: Report) => Promise<void>;

export function peakRssMiB(): number {
  return rounded(process.resourceUsage().maxRSS / 1024);
}

/** Where more is better. */
export function atLeast(bench: string, figure: string, value: number, floor?: number): Figure {
  return made(bench, figure, value, floor, floor === undefined ? undefined : value / floor);
}

/** Where less is better. */
export function atMost(bench: string, figure: string, value: number, floor: number): Figure {
  return made(bench, figure, value, floor, floor / value);
}

function made(bench: string, figure: string, value: number, floor: number | undefined, ratio: number | undefined): Figure {
  return {
    ...{ bench, figure, value: rounded(value) },
    ...(floor !== undefined && { floor: rounded(floor) }),
    ...(ratio !== undefined && Number.isFinite(ratio) && { ratio: Math.round(ratio * 1000) / 1000 }),
    peakRssMiB: peakRssMiB(),
  };
}

const rounded = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);

/** Seconds that the work took, with what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1000, result };
}
