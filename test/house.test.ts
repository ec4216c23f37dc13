/** The order of the house, kept by reading its files: floors, rings, the five sentences, names. And proof that each rule can fail. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import about from '../package.json' with { type: 'json' };
import { doorViolations, floorViolations, placeOf, ringViolations } from './house/floors.ts';
import { barrelViolations, nameViolations, packageViolations, topViolations } from './house/order.ts';
import { sentenceViolations } from './house/sentences.ts';
import { doorsOf, filesOf, type Source, sourceOf, sourcesOf } from './house/source.ts';
import { tell, type Violation } from './house/violation.ts';

const doors = doorsOf(about.imports);
const root = resolve(import.meta.dirname, '..');

describe('the house as it stands', () => {
  const files = filesOf(root);
  const house = sourcesOf(root, files, doors);
  // The rules' own words and the made-up sources below are no use of what they name.
  const product = house.filter(({ file }) => file !== 'test/house.test.ts');

  test('is read: files are found, and what they import', () => {
    expect(house.length).toBeGreaterThan(200);
    const targets = product.flatMap(({ file, imports }) => imports.flatMap((one) => (one.target ? [{ file, ...one }] : [])));
    expect(targets.length).toBeGreaterThan(800);
    expect(targets.filter(({ target }) => !files.includes(target!))).toEqual([]);
  });

  test.each<[string, () => Violation[]]>([
    ['each floor imports only what is below', () => floorViolations(product)],
    ['rooms are entered by their doors', () => doorViolations(product, doors)],
    ['no ring of imports', () => ringViolations(product)],
    ['the five sentences', () => sentenceViolations(product)],
    ['the top level is fixed', () => topViolations(files)],
    ['no cupboards', () => nameViolations(files)],
    ['no barrels', () => barrelViolations(product)],
    ['packages are named, and those for tests serve only test/', () => packageViolations(product, about)],
  ])('%s', (_, violations) => {
    expect(violations().map(tell).join('\n\n')).toBe('');
  });
});

/** `made('hub/sync/match.ts', …lines)`. */
function made(file: string, ...lines: string[]): Source {
  return sourceOf(file, lines.join('\n'), doors);
}

const places = (violations: readonly Violation[]) => violations.map(({ file, line, found }) => `${file}:${line} ${found}`);

describe('imports are read', () => {
  test('in every form, with their lines, and not in comments and strings', () => {
    const source = made(
      'hub/sync/match.ts',
      "import 'pino';",
      "import type { Tx } from '#store/database.ts';",
      'import {',
      '  a,',
      '  type B,',
      "} from './page.ts';",
      "import about from '../../package.json' with { type: 'json' };",
      "// import { x } from '#api/x.ts';",
      "/* import { y } from '#api/y.ts'; */",
      "const later = () => import('#crm/core.ts');",
      "type Late = import('#crm/crm.ts').Crm;",
      "const text = 'import(`#api/z.ts`)';",
      'const template = `',
      "import { z } from '#api/z.ts';`;",
      'const quote = /[\'"`]/;',
      "export { b } from './settle.ts';",
      "export const c = from('#api/x.ts');",
    );
    expect(source.imports).toEqual([
      { name: 'pino', line: 1, target: undefined },
      { name: '#store/database.ts', line: 2, target: 'hub/store/database.ts' },
      { name: './page.ts', line: 6, target: 'hub/sync/page.ts' },
      { name: '../../package.json', line: 7, target: undefined },
      { name: '#crm/core.ts', line: 10, target: 'hub/crm/core.ts' },
      { name: '#crm/crm.ts', line: 11, target: 'hub/crm/crm.ts' },
      { name: './settle.ts', line: 16, target: 'hub/sync/settle.ts' },
    ]);
  });
});

