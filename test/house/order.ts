/** What lies where and what it is called: the top level, names of files, barrels, packages. */
import type { Source } from './source.ts';
import type { Violation } from './violation.ts';

const TOP = ['hub', 'connectors', 'mappings', 'webhooks', 'credentials', 'test'];
const TOP_FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'README.md'];
const CUPBOARDS = /^(utils?|helpers?|common|types?|managers?)$/i;

/** `files`: every file, from the project's folder. Dot files are what tools insist on. */
export function topViolations(files: readonly string[]): Violation[] {
  const tops = new Map(files.map((file) => [file.split('/')[0]!, file]));
  return [...tops]
    .filter(([top, file]) => !top.startsWith('.') && !(file === top ? TOP_FILES : TOP).includes(top))
    .map(([top]) => ({
      file: top,
      line: 0,
      found: 'stands on the top level',
      rule: `the top level is ${[...TOP, ...TOP_FILES].join(', ')} and dot files`,
      remedy: 'find it a room inside',
    }));
}

export function nameViolations(files: readonly string[]): Violation[] {
  return files.flatMap((file) =>
    file
      .split('/')
      .filter((part) => CUPBOARDS.test(part.split('.')[0]!))
      .map((part) => ({
        file,
        line: 0,
        found: `is called '${part}'`,
        rule: 'nothing is called utils, helpers, common, types or manager',
        remedy: 'name it after the noun it is about; a function lives with its noun',
      })),
  );
}

export function barrelViolations(sources: readonly Source[]): Violation[] {
  return sources.flatMap(({ file, code }) =>
    [...code.matchAll(/^\s*export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\b/gm)].map((found) => ({
      file,
      line: code.slice(0, found.index + found[0].length).split('\n').length,
      found: `says '${found[0].replaceAll(/\s+/g, ' ').trim()}'`,
      rule: 'no barrels',
      remedy: 'import from the file that has it',
    })),
  );
}

export interface Packages {
  dependencies: { readonly [name: string]: string };
  devDependencies: { readonly [name: string]: string };
}

/** The product imports what is installed with it; test/ also what is installed for it. Both name it in package.json. */
export function packageViolations(sources: readonly Source[], { dependencies, devDependencies }: Packages): Violation[] {
  return sources.flatMap(({ file, imports }) => {
    const allowed = file.startsWith('test/') ? { ...dependencies, ...devDependencies } : dependencies;
    return imports.flatMap(({ name, line }) => {
      if (/^([.#]|node:)/.test(name)) return [];
      const own = name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');
      if (Object.hasOwn(allowed, own)) return [];
      const forTests = Object.hasOwn(devDependencies, own);
      return [
        {
          file,
          line,
          found: `imports '${name}'`,
          rule: forTests ? 'what is installed for tests serves only test/' : 'every package is named in package.json',
          remedy: forTests ? `move '${own}' to dependencies if the product needs it` : `npm install --save-exact ${own}`,
        },
      ];
    });
  });
}
