/** Folders to write in, and what to say where that cannot be done. */
import { chownSync, mkdirSync, statfsSync } from 'node:fs';
import { DatabaseTrouble } from '../trouble.ts';
import type { Owner } from './owner.ts';

/** A folder beside the project for what another user must reach, where the project lies below a closed folder. */
export const ELSEWHERE = '/var/lib/switchboard';

/** Bytes a new cluster takes with its first log segments, and some to work with. */
const NEEDED = 200 * 1024 * 1024;

export function makeFolder(folder: string, mode: number, owner: Owner = null): void {
  withFolder(folder, () => {
    mkdirSync(folder, { recursive: true, mode });
    if (owner) chownSync(folder, owner.uid, owner.gid);
  });
}

/** Throws before anything is written. */
export function needRoom(folder: string): void {
  const { bavail, bsize } = withFolder(folder, () => statfsSync(folder));
  if (bavail * bsize >= NEEDED) return;
  throw new DatabaseTrouble(
    `no room for a database in ${folder}: ${Math.floor((bavail * bsize) / 1048576)} MB are free, ${NEEDED / 1048576} MB are needed`,
    'Free some space, or set DATA to a folder on another disk. Nothing was written.',
  );
}

export function withFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new DatabaseTrouble(
      `the folder ${folder} cannot be used: ${(error as Error).message}`,
      'Free space or give us the right to write there, or set DATA to another folder.',
      error,
    );
  }
}

/** What to do about something PostgreSQL said. */
export function adviceOn(said: string, otherwise: string): string {
  if (/No space left/i.test(said)) return 'Free some space on that disk and start again.';
  if (/Permission denied/i.test(said)) return 'Give the user that runs the database the right to read and write there.';
  return otherwise;
}
