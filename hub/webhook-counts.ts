/** What came in by webhook and what became of it, counted for `/metrics`. */
import { Counter } from 'prom-client';
import { registry } from './metrics.ts';

const requests = new Counter({
  name: 'switchboard_webhook_requests_total',
  help: 'Webhook requests by connector, outcome (accepted, again, greeting, forged, refused) and reason',
  labelNames: ['connector', 'outcome', 'reason'],
  registers: [registry],
});

const deliveries = new Counter({
  name: 'switchboard_webhook_deliveries_total',
  help: 'Deliveries read and failed, and news parked for accounts nobody has linked',
  labelNames: ['connector', 'what'],
  registers: [registry],
});

const known = new Map<string, { inc(): void }>();
/** Reasons are a few fixed phrases; a connector that makes them up must not fill the memory. */
const MOST = 1_000;

export function countWebhook(connector: string, outcome: string, reason: string): void {
  const key = `${connector}\n${outcome}\n${reason}`;
  let counter = known.get(key);
  if (counter === undefined) {
    counter = requests.labels(connector, outcome, known.size < MOST ? reason : 'other');
    if (known.size < MOST) known.set(key, counter);
  }
  counter.inc();
}

export function countDeliveries(connector: string, what: string, n: number): void {
  deliveries.inc({ connector, what }, n);
}
