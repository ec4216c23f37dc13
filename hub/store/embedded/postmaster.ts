/** The server's process: what its pid file says, how it is started and stopped. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseTrouble } from '../trouble.ts';
import { type Cluster, ENVIRONMENT } from './cluster.ts';
import type { Owner } from './owner.ts';
import { makeFolder, withFolder } from './room.ts';

/** For a machine with two cores beside other work; fsync stays on. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '160MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  // A statement that fails is told by whoever sent it; rows of customers have no place in a log.
  log_min_messages: 'fatal',
};

export interface Running {
  pid: number;
  /** Folder of its socket. */
  socket: string;
  port: number;
  ready: boolean;
}

/** https://www.postgresql.org/docs/18/storage-file-layout.html (postmaster.pid); its lines are those of miscadmin.h. */
export function running(cluster: string): Running | undefined {
  const lines = readIfThere(join(cluster, 'postmaster.pid'))?.split('\n');
  if (lines === undefined || !(Number(lines[0]) > 0)) return undefined;
  const [pid, , , port, socket, , , status] = lines;
  return { pid: Number(pid), socket: socket ?? '', port: Number(port), ready: status?.trim() === 'ready' };
}

/** Is that process this cluster's server, rather than another that was given its number after a crash or reboot? */
export function lives(cluster: string, pid: number): boolean {
  if (!alive(pid)) return false;
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
    return /postgres/.test(execFileSync('ps', ['-o', 'command=', '-p', String(pid)]).toString());
  } catch {
    return false; // ended between our two looks; or another user's, and then not this cluster's
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** PostgreSQL refuses to start while the number in its pid file is some process's of the same user. */
export function forget(cluster: string, dead: number): void {
  const file = join(cluster, 'postmaster.pid');
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another hub was quicker
  }
  if (Number(readFileSync(aside, 'utf8').split('\n')[0]) !== dead) linkSync(aside, file);
  rmSync(aside);
}

export interface Started {
  pid: number;
  /** What it said, once it has ended by itself. */
  ended(): string | undefined;
}

const LONGEST_LOG = 8 * 1024 * 1024;

/** Begins in the background, in a session of its own: it outlives a killed hub, and the next one joins it. */
export function start({ folder, owner, binaries }: Cluster, socket: string): Started {
  openSocketFolder(socket, owner);
  const file = join(folder, 'server.log');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LONGEST_LOG) renameSync(file, `${file}.old`);
  const log = withFolder(folder, () => openSync(file, 'a+', 0o600));
  const before = fstatSync(log).size;
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: socket });
  const child = spawn(
    binaries.postgres,
    ['-D', folder, '-p', '5432', ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...owner,
      cwd: folder,
      env: ENVIRONMENT,
      detached: true,
      stdio: ['ignore', log, log],
    },
  );
  let said: string | undefined;
  child.once('error', (error) => {
    said = error.message;
    closeSync(log);
  });
  child.once('exit', () => {
    said = textFrom(log, before) || 'it said nothing';
    closeSync(log);
  });
  child.unref();
  return { pid: child.pid ?? 0, ended: () => said };
}

function textFrom(file: number, position: number): string {
  const bytes = Buffer.alloc(4096);
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, position)).trim();
}

/** The longest path of a socket that every system takes, in bytes: 104 on macOS, 108 on Linux, each with a closing zero. */
const LONGEST_SOCKET = 103;

/** Folders for the socket, best first: the cluster's own; a short one where that path is too long or its file system has no sockets. */
export function socketFolders({ folder }: Cluster): string[] {
  const fits = Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= LONGEST_SOCKET && !folder.includes(',');
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return [...(fits ? [folder] : []), join(tmpdir(), `switchboard-${name}`)];
}

/** Makes the folder if it is not there; only the server's user and root pass. */
function openSocketFolder(socket: string, owner: Owner): void {
  if (!statSync(socket, { throwIfNoEntry: false })) makeFolder(socket, 0o700, owner);
  const found = statSync(socket);
  if (found.uid === (owner?.uid ?? process.getuid?.()) && (found.mode & 0o077) === 0) return;
  throw new DatabaseTrouble(`${socket} belongs to somebody else or is open to others`, 'Delete it and start again.');
}

/** Asks it to stop at once (a fast shutdown) and waits until it has. */
export async function stop(cluster: string, { pid }: Running): Promise<void> {
  process.kill(pid, 'SIGINT');
  while (running(cluster)?.pid === pid && alive(pid)) await delay(10);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
