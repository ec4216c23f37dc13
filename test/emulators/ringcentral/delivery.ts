import { Agent, request } from 'node:http';
import type { Traffic } from '../kit/traffic.ts';

/** What came of a request to the hub. */
export type Outcome = { status: number; headers: { readonly [name: string]: string }; bytes: number } | { failed: string };

/** Connections stay open between deliveries. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * Posts to an address and waits `within` milliseconds for the whole answer. The request carries what RingCentral's does; the traffic
 * log has it before it is sent.
 */
export function post(
  address: string,
  headers: { readonly [name: string]: string },
  body: string,
  within: number,
  traffic: Traffic | undefined,
): Promise<Outcome> {
  const sent = { ...headers, ...(body === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }) };
  traffic?.notified({ service: 'ringcentral', url: address, headers: sent, body });
  if (!URL.canParse(address)) return Promise.resolve({ failed: 'the address is no URL' });
  return exchange(address, { ...sent, 'content-length': String(Buffer.byteLength(body)) }, body, within);
}

function exchange(address: string, headers: { readonly [name: string]: string }, body: string, within: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const asked = request(address, { method: 'POST', headers, agent }, (answer) => {
      let bytes = headBytes(answer.rawHeaders);
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => {
        const entries = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        done({ status: answer.statusCode ?? 0, headers: Object.fromEntries(entries), bytes });
      });
      answer.on('error', (error) => done(broken(error.message)));
    });
    const late = setTimeout(() => {
      done(broken('Read timed out'));
      asked.destroy();
    }, within);
    const done = (outcome: Outcome) => {
      clearTimeout(late);
      resolve(outcome);
    };
    asked.on('error', (error) => {
      clearTimeout(late);
      // The other side closed an idle connection just as it was taken up again: nothing was heard, so it is said once more.
      const stale = asked.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      resolve(stale ? exchange(address, headers, body, within) : broken(error.message));
    });
    asked.end(body);
  });
}

function broken(detail: string): Outcome {
  return { failed: `I/O operation is failed. Details: [${detail}]` };
}

/** Status line and headers as they came over the wire. */
function headBytes(raw: readonly string[]): number {
  return raw.reduce((sum, part) => sum + Buffer.byteLength(part) + 2, 19);
}
