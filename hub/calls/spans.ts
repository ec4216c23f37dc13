/** Spans of time, in ms since the epoch: how long, where they meet, what they cover together. Pure. */
export interface Span {
  from: number;
  to: number;
}

/** Spans that together cover the same, in order and apart. */
export function union(spans: readonly Span[]): Span[] {
  const apart: Span[] = [];
  for (const { from, to } of spans.filter((span) => span.to > span.from).sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
}

/** What both cover. */
export function meet(a: readonly Span[], b: readonly Span[]): Span[] {
  return union(a.flatMap((one) => b.map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))));
}

/** What is covered without what is taken away. */
export function without(spans: readonly Span[], taken: readonly Span[]): Span[] {
  let left = union(spans);
  for (const hole of taken) {
    left = left.flatMap((span) => [
      { from: span.from, to: Math.min(span.to, hole.from) },
      { from: Math.max(span.from, hole.to), to: span.to },
    ]);
    left = union(left);
  }
  return left;
}

/** Milliseconds covered. */
export const lengthOf = (spans: readonly Span[]): number => union(spans).reduce((sum, { from, to }) => sum + to - from, 0);

/** In whole seconds, rounded down: a conversation of half a second is none. */
export const secondsOf = (spans: readonly Span[]): number => Math.floor(lengthOf(spans) / 1_000);
