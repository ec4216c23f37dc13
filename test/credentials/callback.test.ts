/** What comes back beside the code and says which account was chosen. */
import { expect, test } from 'vitest';
import { settingsIn } from '#credentials/callback.ts';
import { serviceOf } from '#credentials/service.ts';
import { Changed } from '#kit/errors.ts';
import { desk } from './desk.ts';

const service = serviceOf({ ...desk, auth: { ...desk.auth, callback: { firm: 'account' } } }, {});
const back = (more: { [name: string]: string }) => new URLSearchParams({ code: 'C', state: 'S', ...more });

test('becomes settings, and nothing else does', () => {
  expect(settingsIn(service, back({ firm: '42', other: 'x' }))).toEqual({ account: '42' });
  expect(settingsIn(serviceOf(desk, {}), back({ firm: '42' }))).toEqual({});
});

test.each([[{}], [{ firm: '' }], [{ firm: 'x'.repeat(201) }]])('%j is told with what to do', (given) => {
  const attempt = () => settingsIn(service, back(given as { [name: string]: string }));
  expect(attempt).toThrow(Changed);
  expect(attempt).toThrow(/firm/);
});
