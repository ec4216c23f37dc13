/** The documentation runs: its mapping compiles, its formulas give what it says, its codec table is printed from the codecs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkMapping } from '#mappings/check.ts';
import { codecs } from '#mappings/codecs.ts';
import { compileFormula } from '#mappings/formula.ts';
import { parseMapping } from '#mappings/parse.ts';
import { parties, party } from './streams.ts';

const file = new URL('../../mappings/README.md', import.meta.url);
const text = readFileSync(file, 'utf8');

test('the mapping shown is in order', () => {
  const source = /```ts mapping\n([\s\S]*?)```/.exec(text)![1]!;
  const json = JSON.parse(
    source
      .replaceAll("'", '"')
      .replaceAll(/([{,]\s*)(\w+):/g, '$1"$2":')
      .replaceAll(/,(\s*[}\]])/g, '$1'),
  );
  const { mapping } = parseMapping(json);
  expect(checkMapping(mapping!, { stream: parties }).filter((finding) => finding.severity === 'error')).toEqual([]);
});

test('the formulas give what is said', () => {
  const rows = [...text.matchAll(/^\| `(.+?)` +\| `(\{.*?\})` +\| (.+?) +\|$/gm)];
  expect(rows.length).toBeGreaterThan(4);
  for (const [, formula, row, gives] of rows) {
    const { value } = compileFormula(formula!, { row: party }).compute({ row: JSON.parse(row!), now: 0 });
    expect(value, formula).toEqual(gives === 'blank' ? undefined : JSON.parse(gives!.replaceAll('`', '')));
  }
});

test('the table of codecs is the codecs', () => {
  const printed = text.replace(
    /(<!-- codecs: .*? -->\n)[\s\S]*?(<!-- \/codecs -->)/,
    (_, open, close) => `${open}${table()}${close}`,
  );
  if (process.env.WRITE_README) writeFileSync(file, printed);
  expect(unpadded(text), 'run the test once with WRITE_README=1').toBe(unpadded(printed));
});

function table(): string {
  const lines = Object.entries(codecs).map(([name, { does, examples }]) => {
    const example = examples[0];
    const shown = example ? `\`${json(example.use)}\`: \`${json(example.theirs)}\` ⇄ \`${json(example.ours)}\`` : '';
    return `| \`${name}\` | ${does} | ${shown.replaceAll('|', '\\|')} |`;
  });
  return ['| codec | does | for example (theirs ⇄ ours) |', '|---|---|---|', ...lines, ''].join('\n');
}

const json = (value: unknown): string => JSON.stringify(value);

/** Without what a formatter adds to tables. */
const unpadded = (markdown: string): string => markdown.replaceAll(/ *\| */g, '|').replaceAll(/-{3,}/g, '---');
