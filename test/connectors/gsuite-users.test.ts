/** The people of a firm: by every address they have, and for nobody but who administers it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gsuite } from '#connectors/gsuite/index.ts';
import { Reconnect, Refused } from '#kit/errors.ts';
import type { Stream } from '#kit/stream.ts';
import { type Bench, createBench } from '../conformance/bench.ts';
import { EMAIL, signedIn } from '../conformance/drivers/gsuite.ts';
import type { World } from '../conformance/world.ts';
import type { Gsuite } from '../emulators/gsuite/contract.ts';

const stream: Stream = gsuite.streams.users;
let google: Gsuite;
let bench: Bench;
let world: Omit<World, 'ids' | 'misfit'>;

beforeEach(async () => {
  const on = await signedIn({});
  google = on.gsuite;
  world = on.world;
  bench = benchOf();
});
afterEach(() => world.close());

const benchOf = (more: Partial<World> = {}) =>
  createBench(gsuite, stream, { ...world, ids: () => [], misfit: () => '', ...more });

test('a person has every address, the leading number and job; nothing else of them is kept', async () => {
  google.directory.add({
    ...{
      primaryEmail: 'ada@firm.example',
      aliases: ['countess@firm.example'],
      nonEditableAliases: ['ada@firm.example.test-google-a.com'],
    },
    ...{ name: { givenName: 'Ada', familyName: 'Lovelace', fullName: 'Ada Lovelace' }, recoveryEmail: 'SECRET@home.example' },
    phones: [
      { value: '+44 20 0000 0001', type: 'home' },
      { value: '+44 20 0000 0002', type: 'work', primary: true },
    ],
    ...{ organizations: [{ title: 'CTO', department: 'Engines', primary: true }], languages: [{ languageCode: 'en-GB' }] },
    archived: true,
  });
  const { rows } = await bench.read();
  expect(rows[0]!.fields).toEqual({
    ...{ name: 'Ada Lovelace', givenName: 'Ada', familyName: 'Lovelace', email: 'ada@firm.example', phone: '+44 20 0000 0002' },
    emails: [
      { value: 'ada@firm.example', primary: true },
      { value: 'countess@firm.example' },
      { value: 'ada@firm.example.test-google-a.com' },
    ],
    ...{ jobTitle: 'CTO', department: 'Engines', language: 'en-GB', kind: 'member', active: false },
  });
  expect(JSON.stringify(rows)).not.toMatch(/SECRET|lastLogin/);
});

test('who is no administrator is told so, and what to do', async () => {
  google.directory.setAdmin(EMAIL, false);
  const error: unknown = await bench.read().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Refused);
  expect((error as Refused).advice).toMatch(/administrator/);
});

test('a scope that was not allowed is named, with what to do', async () => {
  const { accessToken } = google.grant(EMAIL, ['https://www.googleapis.com/auth/contacts', 'openid']);
  const error: unknown = await benchOf({ token: async () => accessToken })
    .read()
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Reconnect);
  expect((error as Reconnect).advice).toMatch(/users: it lacks .*admin\.directory\.user\.readonly/);
});

test('a page token that died begins anew', async () => {
  expect((await bench.read({ pageToken: 'dead' })).lost).toMatch(/pageToken/);
});