describe('floors', () => {
  test('every room has its floor, from the kit up to test/', () => {
    const rising = [
      'connectors/kit/call.ts',
      'connectors/gsuite/push.ts',
      'connectors/index.ts',
      'mappings/apply.ts',
      'hub/fault.ts',
      'hub/store/links.ts',
      'hub/connections/lend.ts',
      'hub/sync/page.ts',
      'hub/calls/live.ts',
      'hub/api/server.ts',
      'hub/cli/main.ts',
      'test/house.test.ts',
    ].map((file) => placeOf(file)?.floor);
    expect(rising).toEqual(rising.toSorted((a, b) => b! - a!));
    expect(new Set(rising).size).toBe(rising.length);
    expect(placeOf('hub/new.ts')).toBeUndefined();
  });

  test('an import of a floor above is told with file, line, rule and remedy', () => {
    const [violation] = floorViolations([made('hub/store/links.ts', '', "import type { Page } from '#sync/page.ts';")]);
    expect(tell(violation!)).toBe(
      [
        "hub/store/links.ts:2: imports '#sync/page.ts'",
        '  rule:   hub/store/ lies below hub/sync/; a floor imports only what is below it',
        '  remedy: take what is needed as an argument (a port) from above, or move it to a floor below both',
      ].join('\n'),
    );
  });

  test.each([
    ['connectors/kit/call.ts', '#connectors/gsuite/push.ts'],
    ['connectors/gsuite/push.ts', '#connectors/index.ts'],
    ['connectors/gsuite/push.ts', '#connectors/xero/dates.ts'],
    ['mappings/apply.ts', '#credentials/seal.ts'],
    ['credentials/seal.ts', '#hub/fault.ts'],
    ['webhooks/gate.ts', '#store/database.ts'],
    ['hub/fault.ts', '#store/database.ts'],
    ['hub/crm/core.ts', '#hub/connections/lend.ts'],
    ['hub/crm/core.ts', '#hub/keys.ts'],
    ['hub/sync/page.ts', '#hub/open.ts'],
    ['hub/api/routes.ts', '#hub/open.ts'],
    ['hub/api/routes.ts', '#hub/console/app.tsx'],
    ['hub/main.ts', '#test/server.ts'],
  ])('%s may not import %s', (file, name) => {
    expect(floorViolations([made(file, `import { x } from '${name}';`)])).toHaveLength(1);
  });

  test.each([
    ['connectors/gsuite/push.ts', '#kit/call.ts'],
    ['mappings/gsuite.ts', '#connectors/gsuite/fields.ts'],
    ['hub/store/budgets.ts', '#kit/allowance.ts'],
    ['hub/connections/lend.ts', '#store/grants.ts'],
    ['hub/cli/main.ts', '#hub/start.ts'],
    ['test/sync/world.ts', '#sync/engine.ts'],
  ])('%s may import %s', (file, name) => {
    expect(floorViolations([made(file, `import { x } from '${name}';`)])).toEqual([]);
  });

  test('a file outside every room is told', () => {
    expect(places(floorViolations([made('hub/new.ts')]))).toEqual(['hub/new.ts:0 stands in no room']);
  });

  test('a room is entered by its door, not by ../', () => {
    const sources = [
      made('hub/sync/page.ts', "import { x } from '../store/links.ts';", "import { y } from './settle.ts';"),
      made('hub/open.ts', "import { z } from './connections/lend.ts';"),
    ];
    const [violation, ...others] = doorViolations(sources, doors);
    expect(violation).toMatchObject({ file: 'hub/sync/page.ts', line: 1, remedy: "write '#store/links.ts'" });
    expect(others).toEqual([]);
  });
});

test('a ring is found through types and late imports, and told once', () => {
  const ring = ringViolations([
    made('hub/sync/a.ts', "import { b } from './b.ts';"),
    made('hub/sync/b.ts', "import type { C } from './c.ts';", "import { d } from './d.ts';"),
    made('hub/sync/c.ts', "import { d } from './d.ts';", "export const a = () => import('./a.ts');"),
    made('hub/sync/d.ts'),
  ]);
  expect(places(ring)).toEqual([
    "hub/sync/c.ts:2 imports './a.ts' and so closes the ring hub/sync/a.ts → hub/sync/b.ts → hub/sync/c.ts → hub/sync/a.ts",
  ]);
});

