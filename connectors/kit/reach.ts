/** Does anybody answer at an address, and what does their clock say? */

export interface Reached {
  status: number;
  /** Their clock less ours, in ms, to the second; absent where the answer has no date. */
  apart?: number;
}

const PATIENCE_MS = 5_000;

/** Asks for nothing but the headers, without following. Rejects with a plain reason where nobody answers within 5 s. */
export async function reach(address: string, signal: AbortSignal, now: () => number = Date.now): Promise<Reached> {
  const asked = now();
  try {
    const response = await fetch(address, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    const theirs = Date.parse(response.headers.get('date') ?? '');
    const ours = (asked + now()) / 2;
    return { status: response.status, ...(Number.isNaN(theirs) ? {} : { apart: theirs - ours }) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? Reflect.get(cause, 'code') || cause.message : cause;
    throw new Error(`${new URL(address).origin} does not answer: ${reason}`, { cause: error });
  }
}
