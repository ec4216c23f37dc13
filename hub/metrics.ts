/** The hub's counters, read at `/metrics`. A room defines its own beside the code that counts: `new Counter({ …, registers: [registry] })`. */
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

export const registry = new Registry();

/** What one process has counted. */
export type Counted = MetricObjectWithValues<MetricValue<string>>[];

/** What several have counted, as if one had. */
export const sumOf = (counted: readonly Counted[]): Promise<Counted> =>
  AggregatorRegistry.aggregate([...counted]).getMetricsAsJSON() as Promise<Counted>;

/** For Prometheus: what this process has counted, with what others have. */
export async function metrics(others: readonly Counted[]): Promise<string> {
  return AggregatorRegistry.aggregate([await registry.getMetricsAsJSON(), ...others]).metrics();
}
