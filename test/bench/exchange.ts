/** The emulated telephone company in a process of its own (exchange-process.ts), so that its time and memory are not the hub's. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Truth } from '#test/emulators/ringcentral/call.ts';
import type { Weather } from '#test/emulators/ringcentral/weather.ts';

/** A call, and when the exchange said that each of its sessions is over, by its clock; absent where it never says so. */
export interface Paced {
  truths: readonly Truth[];
  ends: { readonly [session: string]: number };
}

/** What the company is asked for: each takes one value and gives one. */
export interface Asks {
  /** The month begins: how many calls there are in all, how many there would be in 30 days, and how many people call. */
  begin(month: { calls: number; dense: number; customers: number; seed: number }): { from: number };
  /** The calls that begin before this moment happen, each within the hour before it, and the log tells them from now on. */
  playUntil(moment: number): Truth[];
  /** So many more happen in real time, so many a second, each so many times as fast as in life. */
  pace(wish: { calls: number; perSecond: number; speed: number }): Paced[];
  /** A credential of the company's administrator. */
  jwt(none: null): string;
  turn(ms: number): null;
  weather(weather: Partial<Weather>): null;
  settled(none: null): null;
  deliveries(none: null): { sent: number; lost: number; doubled: number };
  /** Requests by operation since this was last asked. */
  requests(none: null): { [operation: string]: number };
  /** Telephony sessions in the company's log. */
  logged(none: null): string[];
}

export type Exchange = {
  [K in keyof Asks]: (value: Parameters<Asks[K]>[0]) => Promise<ReturnType<Asks[K]>>;
} & {
  hosts: { readonly platform: string; readonly media: string };
  close(): Promise<void>;
};

export type Question = { [K in keyof Asks]: { id: number; name: K; value: Parameters<Asks[K]>[0] } }[keyof Asks];
export type Reply = { id: number; value?: unknown; problem?: string };

export async function startExchange(): Promise<Exchange> {
  const script = fileURLToPath(new URL('exchange-process.ts', import.meta.url));
  const child = fork(script, [], { env: { ...process.env, TRAFFIC_LOG: '' }, serialization: 'advanced' });
  const [hosts] = (await once(child, 'message')) as [Exchange['hosts']];
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', ({ id, value, problem }: Reply) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (problem === undefined) asked?.resolve(value);
    else asked?.reject(new Error(`the exchange: ${problem}`));
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the exchange has ended'));
  });
  const ask = (name: string, value: unknown): Promise<unknown> => {
    const asked = Promise.withResolvers<unknown>();
    const id = nextId++;
    waiting.set(id, asked);
    child.send({ id, name, value });
    return asked.promise;
  };
  const own = { hosts, close: () => end(child) };
  return new Proxy(own as Exchange, {
    get: (_, name: string) =>
      name === 'then' ? undefined : name in own ? own[name as keyof typeof own] : (value: unknown) => ask(name, value),
  });
}

let nextId = 1;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}