describe('the five sentences', () => {
  test.each<[sentence: string, file: string, line: string]>([
    ['SQL only in hub/store', 'hub/sync/page.ts', "import pg from 'pg';"],
    ['SQL only in hub/store', 'hub/sync/page.ts', "await tx.query('select id from links where row = $1');"],
    ['SQL only in hub/store', 'hub/crm/write.ts', 'await tx.query(`\n  INSERT INTO records (id) values ($1)`);'],
    ['SQL only in hub/store', 'hub/crm/write.ts', 'const sql = "update records set version = 1";'],
    ['SQL only in hub/store', 'hub/crm/0001.sql', 'create table x ();'],
    ['SDKs of services only in connectors', 'hub/sync/page.ts', "import { Client } from '@microsoft/microsoft-graph-client';"],
    ['SDKs of services only in connectors', 'credentials/oauth.ts', "import { auth } from 'googleapis/build/src/index.js';"],
    ['requests to services only in connectors', 'hub/sync/page.ts', 'const answer = await fetch(address);'],
    ['requests to services only in connectors', 'mappings/apply.ts', 'const ask = globalThis.fetch;'],
    ['requests to services only in connectors', 'hub/cli/doctor.ts', "import { request } from 'undici';"],
    ['express only in hub/api', 'hub/cli/callback.ts', "import express from 'express';"],
    ['express only in hub/api', 'hub/connections/sign-in.ts', "import type { Request } from 'express';"],
    ['process.env only in hub/config.ts', 'hub/main.ts', 'const port = process.env.PORT;'],
    ['process.env only in hub/config.ts', 'connectors/kit/call.ts', "const { PORT } = process['env'] ?? process.env;"],
    ['process.env only in hub/config.ts', 'hub/log.ts', "import { env } from 'node:process';"],
    ["services' names only in connectors", 'hub/sync/page.ts', "if (stream === 'gsuite.contacts') return;"],
    ["services' names only in connectors", 'hub/sync/page.ts', '/** As QuickBooks does. */'],
    ["services' names only in connectors", 'hub/store/migrations/0009-x.sql', 'alter table links add xero_id text;'],
  ])('%s: %s', (sentence, file, line) => {
    const violations = sentenceViolations([made(file, line)]).filter(({ rule }) => rule.startsWith(sentence));
    expect(violations).toHaveLength(1);
    expect(violations[0]!.remedy).not.toBe('');
  });

  test.each([
    ['hub/store/links.ts', "await tx.query('select id from links');"],
    ['hub/sync/listen.ts', 'const found = await env.stream.fetch(env.context, ids);'],
    ['hub/sync/listen.ts', "throw new Error('select a record from the list first');"],
    ['hub/sync/listen.ts', '// fetch() what process.env says'],
    ['hub/config.ts', 'const env = process.env;'],
    ['hub/api/server.ts', "import express from 'express';"],
    ['credentials/oauth.ts', 'const answer = await fetch(endpoint);'],
    ['connectors/gsuite/client.ts', "import { people } from 'googleapis/build/src/apis/people/index.js';"],
    ['mappings/gsuite.ts', "export const contacts = { from: 'gsuite.contacts' };"],
    ['test/world.ts', "process.env.X = await fetch('http://localhost'); query('select 1 from google');"],
  ])('leave alone %s: %s', (file, line) => {
    expect(places(sentenceViolations([made(file, line)]))).toEqual([]);
  });
});

describe('names and places', () => {
  test('the top level', () => {
    const files = ['hub/main.ts', '.ci/run', '.biome.json', 'README.md', 'src/x.ts', 'notes.md', 'hub.ts'];
    expect(topViolations(files).map(({ file }) => file)).toEqual(['src', 'notes.md', 'hub.ts']);
  });

  test('cupboards, as files and as folders', () => {
    const files = ['hub/utils.ts', 'hub/sync/types.test.ts', 'hub/common/x.ts', 'hub/api/record-types.ts', 'mappings/typed.ts'];
    expect(nameViolations(files).map(({ file }) => file)).toEqual(files.slice(0, 3));
  });

  test('barrels', () => {
    const source = made(
      'hub/sync/index.ts',
      "export * from './a.ts';",
      "export type { B } from './b.ts';",
      'export {',
      '  c,',
      "} from './c.ts';",
      'const d = 1;',
      'export { d };',
      "// export * from './e.ts';",
    );
    expect(barrelViolations([source]).map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  test('packages', () => {
    const packages = { dependencies: { pg: '8' }, devDependencies: { nock: '15', '@types/pg': '8' } };
    const lines = [
      "import pg from 'pg/lib/x.js';",
      "import nock from 'nock';",
      "import x from '@left/pad';",
      "import 'node:fs';",
    ];
    expect(packageViolations([made('hub/x.ts', ...lines)], packages).map(({ line }) => line)).toEqual([2, 3]);
    expect(packageViolations([made('test/x.ts', ...lines)], packages).map(({ line }) => line)).toEqual([3]);
  });
});
