/** Every request to a service, counted and timed for `/metrics`. */
import { Histogram } from 'prom-client';
import { registry } from './metrics.ts';

const seconds = new Histogram({
  name: 'switchboard_service_call_seconds',
  help: 'Requests to services by connector, operation and result',
  labelNames: ['connector', 'operation', 'result'],
  buckets: [0.05, 0.2, 0.5, 1, 3, 10, 30],
  registers: [registry],
});

/** `ms`: how long it took. */
export function countServiceCall(connector: string, operation: string, result: string, ms: number): void {
  seconds.observe({ connector, operation, result }, ms / 1000);
}
