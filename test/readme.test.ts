/** The READMEs name what there is: scripts, variables, files. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { connectors } from '#connectors/index.ts';
import about from '../package.json' with { type: 'json' };
import { filesOf } from './house/source.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');
const pages = filesOf(root).filter((file) => file.endsWith('.md'));

test('README.md names every script, and no other', () => {
  const named = new Set([...readme.matchAll(/\bnpm (?:run (?:-s )?)?([a-z]+)\b/g)].map(([, name]) => name!));
  named.delete('ci');
  expect([...named].sort()).toEqual(Object.keys(about.scripts).sort());
});

test('README.md lists every variable that hub/config.ts reads, and no other', () => {
  const table = readme.split('## Configuration')[1]!.split('\n## ')[0]!;
  const listed = [...table.matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  );
  const used = [...read('hub/config.ts').matchAll(/\b(?:text|whole|part|address)\('([A-Z_]+)'/g)].map(([, name]) => name!);
  const clients = Object.keys(connectors).flatMap((name) =>
    ['ID', 'SECRET'].map((what) => `${name.toUpperCase()}_CLIENT_${what}`),
  );
  expect(new Set(listed)).toEqual(new Set([...used, ...clients]));
});

test('every top folder has its README', () => {
  const folders = ['connectors', 'credentials', 'hub', 'mappings', 'test', 'webhooks'];
  expect(folders.filter((folder) => !pages.includes(`${folder}/README.md`))).toEqual([]);
});

test.each(pages)('%s: what it links to is there', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!.replace(/#.*$/, ''));
  const missing = links.filter((link) => !/^(https?:.*)?$/.test(link) && !existsSync(join(root, dirname(page), link)));
  expect(missing).toEqual([]);
});
