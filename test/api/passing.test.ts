/** Bytes of a service on their way to a client: whole, or cut so that nobody takes half for all. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import type { Response } from 'express';
import { afterEach, expect, test } from 'vitest';
import { passOn } from '#api/passing.ts';
import type { Passed } from '#api/route.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that passes this on; the address, and the signal that the client has gone. */
async function passing(passed: Passed, silenceMs?: number): Promise<{ url: string; gone: AbortController }> {
  const gone = new AbortController();
  const server = createServer(async (request, response) => {
    response.once('close', () => gone.abort());
    await passOn(request as { method: string }, express(response), passed, gone.signal, silenceMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, gone };
}

const express = (response: ServerResponse): Response =>
  Object.assign(response, {
    set: (headers: { [name: string]: string }) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      return response;
    },
    status: (status: number) => {
      response.statusCode = status;
      return response;
    },
  }) as unknown as Response;

test('all of it, a part of it, and a thing that is no sound', async () => {
  const whole = await fetch((await passing({ type: 'audio/wav', length: 3, bytes: Readable.from([Buffer.from('abc')]) })).url);
  expect([whole.status, whole.headers.get('content-length'), await whole.text()]).toEqual([200, '3', 'abc']);
  const part = { type: 'audio/wav', part: 'bytes 1-1/3', bytes: Readable.from([Buffer.from('b')]) };
  const some = await fetch((await passing(part)).url);
  expect([some.status, some.headers.get('content-range'), await some.text()]).toEqual([206, 'bytes 1-1/3', 'b']);
  const page = await fetch((await passing({ type: 'text/html', bytes: Readable.from([Buffer.from('<script>')]) })).url);
  expect([page.headers.get('content-type'), page.headers.get('content-disposition')]).toEqual([
    'application/octet-stream',
    'attachment',
  ]);
});

test.each(['breaks', 'falls silent'])(
  'a service that %s in the middle: the client is not left to wait, nor told that this was all',
  async (how) => {
    const bytes = new PassThrough();
    const { url } = await passing({ type: 'audio/wav', bytes }, 20);
    bytes.write('half');
    const answer = await fetch(url);
    if (how === 'breaks') bytes.destroy(new Error('broken'));
    await expect(answer.text()).rejects.toThrow();
    expect(bytes.destroyed).toBe(true);
  },
);

test('a client that goes away ends the reading at the service', async () => {
  const bytes = new PassThrough();
  const { url } = await passing({ type: 'audio/wav', bytes });
  bytes.write('half');
  const leaving = new AbortController();
  await fetch(url, { signal: leaving.signal });
  leaving.abort();
  await expect.poll(() => bytes.destroyed).toBe(true);
});
