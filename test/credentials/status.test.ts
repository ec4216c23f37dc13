import { expect, test } from 'vitest';
import { sayUnused, statusOf } from '#hub/connections/status.ts';
import type { Evidence } from '#store/connections.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const active = { grant_id: 1, state: 'active', reason: null } as const;
const sync: Evidence = {
  connection: 1,
  id: 1,
  stream: 'books.invoices',
  state: 'on',
  reason: null,
  every: 600_000,
  failures: 0,
  problem: null,
  moved: null,
  succeeded: '2026-03-01T09:55:00.000Z',
};
const lacking = [{ stream: 'invoices', scopes: ['x'] }];

test.each([
  ['working', active, [], [sync], 'last 3 turns'],
  ['waiting', active, [], [], 'Nothing is set up'],
  ['waiting', active, [], [{ ...sync, state: 'waiting', succeeded: null }], 'first preview'],
  ['waiting', active, [], [{ ...sync, succeeded: null }], 'first time'],
  ['limited', active, lacking, [sync], 'Not allowed for invoices: x'],
  ['late', active, [], [{ ...sync, succeeded: '2026-03-01T09:29:00.000Z' }], 'due every 10 min'],
  ['failing', active, lacking, [{ ...sync, failures: 2, problem: { advice: 'Do this.' } }], 'failed 2 times in a row: Do this.'],
  ['paused', active, [], [{ ...sync, state: 'paused', reason: 'a brake' }], 'a brake'],
  ['paused', { ...active, state: 'paused', reason: 'revoked' }, [], [sync], 'revoked'],
  ['disconnected', { grant_id: null, state: 'paused', reason: 'by key 1' }, [], [sync], 'by key 1'],
] as const)('%s, told from evidence', (status, row, missing, evidence, said) => {
  expect(statusOf(row, missing, evidence, NOW)).toEqual({ status, because: expect.stringContaining(said) });
});

test('what nobody asked for is said with its scopes and the way to it', () => {
  expect(sayUnused('books', 3, lacking)).toBe(
    'invoices (x). To use one: npm run cli -- connect books --again 3 --streams <name>',
  );
  expect(sayUnused('books', 3, [])).toBe('');
});
