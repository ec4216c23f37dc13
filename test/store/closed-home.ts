/** The embedded programs copied below a folder, as an installation in somebody's home has them. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { platformPackage } from '#store/embedded/binaries.ts';

export function copiedPackage(home: string): string {
  const copy = join(home, 'package');
  cpSync(platformPackage(), copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}
