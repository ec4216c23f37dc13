/** The folder of a PostgreSQL: found, or made so that it appears whole or not at all. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseTrouble } from '../trouble.ts';
import { type Binaries, binariesFor, platformPackage, versionOf } from './binaries.ts';
import { newOwner, type Owner, ownerOf, reaches } from './owner.ts';
import { adviceOn, ELSEWHERE, makeFolder, needRoom, withFolder } from './room.ts';

export const USER = 'switchboard';

export interface Cluster {
  folder: string;
  owner: Owner;
  binaries: Binaries;
}

/** Where things come from and go to; tests put them below closed folders. */
export interface Surroundings {
  /** Of the npm package with the programs. */
  package: string;
  /** For what another user must reach. */
  elsewhere: string;
}

/** The cluster of a data folder. Of hubs that start together one makes it, and all get the same. */
export function clusterOf(data: string, around: Partial<Surroundings> = {}): Cluster {
  const { package: programs = platformPackage(), elsewhere = ELSEWHERE } = around;
  makeFolder(data, 0o755);
  const there = find(data) ?? make(data, programs, elsewhere);
  refuseOtherMajor(there, versionOf(programs).split('.')[0]!);
  const owner = ownerOf(there);
  return { folder: there, owner, binaries: binariesFor(owner, programs, elsewhere) };
}

/** `data/postgres`; or `data/postgres.path` names the folder, where the server's user could not have reached it in `data`. */
const POINTER = 'postgres.path';

function find(data: string): string | undefined {
  const own = join(data, 'postgres');
  if (isCluster(own)) return own;
  const pointer = join(data, POINTER);
  if (existsSync(pointer)) {
    const elsewhere = readFileSync(pointer, 'utf8').trim();
    if (isCluster(elsewhere)) return elsewhere;
    throw new DatabaseTrouble(
      `${pointer} says that the database is in ${elsewhere}, and there is none`,
      `Put it back, or delete ${pointer} to begin with an empty one.`,
    );
  }
  if (existsSync(own)) {
    throw new DatabaseTrouble(
      `${own} is there and is no database`,
      'Move it away, or set DATA to another folder. Nothing was touched.',
    );
  }
  return undefined;
}

function isCluster(folder: string): boolean {
  return withFolder(folder, () => statSync(join(folder, 'PG_VERSION'), { throwIfNoEntry: false })) !== undefined;
}

/** Can the owner get into the data folder? One that only we may enter, in a place open to all, is opened for passing through. */
function opens(data: string, owner: Owner): boolean {
  if (reaches(owner, data, 0o1)) return true;
  if (owner === null || !reaches(owner, dirname(data), 0o1)) return false;
  withFolder(data, () => chmodSync(data, statSync(data).mode | 0o011));
  return true;
}

const DRAFT = 'postgres.new-';
/** Longer than any draft takes, in ms. */
const ABANDONED = 10 * 60_000;

/** What hubs left behind that were killed while they made it. */
function clearDrafts(data: string): void {
  for (const name of readdirSync(data).filter((name) => name.startsWith(DRAFT))) {
    const draft = join(data, name);
    const since = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > ABANDONED) rmSync(draft, { recursive: true, force: true });
  }
}

function make(data: string, programs: string, elsewhere: string): string {
  const owner = newOwner();
  const near = opens(data, owner);
  const parent = near ? data : elsewhere;
  makeFolder(parent, 0o755);
  needRoom(parent);
  if (near) clearDrafts(data);
  const draft = withFolder(parent, () => mkdtempSync(join(parent, near ? DRAFT : 'postgres-')));
  try {
    makeFolder(draft, 0o700, owner);
    initialise(draft, { folder: draft, owner, binaries: binariesFor(owner, programs, elsewhere) });
    if (near) return publish(draft, () => renameSync(draft, join(data, 'postgres')), data);
    const note = join(data, `${POINTER}.${process.pid}`);
    writeFileSync(note, `${draft}\n`);
    try {
      return publish(draft, () => linkSync(note, join(data, POINTER)), data);
    } finally {
      rmSync(note);
    }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Whoever is second finds the first one's there, and takes that. */
function publish(draft: string, put: () => void, data: string): string {
  try {
    put();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return find(data)!;
}

function initialise(draft: string, { owner, binaries }: Cluster): void {
  const options = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    execFileSync(binaries.initdb, ['-D', draft, '-U', USER, ...options], {
      ...owner,
      cwd: draft,
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? (error as Error).message).trim();
    throw new DatabaseTrouble(
      `a new database could not be made in ${draft}: ${said}`,
      `${adviceOn(said, 'Mend the cause and start again, or set DATABASE_URL.')} Nothing was kept.`,
      error,
    );
  }
}

/** Nothing of the hub's own environment reaches the server. */
export const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' };

function refuseOtherMajor(cluster: string, ours: string): void {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (found === ours) return;
  throw new DatabaseTrouble(
    `${cluster} was written by PostgreSQL ${found}; this version of Switchboard brings ${ours}`,
    `Nothing was touched. Dump it with PostgreSQL ${found} and restore it into a new folder (DATA), or point DATABASE_URL at a server that runs it.`,
  );
}
