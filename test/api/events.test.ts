import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { route, type ServerEvent } from '#api/route.ts';
import { Fault } from '#hub/fault.ts';
import { serve } from './harness.ts';

function stream(path: string, events: (signal: AbortSignal, lastEvent: string | undefined) => AsyncIterable<ServerEvent>) {
  return route({
    method: 'get',
    path,
    title: 'Events',
    permission: 'public',
    media: 'text/event-stream',
    answer: z.object({}),
    handle: (call) => ({ events: events(call.signal, call.lastEvent) }),
  });
}

/** Yields once, then waits until nobody listens. */
function waiting(ended: () => void, started: () => void = () => undefined) {
  return async function* (signal: AbortSignal): AsyncGenerator<ServerEvent> {
    try {
      started();
      yield { data: 'first' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      ended();
    }
  };
}

describe('Server-sent events', () => {
  it('are written as they come, from where a client left off', async () => {
    const { url } = await serve([
      stream('/events', async function* (_signal, lastEvent) {
        yield { event: 'progress', id: '8\n9', data: { after: lastEvent } };
        yield { data: 'two\nlines' };
      }),
    ]);
    const response = await fetch(`${url}/events`, { headers: { 'last-event-id': '7' } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await response.text()).toBe('id: 8 9\nevent: progress\ndata: {"after":"7"}\n\ndata: "two\\nlines"\n\n');
  });

  it('end with the problem where they break', async () => {
    const { url } = await serve([
      // biome-ignore lint/correctness/useYield: it breaks before the first
      stream('/events', async function* () {
        throw new Fault('conflict', 'The run was stopped.', 'Start another.');
      }),
    ]);
    const text = await (await fetch(`${url}/events`)).text();
    expect(text).toMatch(/^event: problem\ndata: \{.*"status":409/);
  });

  it('stop being made when the client goes away', async () => {
    const ended = vi.fn();
    const { url } = await serve([stream('/events', waiting(ended))]);
    const client = new AbortController();
    const response = await fetch(`${url}/events`, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  });

  it('end when the hub stops, before its grace is over', async () => {
    const ended = vi.fn();
    const started = vi.fn();
    const { url, close } = await serve([stream('/events', waiting(ended, started))]);
    const text = fetch(`${url}/events`).then((response) => response.text());
    await vi.waitFor(() => expect(started).toHaveBeenCalled());
    await close(60_000);
    expect(await text).toBe('data: "first"\n\n');
    expect(ended).toHaveBeenCalled();
  });

  it('answer HEAD without starting', async () => {
    const ended = vi.fn();
    const { url } = await serve([stream('/events', waiting(ended))]);
    expect(await (await fetch(`${url}/events`, { method: 'HEAD' })).text()).toBe('');
    expect(ended).not.toHaveBeenCalled();
  });
});

describe('Stopping', () => {
  it('lets a running request finish', async () => {
    let finish: () => void = () => undefined;
    const running = vi.fn();
    const slow = route({
      method: 'get',
      path: '/slow',
      title: 'Slow',
      permission: 'public',
      answer: z.string(),
      async handle() {
        running();
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { body: 'done' };
      },
    });
    const { url, close } = await serve([slow]);
    const answer = fetch(`${url}/slow`).then((response) => response.json());
    await vi.waitFor(() => expect(running).toHaveBeenCalled());
    const closed = close(60_000);
    finish();
    expect(await answer).toBe('done');
    await closed;
    await expect(fetch(`${url}/slow`)).rejects.toThrow();
  });
});
