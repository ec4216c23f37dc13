/** The service's pages, read one ahead as the hub reads them, and nothing done with them. */
import { streamOf } from '#connectors/index.ts';
import type { Context } from '#kit/context.ts';
import type { Page } from '#kit/stream.ts';
import { STREAM } from './stage.ts';

export async function* pages(context: Context): AsyncGenerator<Page, void, void> {
  const pulled = streamOf(STREAM).pull!(context, null);
  let next = pulled.next();
  for (;;) {
    const { value, done } = await next;
    if (done || !value) return;
    if ('lost' in value) throw new Error(`the emulator lost its place: ${value.lost}`);
    if (!value.last) next = pulled.next();
    yield value;
    if (value.last) return;
  }
}

/** Reads everything once. The emulator keeps its pages as it gave them, so that its own work does not count the next time. */
export async function readAll(context: Context): Promise<number> {
  let rows = 0;
  for await (const page of pages(context)) rows += page.rows.length + page.misfits.length;
  return rows;
}
