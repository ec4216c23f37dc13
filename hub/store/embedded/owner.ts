/** Who runs the server: ourselves, or another user where we are root, because PostgreSQL refuses root. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseTrouble } from '../trouble.ts';

/** Null: ourselves. */
export type Owner = { uid: number; gid: number } | null;

/** For a new cluster. `initdb` needs a user that the machine knows by name. */
export function newOwner(): Owner {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => idOf(flag, name));
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new DatabaseTrouble(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody',
    'Run Switchboard as another user, or set DATABASE_URL.',
  );
}

function idOf(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  } catch {
    return undefined; // no such user
  }
}

/** Of a cluster that is there: whoever its files belong to goes on running it. */
export function ownerOf(cluster: string): Owner {
  const { uid, gid } = statSync(cluster);
  const me = process.getuid?.();
  if (me === 0 && uid !== 0) return { uid, gid };
  if (me === uid && me !== 0) return null;
  throw new DatabaseTrouble(
    uid === 0
      ? `${cluster} belongs to root, and PostgreSQL refuses to run as root`
      : `${cluster} belongs to user ${uid}; this is user ${me}`,
    uid === 0
      ? `Give it to another user: chown -R postgres ${cluster}`
      : 'Run Switchboard as that user or as root, or set DATA to another folder.',
  );
}

/** May the owner pass through every folder above it, and do this with it? `rights` as for others: 4 read, 1 pass or execute. */
export function reaches(owner: Owner, path: string, rights: number): boolean {
  if (owner === null) return accessible(path);
  for (let at = path; ; at = dirname(at)) {
    if (!allows(statSync(at), owner, at === path ? rights : 0o1)) return false;
    if (at === dirname(at)) return true;
  }
}

function allows(stat: Stats, owner: { uid: number; gid: number }, rights: number): boolean {
  const shift = stat.uid === owner.uid ? 6 : stat.gid === owner.gid ? 3 : 0;
  return ((stat.mode >> shift) & rights) === rights;
}

function accessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
