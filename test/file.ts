/**
 * What ends with the test file that opened it. A worker runs one file after the other, and hooks registered while a test runs are
 * never called: whoever opens something for the rest of its file gives it here.
 */
import { afterAll } from 'vitest';

const closers: (() => unknown)[] = [];

export const atEndOfFile = (close: () => unknown): void => void closers.push(close);

/** Run by vitest before each file. */
export function watchFile(): void {
  afterAll(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
}
