/** Load on a gate, from a process of its own: `node test/bench/load.ts <JSON of Load>` prints the JSON of Loaded. */
import autocannon from 'autocannon';

export interface Load {
  url: string;
  /** Seconds. */
  duration: number;
  connections: number;
  /** Requests a second; absent: as many as are answered. */
  rate?: number;
  headers: { [name: string]: string };
  body: string;
}

export interface Loaded {
  /** Answered 2xx. */
  accepted: number;
  /** Answered otherwise, or not at all. */
  failed: number;
  seconds: number;
  /** Until the answer, ms; where a rate was asked for, from when the request should have been sent. */
  p50: number;
  p99: number;
}

if (import.meta.main) {
  const { url, duration, connections, rate, headers, body } = JSON.parse(process.argv[2]!) as Load;
  // `[<id>]` in a header becomes another text for each request: no two deliveries are the same.
  const result = await autocannon({
    ...{ url, duration, connections, headers, body, method: 'POST', idReplacement: true },
    ...(rate === undefined ? {} : { overallRate: rate }),
  });
  const loaded: Loaded = {
    accepted: result['2xx'],
    failed: result.non2xx + result.errors + result.timeouts,
    seconds: result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
  process.stdout.write(`${JSON.stringify(loaded)}\n`);
}
