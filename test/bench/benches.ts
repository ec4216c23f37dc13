/** The benches by name: each measures, and prints a figure a line. `-- <name> [--rows N] [--tenants N --days N --memory] [--json]` */
import { parseArgs } from 'node:util';
import { economy } from './economy.ts';
import type { Bench, Figure } from './figure.ts';
import { history } from './history.ts';
import { importing } from './import.ts';
import { memory } from './memory.ts';
import { phone } from './phone.ts';
import { push } from './push.ts';
import { quota } from './quota.ts';
import { delta, rescan } from './rescan.ts';
import { settling } from './settle.ts';
import { startup } from './startup.ts';
import { webhooks } from './webhooks.ts';

/** Each with the number of rows it takes unless told otherwise. */
const BENCHES: { readonly [name: string]: { run: Bench; rows: number; about: string } } = {
  import: { run: importing, rows: 100_000, about: 'first import: directly, and by a preview that is executed' },
  rescan: { run: rescan, rows: 100_000, about: 'everything read again, nothing changed' },
  delta: { run: delta, rows: 100_000, about: 'everything read again, 5 % changed' },
  push: { run: push, rows: 12_000, about: '10,000 changed records delivered' },
  economy: { run: economy, rows: 10_000, about: 'calls to the service against the least possible' },
  history: {
    run: history,
    rows: 10_000,
    about: 'years of invoices with their lines and payments, previewed, imported, reconciled',
  },
  memory: { run: memory, rows: 1_000_000, about: 'peak memory for 100,000 and for N rows' },
  startup: { run: startup, rows: 0, about: 'until the hub listens, cold and warm' },
  webhooks: { run: webhooks, rows: 100_000, about: 'signed deliveries accepted, and how soon, also beside an import' },
  phone: { run: phone, rows: 100_000, about: 'a month of calls, judged by the truth about each' },
  quota: { run: quota, rows: 0, about: 'a simulated month of 200 Xero tenants on 4 hubs, against what Xero allows' },
  settle: { run: settling, rows: 500_000, about: 'the pure core' },
};

const HELP = `npm run bench -- <name> [--rows N] [--tenants N --days N --memory] [--json]

${Object.entries(BENCHES)
  .map(([name, { rows, about }]) => `  ${name.padEnd(9)} ${about}${rows > 0 ? ` (${rows} rows)` : ''}`)
  .join('\n')}

  --rows N     how many people there are, or pairs for settle
  --tenants N  of quota (200), and --days N (30)
  --memory     the hubs of quota share memory in place of a database: quicker
  --json       a JSON object a line and figure
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    tenants: { type: 'string', default: '200' },
    days: { type: 'string', default: '30' },
    memory: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const name = positionals[0] ?? '';
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name]! : undefined;
const rows = Number(values.rows ?? bench?.rows);
const [tenants, days] = [Number(values.tenants), Number(values.days)];
if (values.help) process.stdout.write(HELP);
else if (bench === undefined || positionals.length > 1) refuse(`Name one of ${Object.keys(BENCHES).join(', ')}.`);
else if (!Number.isInteger(rows) || (values.rows !== undefined && rows < 1_000)) {
  refuse(`--rows ${values.rows}: expected a whole number from 1000 on`);
} else if (!(Number.isInteger(tenants) && tenants > 0 && Number.isInteger(days) && days > 0)) {
  refuse(`--tenants ${values.tenants} --days ${values.days}: expected whole numbers from 1 on`);
} else {
  if (!values.json) process.stdout.write(`${line(['figure', 'value', 'floor', 'ratio', 'peak RSS'])}\n`);
  await bench.run({ rows, tenants, days, memory: values.memory }, values.json ? asJson : asLine);
}

function refuse(problem: string): void {
  process.stderr.write(`${problem}\n\n${HELP}`);
  process.exitCode = 2;
}

function asJson(figure: Figure): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

function asLine({ bench, figure, value, floor, ratio, peakRssMiB }: Figure): void {
  const number = (n: number | undefined) => n?.toLocaleString('en-US') ?? '';
  process.stdout.write(
    `${line([`${bench}: ${figure}`, number(value), number(floor), ratio?.toFixed(2) ?? '', `${peakRssMiB} MiB`])}\n`,
  );
}

function line([first = '', ...rest]: string[]): string {
  return [first.padEnd(72), ...rest.map((text) => text.padStart(11))].join(' ');
}
