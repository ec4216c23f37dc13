/** The raw bytes of a request: bounded, and not waited for without end. */
import type { IncomingMessage } from 'node:http';
import type { Refusal } from './answer.ts';

export const BODY_LIMIT = 1024 * 1024;
/** Of a body that is not taken so much is read all the same, so that its sender comes to read the answer. */
const DRAINED = 4 * 1024 * 1024;

export const TOO_LARGE: Refusal = { status: 413, reason: 'too large', say: 'The body is larger than 1 MiB.' };

/**
 * All of it; or why not; or 'gone' where the sender left in the middle. `kept` false: it is read to be thrown away. Rejects never.
 */
export function readBody(request: IncomingMessage, kept: boolean): Promise<Uint8Array | Refusal | 'gone'> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    let end: Uint8Array | Refusal | 'gone' | undefined;
    request.on('data', (part: Uint8Array) => {
      size += part.length;
      if (!kept || size > BODY_LIMIT) {
        parts.length = 0;
        if (kept) end = TOO_LARGE;
        if (size > DRAINED) resolve(TOO_LARGE);
      } else parts.push(part);
    });
    request.on('end', () => resolve(end ?? (request.complete ? joined(parts) : 'gone')));
    request.on('close', () => resolve('gone'));
    request.on('error', () => resolve('gone'));
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
