import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigTrouble, readConfig } from '#hub/config.ts';

const KEY = `2026-01:${'a'.repeat(43)}`;

/** What is refused, by variable. */
function refused(env: { [name: string]: string }): { [variable: string]: string } {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigTrouble)
      return Object.fromEntries(error.problems.map((problem) => [problem.variable, problem.found]));
    throw error;
  }
  return {};
}

test('an empty environment is enough', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    port: 8080,
    publicUrl: 'http://localhost:8080',
    data: resolve('data'),
    hosts: {},
    logLevel: 'info',
    slices: 4,
  });
  expect(config.databaseUrl).toBeUndefined();
  expect(config.sealingKeys).toBeUndefined();
});

test('every variable is read', () => {
  const config = readConfig({
    DATABASE_URL: 'postgresql://me:secret@db:5433/crm',
    PORT: '0',
    DATA: '/srv/data',
    PUBLIC_URL: 'https://crm.example.com/',
    SWITCHBOARD_HOSTS: '{"memory":{"people":"http://127.0.0.1:9000/"}}',
    SWITCHBOARD_KEYS: `${KEY}, old-key:${'b'.repeat(43)}`,
    LOG_LEVEL: 'debug',
    HUB_SLICES: '8',
    HUB_WORKERS: '3',
  });
  expect(config).toMatchObject({
    databaseUrl: 'postgresql://me:secret@db:5433/crm',
    port: 0,
    data: '/srv/data',
    publicUrl: 'https://crm.example.com',
    hosts: { memory: { people: 'http://127.0.0.1:9000/' } },
    sealingKeys: [KEY, `old-key:${'b'.repeat(43)}`],
    logLevel: 'debug',
    slices: 8,
    workers: 3,
  });
});

test('all that is wrong is said at once, and no secret with it', () => {
  const env = {
    DATABASE_URL: 'mysql://me:hush@db/crm',
    PORT: '80a',
    PUBLIC_URL: 'example.com',
    SWITCHBOARD_HOSTS: '{"memory":{"people":"ftp://x"},"other":[1]}',
    SWITCHBOARD_KEYS: 'id:tooshortbutsecret',
    LOG_LEVEL: 'loud',
    HUB_SLICES: '0',
  };
  expect(Object.keys(refused(env)).sort()).toEqual(
    [
      'DATABASE_URL',
      'HUB_SLICES',
      'LOG_LEVEL',
      'PORT',
      'PUBLIC_URL',
      'SWITCHBOARD_HOSTS.memory.people',
      'SWITCHBOARD_HOSTS.other',
      'SWITCHBOARD_KEYS',
    ].sort(),
  );
  expect(JSON.stringify(refused(env))).not.toMatch(/hush|tooshort/);
});

test.each(['{', '[]', 'null', '"x"', '3'])('hosts that are no map: %s', (hosts) => {
  expect(Object.keys(refused({ SWITCHBOARD_HOSTS: hosts }))).toEqual(['SWITCHBOARD_HOSTS']);
});

test.each(['-1', '65536', '8080.5', '1e3', '9999999'])('a port that is none: %s', (port) => {
  expect(refused({ PORT: port })).toEqual({ PORT: JSON.stringify(port) });
});

test('a blank variable counts as absent', () => {
  expect(readConfig({ PORT: ' ', DATABASE_URL: '', SWITCHBOARD_KEYS: '' })).toMatchObject({ port: 8080 });
});

test('the client of a connector is found by its name', () => {
  const config = readConfig({
    MEMORY_CLIENT_ID: 'id',
    MEMORY_CLIENT_SECRET: 'secret',
    HALF_CLIENT_ID: 'id',
    TWO_WORDS_CLIENT_ID: 'a',
    TWO_WORDS_CLIENT_SECRET: 'b',
  });
  expect(config.clientOf('memory')).toEqual({ id: 'id', secret: 'secret' });
  expect(config.clientOf('two-words')).toEqual({ id: 'a', secret: 'b' });
  expect(config.clientOf('absent')).toBeUndefined();
  expect(() => config.clientOf('half')).toThrow('HALF_CLIENT_SECRET: found nothing');
});

test.each([
  'postgres://hub:pass/secret@db.example/hub',
  'postgres://hub:pass@secret:9@db.example:port/hub',
  'mysql://hub:secret@db.example/hub',
  'postgres://db.example:port/hub?user=hub&password=secret',
  'hub:secret@db.example',
])('no password is told of an address that cannot be read: %s', (DATABASE_URL) => {
  const told = JSON.stringify(refused({ DATABASE_URL }));
  expect(told).toContain('db.example');
  expect(told).not.toContain('secret');
});

test('of a sealing key without its id nothing is told', () => {
  expect(JSON.stringify(refused({ SWITCHBOARD_KEYS: 'secret00'.repeat(5) }))).not.toContain('secret');
});
