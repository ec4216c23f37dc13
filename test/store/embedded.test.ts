import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '#store/database.ts';
import { running } from '#store/embedded/postmaster.ts';
import { type EmbeddedServer, embeddedServer } from '#store/embedded.ts';
import { copiedPackage } from './closed-home.ts';
import { folder, hubOn, root, usedFolder } from './folders.ts';

const cluster = (data: string) => join(data, 'postgres');

async function connected({ connection }: EmbeddedServer, name = 'a visitor'): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: name });
  client.on('error', () => undefined); // its server may be stopped under it
  await client.connect();
  return client;
}

async function ask(server: EmbeddedServer, sql: string): Promise<string> {
  const client = await connected(server, 'switchboard');
  const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
  await client.end();
  return String(rows[0]?.[0]);
}

function hubProcess(data: string): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-hub.ts'), data], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Where disks of a chosen size can be had. */
function canMount(): boolean {
  if (!root || process.platform !== 'linux') return false;
  const place = mkdtempSync(join(tmpdir(), 'switchboard-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function fill(file: string): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(1 << 20), { flag: 'a' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

describe('the server', () => {
  test('is durable, in UTF-8, in the order of bytes, and on no port', async () => {
    const server = await hubOn(await usedFolder());
    expect(
      await ask(
        server,
        `select current_setting('fsync') || current_setting('synchronous_commit') || current_setting('full_page_writes')`,
      ),
    ).toBe('ononon');
    expect(await ask(server, 'show server_encoding')).toBe('UTF8');
    expect(await ask(server, `select 'a' > 'B' and lower('ÄΩ') = 'äω'`)).toBe('true');
    expect(await ask(server, 'show listen_addresses')).toBe('');
    expect(await ask(server, 'show server_version')).toMatch(/^18\./);
  });

  test('starts while the usual port is in use', async () => {
    const other = createServer().listen(5432, '127.0.0.1');
    await Promise.race([once(other, 'listening'), once(other, 'error')]); // an error: some PostgreSQL has it already
    onTestFinished(() => void other.close());
    await expect(hubOn(await usedFolder())).resolves.toBeDefined();
  });

  test('keeps what it has over a stop and a start', async () => {
    const data = await usedFolder();
    const first = await embeddedServer(data);
    await ask(first, `create table kept as select 'this' as what`);
    await first.leave();
    expect(running(cluster(data))).toBeUndefined();
    expect(await ask(await hubOn(data), 'select what from kept')).toBe('this');
  });

  test('listens elsewhere when the path is longer than a socket may have', async () => {
    const data = await usedFolder(join(folder(), 'x'.repeat(120)));
    const server = await hubOn(data);
    expect(server.connection.host).not.toContain('x'.repeat(120));
    expect(statSync(server.connection.host).mode & 0o077).toBe(0);
    expect(await ask(server, 'select 1')).toBe('1');
  });
});

describe('several hubs', () => {
  test('starting at the same instant on a new folder share one server', async () => {
    const data = folder();
    const servers = await Promise.all([hubOn(data), hubOn(data), hubOn(data)]);
    const pids = await Promise.all(servers.map((server) => ask(server, `select pg_postmaster_start_time()`)));
    expect(new Set(pids).size).toBe(1);
  });

  test('of several processes too', async () => {
    const data = folder();
    const hubs = [hubProcess(data), hubProcess(data)];
    await Promise.all(hubs.map((hub) => once(hub.stdout!, 'data')));
    const ended = hubs.map((hub) => once(hub, 'exit'));
    for (const hub of hubs) hub.stdin!.end();
    expect((await Promise.all(ended)).map(([code]) => code)).toEqual([0, 0]);
    expect(running(cluster(data))).toBeUndefined();
  });

  test('the first to leave lets the others work, the last one stops it', async () => {
    const data = await usedFolder();
    const [first, second] = [await hubOn(data), await hubOn(data)];
    await first.leave();
    expect(await ask(second, 'select 1')).toBe('1');
    await second.leave();
    expect(running(cluster(data))).toBeUndefined();
  });

  test('nobody stops it while a visitor is connected', async () => {
    const data = await usedFolder();
    const server = await embeddedServer(data);
    const visitor = await connected(server);
    await server.leave();
    expect((await visitor.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await visitor.end();
    await (await hubOn(data)).leave();
    expect(running(cluster(data))).toBeUndefined();
  });

  test('whoever comes while the last one leaves gets a server', async () => {
    const data = await usedFolder();
    const last = await embeddedServer(data);
    const [, next] = await Promise.all([last.leave(), hubOn(data)]);
    expect(await ask(next, 'select 1')).toBe('1');
  });
});

describe('after an accident', () => {
  test('a killed hub leaves its server running, and the next one joins it', async () => {
    const data = await usedFolder();
    const hub = hubProcess(data);
    await once(hub.stdout!, 'data');
    const { pid } = running(cluster(data))!;
    hub.kill('SIGKILL');
    await once(hub, 'exit');
    const next = await hubOn(data);
    expect(running(cluster(data))?.pid).toBe(pid);
    await next.leave();
    expect(running(cluster(data))).toBeUndefined();
  });

  test('a server that was killed is started again under a living hub, and has lost nothing', async () => {
    const data = await usedFolder();
    const store = await openDatabase({ data });
    onTestFinished(() => store.close());
    await store.installation((tx) => tx.run(`insert into workspaces (name) values ('kept')`));
    const { pid } = running(cluster(data))!;
    process.kill(pid, 'SIGKILL');
    const read = () => store.installation((tx) => tx.query('select name from workspaces'));
    const again = async () => {
      expect(await read()).toEqual([{ name: 'kept' }]);
      // A backend outlives its server for a moment, and may still answer.
      expect(running(cluster(data))?.pid).not.toBe(pid);
    };
    await vi.waitFor(again, { timeout: 30_000, interval: 50 });
  });

  test('a hub that was killed while it made the database leaves nothing for good', async () => {
    const data = folder();
    const [old, fresh] = ['postgres.new-Old111', 'postgres.new-New222'].map((name) => join(data, name));
    for (const draft of [old!, fresh!]) mkdirSync(draft);
    utimesSync(old!, 1, 1);
    await hubOn(data);
    expect([existsSync(old!), existsSync(fresh!)]).toEqual([false, true]); // the fresh one may be under way
  });

  test('a pid file from before a reboot, whose number is now another process', async () => {
    const data = await usedFolder();
    const stale = [process.pid, cluster(data), 1, 5432, cluster(data), '', '  1 2', 'ready   ', ''].join('\n');
    writeFileSync(join(cluster(data), 'postmaster.pid'), stale);
    expect(await ask(await hubOn(data), 'select 1')).toBe('1');
  });
});

describe('what cannot be used is said and left alone', () => {
  test('a folder of another major version', async () => {
    const data = folder();
    mkdirSync(cluster(data));
    writeFileSync(join(cluster(data), 'PG_VERSION'), '16\n');
    await expect(hubOn(data)).rejects.toMatchObject({
      message: expect.stringContaining('was written by PostgreSQL 16; this version of Switchboard brings 18'),
      advice: expect.stringContaining('Nothing was touched'),
    });
    expect(readFileSync(join(cluster(data), 'PG_VERSION'), 'utf8')).toBe('16\n');
  });

  test('a folder that is no database', async () => {
    const data = folder();
    mkdirSync(cluster(data));
    writeFileSync(join(cluster(data), 'letter.txt'), 'Dear');
    await expect(hubOn(data)).rejects.toThrow('is there and is no database');
    expect(existsSync(join(cluster(data), 'letter.txt'))).toBe(true);
  });

  test('a folder that is a file', async () => {
    const data = join(folder(), 'file');
    writeFileSync(data, '');
    await expect(hubOn(data)).rejects.toMatchObject({
      message: expect.stringContaining(data),
      advice: expect.stringContaining('DATA'),
    });
  });

  test.runIf(canMount())('a full disk', async () => {
    const disk = join(folder(), 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m,mode=755', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    const data = join(disk, 'data');
    await (await embeddedServer(data)).leave();
    fill(join(disk, 'filler'));
    await expect(hubOn(join(disk, 'new'))).rejects.toMatchObject({ advice: expect.stringMatching(/Free (some )?space/) });
    await expect(hubOn(data)).rejects.toMatchObject({ advice: expect.stringMatching(/Free (some )?space/) });
    rmSync(join(disk, 'filler'));
    expect(await ask(await hubOn(data), 'select 1')).toBe('1');
  });

  test('a server that does not start says why', async () => {
    const data = await usedFolder();
    renameSync(join(cluster(data), 'global'), join(cluster(data), 'gone'));
    await expect(hubOn(data)).rejects.toMatchObject({
      message: expect.stringContaining('did not start'),
      advice: expect.stringContaining('server.log'),
    });
  });
});

describe.runIf(root)('as root', () => {
  test('the server runs as another user', async () => {
    const data = folder();
    await hubOn(data);
    expect(statSync(cluster(data)).uid).not.toBe(0);
    expect(statSync(`/proc/${running(cluster(data))!.pid}`).uid).toBe(statSync(cluster(data)).uid);
  });

  test('a data folder that only root may enter is opened for passing through, and no further', async () => {
    const data = folder();
    chmodSync(data, 0o700);
    await hubOn(data);
    expect(statSync(data).mode & 0o777).toBe(0o711);
    expect(statSync(cluster(data)).mode & 0o777).toBe(0o700);
  });

  test('data and programs below a closed home folder: both are placed where that user reaches them, and found again', async () => {
    const [home, elsewhere] = [folder(), join(folder(), 'elsewhere')];
    chmodSync(home, 0o700);
    chmodSync(join(elsewhere, '..'), 0o755);
    const around = { elsewhere, package: copiedPackage(home) };
    const data = join(home, 'project', 'data');
    const both = await Promise.all([hubOn(data, around), hubOn(data, around)]);
    await ask(both[0], `create table kept as select 'this' as what`);
    await Promise.all(both.map((server) => server.leave()));
    const kept = readFileSync(join(data, 'postgres.path'), 'utf8').trim();
    expect(kept.startsWith(`${elsewhere}/postgres-`)).toBe(true);
    expect(await ask(await hubOn(data, around), 'select what from kept')).toBe('this');
  });

  test('a database elsewhere that is gone is not replaced by an empty one', async () => {
    const data = folder();
    writeFileSync(join(data, 'postgres.path'), '/var/lib/switchboard/gone\n');
    await expect(hubOn(data)).rejects.toMatchObject({ advice: expect.stringContaining('Put it back') });
  });
});
