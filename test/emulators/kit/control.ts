import type { Json } from '#kit/fields.ts';
import type { Answer, Call, Route } from './server.ts';

/** Arguments of an order, as they came in the body of the request. */
export type Order = { readonly [name: string]: Json };

/** What another process may ask of an emulator: orders by name, JSON in and JSON out. */
export interface Orders {
  readonly [name: string]: (order: Order) => Json | Promise<Json>;
}

/** `POST /_control/<name>` with a JSON object carries an order out; `GET /_control/` lists the names. */
export function controlRoutes(orders: Orders): Route[] {
  return [
    { name: 'control', method: 'GET', path: /^\/_control\/?$/, handle: () => answer(200, Object.keys(orders)) },
    { name: 'control', method: 'POST', path: /^\/_control\/([\w-]+)$/, handle: (call) => carryOut(orders, call) },
  ];
}

async function carryOut(orders: Orders, call: Call): Promise<Answer> {
  const name = call.params[0] ?? '';
  const order = Object.hasOwn(orders, name) ? orders[name] : undefined;
  if (order === undefined) {
    return answer(404, { error: `no order called ${JSON.stringify(name)}; there are ${Object.keys(orders).join(', ')}` });
  }
  try {
    const given: Json = call.body.length === 0 ? {} : JSON.parse(call.body.toString());
    if (given === null || typeof given !== 'object' || Array.isArray(given)) throw new Error('the body must be a JSON object');
    return answer(200, await order(given));
  } catch (error) {
    return answer(400, { error: `${name}: ${error instanceof Error ? error.message : String(error)}` });
  }
}

function answer(status: number, body: Json): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** A text an order must have. */
export function text(order: Order, name: string): string {
  const value = order[name];
  if (typeof value !== 'string') throw new Error(`${name} must be a text, found ${JSON.stringify(value) ?? 'nothing'}`);
  return value;
}

/** A number an order may have. */
export function number(order: Order, name: string, otherwise?: number): number {
  const value = order[name] ?? otherwise;
  if (typeof value !== 'number') throw new Error(`${name} must be a number, found ${JSON.stringify(value) ?? 'nothing'}`);
  return value;
}

/** A list of texts an order may have. */
export function texts(order: Order, name: string): string[] | undefined {
  const value = order[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new Error(`${name} must be a list of texts, found ${JSON.stringify(value)}`);
  return value.map((one) => String(one));
}
