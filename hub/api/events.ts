/** Server-sent events: an async iterable written as it yields, with a heartbeat so that proxies keep the line open. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { refusalOf } from './problems.ts';
import type { ServerEvent } from './route.ts';

const HEARTBEAT_MS = 15_000;

/**
 * Writes events until the iterable ends or `signal` aborts; either way the iterable's `return` is called. What the iterable throws
 * is sent as a last event named `problem` and thrown again for the log.
 */
export async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<ServerEvent>,
  signal: AbortSignal,
): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
  const stopped = once(signal, 'abort').then(() => ({ done: true as const, value: undefined }));
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), stopped]);
      if (next.done) break;
      if (!response.write(asText(next.value))) await Promise.race([once(response, 'drain', { signal }), stopped]);
    }
  } catch (error) {
    if (signal.aborted) return;
    response.write(asText({ event: 'problem', data: refusalOf(error).details }));
    throw error;
  } finally {
    clearInterval(heartbeat);
    // Not awaited: an iterable in the middle of a wait returns only after it, and the client is gone.
    iterator.return?.()?.catch(() => undefined);
    response.end();
  }
}

function asText(event: ServerEvent): string {
  const lines = [];
  if (event.id !== undefined) lines.push(`id: ${oneLine(event.id)}`);
  if (event.event !== undefined) lines.push(`event: ${oneLine(event.event)}`);
  lines.push(`data: ${JSON.stringify(event.data)}`);
  return `${lines.join('\n')}\n\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
