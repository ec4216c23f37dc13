/** A server on this machine's own address that waits for one sign-in to come back (RFC 8252, 7.3). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Callback {
  /** Where the service is to send the browser. */
  redirectUri: string;
  /** What it came back with. Rejects when `signal` aborts. */
  returned(signal: AbortSignal): Promise<URLSearchParams>;
  close(): void;
}

const PATH = '/oauth/callback';

/** Port 0: any free one. */
export async function openCallback(port: number): Promise<Callback> {
  const { promise, resolve, reject } = Promise.withResolvers<URLSearchParams>();
  // Nobody may be waiting yet.
  promise.catch(() => undefined);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname !== PATH) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      connection: 'close',
      'referrer-policy': 'no-referrer',
    });
    response.end('Back to the terminal: it says how the sign-in went. You may close this page.');
    resolve(url.searchParams);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', listening);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${taken}${PATH}`,
    returned(signal) {
      const abort = (): void => reject(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      return promise;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
