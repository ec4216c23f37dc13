/** Passing bytes on from a service to a client as they come: no more of them is held than one has not taken yet. */

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Passed } from './route.ts';

/** A service that falls silent in the middle is given up after so long, ms: some HTTP clients do not tell that its connection broke. */
const SILENCE_MS = 20_000;
/** A client that takes nothing, such as a player at rest, is given up after so many times as long. */
const PATIENCE = 15;

/** Once its head is sent nobody can be told of a failure: the connection is cut, so that half of it is not taken for all. */
export async function passOn(
  request: Pick<Request, 'method'>,
  response: Response,
  passed: Passed,
  signal: AbortSignal,
  silenceMs = SILENCE_MS,
): Promise<void> {
  const { bytes, type, length, part } = passed;
  response.set({
    // What is not a sound is a file: nothing that a service keeps is shown as a page of ours.
    'content-type': type.startsWith('audio/') ? type : 'application/octet-stream',
    'content-disposition': type.startsWith('audio/') ? 'inline' : 'attachment',
    ...(length !== undefined && { 'content-length': String(length) }),
    ...(part !== undefined && { 'content-range': part, 'accept-ranges': 'bytes' }),
  });
  if (part !== undefined) response.status(206);
  if (request.method === 'HEAD') {
    bytes.destroy();
    response.end();
    return;
  }
  const watch = watchSilence(bytes, silenceMs);
  try {
    await pipeline(bytes, response, { signal });
  } catch {
    response.destroy();
  } finally {
    clearInterval(watch);
  }
}

/** What waits to be taken shows whose silence it is. */
function watchSilence(bytes: Readable, ms: number): NodeJS.Timeout {
  let silent = 0;
  bytes.on('data', () => {
    silent = 0;
  });
  return setInterval(() => {
    silent += 1;
    if (silent > (bytes.readableLength > 0 ? PATIENCE : 1)) bytes.destroy(new Error('it fell silent in the middle'));
  }, ms);
}
