import type { Clock } from './clock.ts';
import { number, type Order, type Orders, text } from './control.ts';
import type { Counters } from './counters.ts';
import type { Fault, Faults, Trouble } from './faults.ts';

/** The orders every emulator takes: its counters, its clock and its faults. */
export function commonOrders({ clock, faults, counters }: { clock: Clock; faults: Faults; counters: Counters }): Orders {
  const done = { ok: true };
  return {
    counters: () => ({
      calls: { ...counters.calls },
      statuses: { ...counters.statuses },
      total: counters.total(),
      overlappingWrites: counters.overlappingWrites,
    }),
    'counters-reset': () => {
      counters.reset();
      return done;
    },
    clock: (order) => {
      clock.turn(number(order, 'turn'));
      return { now: clock.now() };
    },
    faults: (order) => {
      faults.add(faultOf(order));
      return done;
    },
    'faults-clear': () => {
      faults.clear();
      return done;
    },
  };
}

/** `{"kind":"rate","retryAfter":2,"operation":"people.people.get","nth":1,"times":3}` */
function faultOf(order: Order): Fault {
  const when = {
    operation: order.operation === undefined ? undefined : text(order, 'operation'),
    nth: number(order, 'nth', 1),
    times: number(order, 'times', 1),
  };
  return { ...troubleOf(order), ...when };
}

function troubleOf(order: Order): Trouble {
  const kind = text(order, 'kind');
  const retryAfter = order.retryAfter === undefined ? undefined : number(order, 'retryAfter');
  switch (kind) {
    case 'rate':
      return { kind, retryAfter };
    case 'status':
      return { kind, status: number(order, 'status'), retryAfter };
    case 'slow':
      return { kind, ms: number(order, 'ms') };
    case 'cut':
    case 'lost':
    case 'hang':
    case 'refused':
    case 'revoked':
    case 'malformed':
      return { kind };
    default:
      throw new Error(`kind ${JSON.stringify(kind)} is unknown`);
  }
}
