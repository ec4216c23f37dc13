/** `npm run demo`: tells the story in the terminal and checks every step. `--json` ends with one JSON object on standard output; `--rows N` people. */
import { parseArgs } from 'node:util';
import { countLinks } from '#store/links.ts';
import { MONEY_STEPS } from './money-steps.ts';
import { PHONE_STEPS } from './phone-steps.ts';
import { openStage, type Stage } from './stage.ts';
import { STEPS as FIRST_STEPS, Story } from './story.ts';
import { SUITE_STEPS } from './suite-steps.ts';

const STEPS = [...FIRST_STEPS, ...SUITE_STEPS, ...PHONE_STEPS, ...MONEY_STEPS];

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rows: { type: 'string', default: '2000' } },
});
const rows = Number(values.rows);
if (!Number.isInteger(rows) || rows < 100 || rows > 1_000_000) {
  process.stderr.write(`--rows ${values.rows}: expected a whole number from 100 to 1000000\n`);
  process.exit(2);
}

interface Told {
  name: string;
  ok: boolean;
  seconds: number;
  says: string;
}

/** Where the story is told: with `--json`, standard output is the object's alone. */
const screen = values.json ? process.stderr : process.stdout;
const bold = (text: string) => (screen.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const seconds = (since: number) => Math.round((performance.now() - since) / 10) / 100;

async function main(): Promise<void> {
  const began = performance.now();
  screen.write(
    `${bold('Switchboard')} — starting PostgreSQL, the hub and emulated services: Google with ${rows} people, Office 365, RingCentral, QuickBooks, PayPal, Xero …\n`,
  );
  const stage = await openStage({ rows });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= stage.close());
  process.on('SIGINT', () => void close().then(() => process.exit(0)));
  process.on('SIGTERM', () => void close().then(() => process.exit(0)));
  const story = new Story(stage, rows);
  const told = await tell(story);
  const ok = told.length === STEPS.length && told.every((step) => step.ok);
  const records = await stage.hub.store.workspace(stage.workspace, (tx) => countLinks(tx, story.sync));
  summarise(told);
  if (values.json) {
    await close();
    const services = {
      gsuite: { rows, records: Object.values(records).reduce((sum, n) => sum + n, 0), pushed: story.pushed },
      ringcentral: story.phone,
      ...story.books,
    };
    process.stdout.write(`${JSON.stringify({ ok, seconds: seconds(began), steps: told, services })}\n`);
    process.exitCode = ok ? 0 : 1;
    return;
  }
  if (!ok) {
    await close();
    process.exitCode = 1;
    return;
  }
  invite(stage);
}

async function tell(story: Story): Promise<Told[]> {
  const told: Told[] = [];
  for (const [at, step] of STEPS.entries()) {
    screen.write(`\n${bold(`${at + 1}. ${step.title}`)}\n`);
    const began = performance.now();
    try {
      const says = await step.act(story, { progress });
      clearLine();
      screen.write(`   ✓ ${says}\n`);
      told.push({ name: step.name, ok: true, seconds: seconds(began), says });
    } catch (error) {
      clearLine();
      screen.write(`   ✗ ${(error as Error).message}\n`);
      told.push({ name: step.name, ok: false, seconds: seconds(began), says: (error as Error).message });
      break;
    }
  }
  return told;
}

const WIDTH = 30;

function progress(done: number, total: number | null): void {
  if (!screen.isTTY || total === null || total === 0) return;
  const part = Math.min(1, done / total);
  const bar = '█'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '░');
  screen.write(`\r   ${bar} ${done} of ${total}`);
}

function clearLine(): void {
  if (screen.isTTY) screen.write('\r\x1b[K');
}

function summarise(told: readonly Told[]): void {
  screen.write(`\n${bold('Summary')}\n`);
  const width = Math.max(...STEPS.map((step) => step.name.length));
  for (const step of told)
    screen.write(`  ${step.ok ? '✓' : '✗'} ${step.name.padEnd(width)}  ${step.seconds.toFixed(2).padStart(6)} s  ${step.says}\n`);
}

function invite(stage: Stage): void {
  screen.write(
    [
      `\nThe hub is running: ${stage.url}/api/openapi.json`,
      `Try it:  curl -H 'authorization: Bearer ${stage.key}' '${stage.url}/api/records?object=contact&limit=3'`,
      'Ctrl-C stops everything and cleans up.\n',
    ].join('\n'),
  );
  stage.hub.start();
  stage.hub.news.start();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
