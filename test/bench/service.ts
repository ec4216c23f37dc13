/** The emulated service in a process of its own, so that its time and memory are not the hub's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Json } from '#kit/fields.ts';

export type Hosts = { readonly [connector: string]: { readonly [api: string]: string } };

export interface Service {
  hosts: Hosts;
  /** An access token that the service honours. */
  token(): Promise<string>;
  /** Calls by operation since the last `forget`. */
  calls(): Promise<{ [operation: string]: number }>;
  forgetCalls(): Promise<void>;
  /** Changes so many people, as their owner would. */
  touch(count: number, seed: number): Promise<void>;
  /** Gives an order to another service than the address book: `POST /_control/<name>`. */
  order(service: string, name: string, body?: object): Promise<{ [name: string]: Json }>;
  /** Turns the service's clock. */
  turn(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts the emulators with so many people; throws if they end before they say where they are. */
export async function startService(rows: number): Promise<Service> {
  const script = new URL('../emulators/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--max-old-space-size=8192', script, '--rows', String(rows), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TRAFFIC_LOG: '' },
  });
  const hosts = await whereabouts(child);
  const orderTo = async (service: string, name: string, body: object = {}): Promise<{ [name: string]: Json }> => {
    const origin = new URL(Object.values(hosts[service]!)[0]!).origin;
    const response = await fetch(`${origin}/_control/${name}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the emulator refused ${name}: ${await response.text()}`);
    return (await response.json()) as { [name: string]: Json };
  };
  const order = (name: string, body?: object) => orderTo('gsuite', name, body);
  return {
    hosts,
    order: orderTo,
    token: async () => String((await order('grant')).accessToken),
    calls: async () => (await order('counters')).calls as { [operation: string]: number },
    async forgetCalls() {
      await order('counters-reset');
    },
    async touch(count, seed) {
      await order('people-touch', { count, seed });
    },
    async turn(ms) {
      await order('clock', { turn: ms });
    },
    async close() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function whereabouts(child: ChildProcess): Promise<Hosts> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const found = /^SWITCHBOARD_HOSTS='(.*)'$/.exec(line)?.[1];
    if (found !== undefined) return JSON.parse(found) as Hosts;
  }
  throw new Error('the emulators ended before they said where they are');
}
