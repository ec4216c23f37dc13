/** A file of the house as its rules see it: what it imports, what stands in its strings, its code without comments. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

export interface Import {
  /** As written: `./page.ts`, `#store/links.ts`, `pg`, `node:path`. */
  name: string;
  line: number;
  /** The file of the house it means; undefined for packages and for what is no TypeScript. */
  target: string | undefined;
}

export interface Source {
  /** From the project's folder, with `/`. */
  file: string;
  text: string;
  /** The text with comments and the insides of strings blanked; positions and lines stay. */
  code: string;
  strings: { text: string; line: number }[];
  imports: Import[];
}

/** The folders that `imports` in package.json names: `#store` → `hub/store`. */
export type Doors = ReadonlyMap<string, string>;

/** Comments, regular expressions (known by what stands before them), strings. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[(,=:[!&|?{};\n]\s*|return\s+)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const IMPORT =
  /(?:^|[;}\n])[ \t]*(?:import|export)\b(?:[^;'"`()=]*?\bfrom)?\s*(['"])([^'"\n]+)\1|\bimport\s*\(\s*(['"`])([^'"`\n]+)\3/g;

export function sourceOf(file: string, text: string, doors: Doors): Source {
  const strings: Source['strings'] = [];
  const bare = text.replace(TOKEN, (token) => (isComment(token) ? blank(token) : token));
  const code = bare.replace(TOKEN, (token, at: number) => {
    if (token.startsWith('/')) return blank(token);
    strings.push({ text: token.slice(1, -1), line: lineAt(text, at) });
    return token[0] + blank(token.slice(1, -1)) + token.at(-1);
  });
  const imports = [...bare.matchAll(IMPORT)]
    // The word itself must be code: a string may well speak of imports.
    .filter((found) => /\b(?:import|export)\b/.test(code.slice(found.index, found.index + found[0].length)))
    .map((found) => {
      const name = (found[2] ?? found[4])!;
      return { name, line: lineAt(text, found.index + found[0].length - 1), target: targetOf(file, name, doors) };
    });
  return { file, text, code, strings, imports };
}

/** Every file git would keep, without reading those that are neither code nor SQL. */
export function filesOf(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (folder === '' && (/^(node_modules|data|\.git)$/.test(entry.name) || entry.name.endsWith('.log'))) return [];
    return entry.isDirectory() ? filesOf(root, path) : [path];
  });
}

export function sourcesOf(root: string, files: readonly string[], doors: Doors): Source[] {
  return files
    .filter((file) => /\.(ts|tsx|sql)$/.test(file))
    .map((file) => sourceOf(file, readFileSync(join(root, file), 'utf8'), doors));
}

/** `{ "#kit/*": "./connectors/kit/*" }` → `#kit` → `connectors/kit`. */
export function doorsOf(imports: { readonly [name: string]: string }): Doors {
  return new Map(Object.entries(imports).map(([name, folder]) => [name.slice(0, -2), folder.slice(2, -2)]));
}

function targetOf(file: string, name: string, doors: Doors): string | undefined {
  if (!/\.tsx?$/.test(name)) return undefined;
  if (name.startsWith('.')) return normalize(join(dirname(file), name)).replaceAll(sep, '/');
  const slash = name.indexOf('/');
  const folder = doors.get(name.slice(0, slash));
  return folder === undefined ? undefined : folder + name.slice(slash);
}

function isComment(token: string): boolean {
  return token.startsWith('//') || token.startsWith('/*');
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
