/** Every request counted, timed and logged by its route, never by its address: an address can bear a secret. */
import type { RequestHandler } from 'express';
import { Histogram } from 'prom-client';
import type { Log } from '#hub/log.ts';
import { registry } from '#hub/metrics.ts';
import type { Route } from './route.ts';

const seconds = new Histogram({
  name: 'switchboard_api_request_seconds',
  help: 'Requests to the API by route and status',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
  registers: [registry],
});

export function counted(log: Log): RequestHandler {
  return (request, response, next) => {
    const begun = performance.now();
    response.once('close', () => {
      const route: Route | undefined = response.locals.route;
      const ms = performance.now() - begun;
      const line = { method: request.method, route: route?.path ?? 'none', status: response.statusCode };
      if (route?.media !== 'text/event-stream') seconds.observe({ ...line, status: String(line.status) }, ms / 1000);
      log.debug({ ...line, ms: Math.round(ms), by: response.locals.caller?.by, request: response.locals.request }, 'request');
    });
    next();
  };
}
