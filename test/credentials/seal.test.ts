import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keyringFrom, keyringIn, newKey } from '#credentials/keyring.ts';
import { reseal, type Sealed, type Vault } from '#credentials/reseal.ts';
import { createSeal, type Place, Unreadable } from '#credentials/seal.ts';

const [OLD, NEW] = [newKey('old'), newKey('new')];
const seals = (...keys: string[]) => createSeal(keyringFrom(keys, 'the test'));
const place: Place = { kind: 'grant', connector: 'books', workspace: 1 };

test('what is sealed opens again, names its key, and does not show its content', async () => {
  const sealed = await seals(OLD).close(place, { access: 'very-secret' });
  expect(await seals(OLD).open(place, sealed)).toEqual({ access: 'very-secret' });
  expect(sealed).not.toContain('very-secret');
  expect(Buffer.from(sealed.split('.')[0]!, 'base64url').toString()).toContain('"kid":"old"');
  expect(await seals(OLD).close(place, { access: 'very-secret' })).not.toBe(sealed);
});

test('the newest key seals, every key opens', async () => {
  const sealed = await seals(OLD).close(place, 1);
  const both = seals(NEW, OLD);
  expect(await both.open(place, sealed)).toBe(1);
  expect(both.current).toBe('new');
  expect([both.stale(sealed), both.stale(await both.close(place, 1))]).toEqual([true, false]);
});

test('a missing key is named, with what to do; a wrong one under the same id, too', async () => {
  const sealed = await seals(OLD).close(place, 1);
  await expect(seals(NEW).open(place, sealed)).rejects.toThrow('sealed with key "old"; this hub has "new"');
  await expect(seals(NEW).open(place, sealed)).rejects.toMatchObject({ advice: expect.stringContaining('SWITCHBOARD_KEYS') });
  await expect(seals(newKey('old')).open(place, sealed)).rejects.toBeInstanceOf(Unreadable);
  await expect(seals(OLD).open(place, 'rubbish')).rejects.toBeInstanceOf(Unreadable);
});

test('a secret opens nowhere but in its place, and not after a change', async () => {
  const sealed = await seals(OLD).close(place, 1);
  for (const other of [{ workspace: 2 }, { connector: 'mail' }, { kind: 'app' as const }]) {
    await expect(seals(OLD).open({ ...place, ...other }, sealed)).rejects.toBeInstanceOf(Unreadable);
  }
  const parts = sealed.split('.');
  parts[3] = Buffer.from('9').toString('base64url');
  await expect(seals(OLD).open(place, parts.join('.'))).rejects.toBeInstanceOf(Unreadable);
});

test.each([
  [[], 'no key found'],
  [['abc'], 'no usable id'],
  [['k:short'], 'stand for 3 bytes'],
  [[OLD, OLD], 'stands twice'],
])('keys %s are refused without being shown', (keys, said) => {
  expect(() => keyringFrom(keys, 'SWITCHBOARD_KEYS')).toThrow(said);
  expect(() => keyringFrom(keys, 'SWITCHBOARD_KEYS')).not.toThrow(OLD.slice(4));
});

test('the key file is made once, for its owner only, however many hubs start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'data', 'keys');
  const rings = await Promise.all(Array.from({ length: 8 }, () => keyringIn(file)));
  expect(new Set(rings.map(({ keys }) => Buffer.from(keys[0].bytes).toString('hex'))).size).toBe(1);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1);
});

/** A vault that can be made to break off, or to be written by someone else meanwhile. */
function vaultOf(rows: Sealed[], { breakAt = Number.POSITIVE_INFINITY, meanwhile = () => {} } = {}): Vault {
  let exchanged = 0;
  return {
    after: async (key, most) =>
      rows
        .filter((row) => key === null || row.key > key)
        .slice(0, most)
        .map((row) => ({ ...row })),
    async exchange(row, sealed) {
      if (exchanged++ === breakAt) throw new Error('the power failed');
      meanwhile();
      const kept = rows.find(({ key }) => key === row.key)!;
      if (kept.sealed !== row.sealed) return false;
      kept.sealed = sealed;
      return true;
    },
  };
}

test('rotation takes up where it was broken off, and does nothing twice', async () => {
  const rows = await Promise.all(
    Array.from({ length: 25 }, async (_, n) => ({ key: n + 1, place, sealed: await seals(OLD).close(place, n) })),
  );
  const both = seals(NEW, OLD);
  await expect(reseal(vaultOf(rows, { breakAt: 12 }), both, 10)).rejects.toThrow('the power failed');
  expect(await reseal(vaultOf(rows), both, 10)).toEqual({ seen: 25, renewed: 13 });
  expect(await reseal(vaultOf(rows), both, 10)).toEqual({ seen: 25, renewed: 0 });
  expect(await Promise.all(rows.map(({ sealed }) => seals(NEW).open(place, sealed)))).toEqual(rows.map((_, n) => n));
});

test('a secret written during the rotation is never overwritten', async () => {
  const rows = [{ key: 1, place, sealed: await seals(OLD).close(place, 'former') }];
  const written = await seals(NEW).close(place, 'newer');
  const vault = vaultOf(rows, { meanwhile: () => (rows[0]!.sealed = written) });
  expect(await reseal(vault, seals(NEW, OLD))).toEqual({ seen: 1, renewed: 0 });
  expect(rows[0]!.sealed).toBe(written);
});
