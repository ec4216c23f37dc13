import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { client } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';

const SAMPLES = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'vendors', 'samples', 'google');
const sample = (name: string) => JSON.parse(readFileSync(join(SAMPLES, name), 'utf8'));

describe.skipIf(!existsSync(SAMPLES))('errors as the vendor’s samples show them (skipped where these are not at hand)', () => {
  let on: Emulators;
  beforeEach(async () => {
    on = await startEmulators({ gsuite: { accounts: [{ email: 'ada@example.com', rows: 3 }] } });
  });
  afterEach(() => on.close());

  test('a stale etag', async () => {
    const api = client(on.gsuite);
    const { resourceName, etag = '' } = (await api.create({})).body;
    on.gsuite.people().edit(String(resourceName), { names: [{ givenName: 'Someone else was faster' }] });
    expect((await api.update(String(resourceName), 'names', { etag, names: [] })).body).toEqual(
      sample('people-400-etag-mismatch.json'),
    );
  });

  test('an expired sync token', async () => {
    const { nextSyncToken } = await client(on.gsuite).all();
    on.gsuite.expireSyncTokens();
    const { body } = await client(on.gsuite).list({ syncToken: nextSyncToken });
    expect(body).toEqual(sample('people-400-expired-sync-token.json'));
  });

  test('a used-up quota', async () => {
    on.gsuite.setQuotas({ criticalReads: { calls: 0, perMs: 60_000 } });
    expect((await client(on.gsuite).list()).body).toEqual(sample('people-429-critical-reads.json'));
  });
});
