import { closeSync, openSync, writeSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';

/** One exchange between a client and an emulator. */
export interface Exchange {
  service: string;
  method: string;
  /** The address as it would have been at the real service. */
  url: string;
  request: { headers: IncomingHttpHeaders; body: Buffer };
  /** Absent when no answer was sent. */
  response?: { status: number; headers: { readonly [name: string]: string }; body: Buffer };
  /** A fault injector made the answer. */
  faulted: boolean;
}

/** What a service sends to a hub by itself. */
export interface Notification {
  service: string;
  url: string;
  headers: { readonly [name: string]: string };
  body: string;
}

/** Writes every exchange as one JSON line. */
export interface Traffic {
  record(exchange: Exchange): void;
  /** Written just before it is sent. */
  notified(notification: Notification): void;
  close(): void;
}

/**
 * Appends to `path`, each line in one write, so that several processes may share the file and a crashed run leaves what it
 * did. Without a path nothing is recorded.
 */
export function openTraffic(path: string | undefined): Traffic | undefined {
  if (path === undefined || path === '') return undefined;
  const file = openSync(path, 'a');
  const write = (value: object) => {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    for (let done = 0; done < line.length; ) done += writeSync(file, line, done);
  };
  return {
    record: (exchange) => write(lineOf(exchange)),
    notified: ({ service, url, headers, body }) =>
      write({ service, kind: 'webhook', request: { method: 'POST', url, headers: headersOf(headers), body } }),
    close: () => closeSync(file),
  };
}

function lineOf({ service, method, url, request, response, faulted }: Exchange) {
  return {
    service,
    kind: 'call',
    method,
    url,
    request: { headers: headersOf(request.headers), ...bodyOf(request.body) },
    response: response ? { status: response.status, headers: headersOf(response.headers), ...bodyOf(response.body) } : null,
    faulted,
  };
}

function headersOf(headers: IncomingHttpHeaders | { readonly [name: string]: string }): { [name: string]: string } {
  const out: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    out[name.toLowerCase()] = SECRET.has(name.toLowerCase()) ? placeholder(text) : text;
  }
  return out;
}

const SECRET = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key']);

/** Keeps the scheme, the punctuation and the length: `Bearer ya29.abc` becomes `Bearer xxxx.xxx`. */
function placeholder(secret: string): string {
  const scheme = /^(Bearer|Basic) /i.exec(secret)?.[0] ?? '';
  return scheme + secret.slice(scheme.length).replace(/[A-Za-z0-9]/g, 'x');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function bodyOf(bytes: Buffer): { body: string; encoding?: 'base64' } {
  try {
    return { body: utf8.decode(bytes) };
  } catch {
    return { body: bytes.toString('base64'), encoding: 'base64' };
  }
}
