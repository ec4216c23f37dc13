import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { start } from './process.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const starting = (env: { [name: string]: string }) => start('hub/main.ts', [], { DATABASE_URL: database.url, PORT: '0', ...env });

describe('npm start', () => {
  it('says once how to sign in first, works, and stops in order', async () => {
    const hub = starting({});
    const said = await hub.says('/api/keys');
    const port = /listens on port (\d+)/.exec(said)?.[1];
    const key = /^ {4}(sb_\S+)$/m.exec(said)?.[1];
    const response = await fetch(`http://127.0.0.1:${port}/api/keys`, { headers: { authorization: `Bearer ${key}` } });
    expect(response.status).toBe(200);
    hub.process.kill('SIGTERM');
    expect(await hub.ended).toMatchObject({ code: 0 });

    const again = starting({});
    expect(await again.says('Sign in')).not.toContain('sb_');
    again.process.kill('SIGINT');
    expect(await again.ended).toMatchObject({ code: 0 });
  });

  it('says which port is in use, and what to do', async () => {
    const other = createServer().listen(0);
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await starting({ PORT: String(port) }).ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} is in use`);
    expect(stderr).toContain(`PORT=${port + 1} npm start`);
    expect(stderr).not.toContain('    at ');
  });

  it('says everything that is wrong with the configuration', async () => {
    const { code, stderr } = await starting({ PORT: 'high', LOG_LEVEL: 'loud' }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/PORT.*LOG_LEVEL/);
    expect(stderr).not.toContain('    at ');
  });

  it('says what is wrong with the database', async () => {
    const { code, stderr } = await starting({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Start the server, or correct host and port in DATABASE_URL');
    expect(stderr).not.toContain('    at ');
  });
});
