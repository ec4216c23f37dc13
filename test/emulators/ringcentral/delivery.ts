import { request } from 'node:http';
import type { Traffic } from '../kit/traffic.ts';

/** What came of a request to the hub. */
export type Outcome = { status: number; headers: { readonly [name: string]: string }; bytes: number } | { failed: string };

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
  return new Promise((resolve) => {
    const failed = (reason: string) => resolve({ failed: reason });
    if (!URL.canParse(address)) return failed('the address is no URL');
    const asked = request(
      address,
      { method: 'POST', headers: { ...sent, 'content-length': Buffer.byteLength(body) }, timeout: within, agent: false },
      (answer) => {
        let bytes = headBytes(answer.rawHeaders);
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        answer.on('end', () => {
          clearTimeout(late);
          const entries = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
          resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(entries), bytes });
        });
        answer.on('error', (error) => failed(`I/O operation is failed. Details: [${error.message}]`));
      },
    );
    const late = setTimeout(() => {
      failed('I/O operation is failed. Details: [Read timed out]');
      asked.destroy();
    }, within);
    asked.on('error', (error) => {
      clearTimeout(late);
      failed(`I/O operation is failed. Details: [${error.message}]`);
    });
    asked.end(body);
  });
}

/** Status line and headers as they came over the wire. */
function headBytes(raw: readonly string[]): number {
  return raw.reduce((sum, part) => sum + Buffer.byteLength(part) + 2, 19);
}
