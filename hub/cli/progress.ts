/** A line that says how far long work is, redrawn in place; silent where nobody watches. */
export interface Progress {
  done: number;
  /** Unknown where the service does not say. */
  total?: number;
  /** Things per second. */
  rate?: number;
  /** `120 calls`, `3 held`: shown after the bar. */
  notes?: readonly string[];
}

/** Where a bar is drawn, as far as it is looked at. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface Bar {
  show(progress: Progress): void;
  /** Removes the bar, so that what is printed next stands alone. */
  clear(): void;
}

const WIDTH = 28;
const REDRAW_MS = 100;

/** A bar on `stream` where that is a terminal, else one that draws nothing. */
export function openBar(title: string, stream: Terminal = process.stderr, now: () => number = Date.now): Bar {
  if (!stream.isTTY) return { show() {}, clear() {} };
  let drawn = 0;
  return {
    show(progress) {
      if (now() - drawn < REDRAW_MS) return;
      drawn = now();
      stream.write(`\r\x1b[2K${lineOf(title, progress).slice(0, (stream.columns ?? 80) - 1)}`);
    },
    clear() {
      if (drawn > 0) stream.write('\r\x1b[2K');
    },
  };
}

/** `Importing ███████░░░░░  58 %  58,000 of 100,000 · 12,400/s · 4 s left · 100 calls` */
export function lineOf(title: string, progress: Progress): string {
  const { done, total, rate, notes = [] } = progress;
  const parts = [total === undefined ? count(done) : `${count(done)} of ${count(total)}`];
  if (rate !== undefined && rate > 0) {
    parts.push(`${count(Math.round(rate))}/s`);
    if (total !== undefined && total > done) parts.push(`${duration((total - done) / rate)} left`);
  }
  const said = [...parts, ...notes].join(' · ');
  if (total === undefined || total === 0) return `${title}  ${said}`;
  const share = Math.min(1, done / total);
  const full = Math.round(share * WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${title} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent} %  ${said}`;
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
