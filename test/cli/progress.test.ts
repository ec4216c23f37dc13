import { describe, expect, it } from 'vitest';
import { table } from '#hub/cli/output.ts';
import { duration, lineOf, openBar } from '#hub/cli/progress.ts';

describe('Progress', () => {
  it('says how far, how fast and how long yet', () => {
    expect(lineOf('Importing', { done: 50_000, total: 100_000, rate: 12_500, notes: ['50 calls'] })).toBe(
      'Importing ██████████████░░░░░░░░░░░░░░  50 %  50,000 of 100,000 · 12,500/s · 4 s left · 50 calls',
    );
  });

  it('has no bar where the end is unknown, and none beyond it', () => {
    expect(lineOf('Reading', { done: 7 })).toBe('Reading  7');
    expect(lineOf('Reading', { done: 8, total: 4 })).toContain(`${'█'.repeat(28)} 100 %`);
  });

  it('counts time in what people count in', () => {
    expect([0.2, 89, 200, 9000].map(duration)).toEqual(['1 s', '89 s', '3 min', '2.5 h']);
  });

  it('is drawn on a terminal only, at most ten times a second', () => {
    const written: string[] = [];
    const terminal = (isTTY: boolean) => ({ isTTY, columns: 40, write: (text: string) => written.push(text) });
    let now = 1000;
    const bar = openBar('Reading', terminal(true), () => now);
    for (; now < 1300; now += 10) bar.show({ done: now });
    bar.clear();
    expect(written.map((text) => text.slice(5))).toEqual(['Reading  1,000', 'Reading  1,100', 'Reading  1,200', '']);

    openBar('Reading', terminal(false)).show({ done: 1 });
    expect(written).toHaveLength(4);
  });
});

describe('A table', () => {
  it('aligns its columns, blanks included', () => {
    expect(
      table(
        ['id', 'name'],
        [
          [1, 'Ada'],
          [200, null],
        ],
      ),
    ).toBe('id   name\n1    Ada\n200');
  });
});
