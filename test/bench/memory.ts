/** Peak memory of a hub that imports, rescans and previews, in a process of its own for each size. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, peakRssMiB, type Report } from './figure.ts';
import { startService } from './service.ts';
import { type HubParts, openBenchHub } from './stage.ts';

const SMALL = 100_000;
/** What the hub may use, MiB, whatever the number of rows; and how much more for the large number than for the small one. */
const MOST = 256;
const MOST_GROWTH = 10;

export const memory: Bench = async ({ rows }, report) => {
  const small = await measure(SMALL);
  tell(report, `peak RSS for ${SMALL} rows, MiB`, small, MOST, small);
  if (rows === SMALL) return;
  const large = await measure(rows);
  tell(report, `peak RSS for ${rows} rows, MiB`, large, MOST, large);
  tell(report, `growth from ${SMALL} to ${rows} rows, MiB`, large - small, MOST_GROWTH, large);
};

function tell(report: Report, figure: string, value: number, floor: number, peak: number): void {
  const ratio = value > 0 ? Math.round((floor / value) * 1000) / 1000 : undefined;
  report({ bench: 'memory', figure, value: Math.round(value * 10) / 10, floor, ...(ratio && { ratio }), peakRssMiB: peak });
}

async function measure(rows: number): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const service = await startService(rows);
  try {
    const parts: HubParts = { data, hosts: service.hosts, token: await service.token() };
    return await peakOf(parts);
  } finally {
    await service.close();
    rmSync(data, { recursive: true, force: true });
  }
}

async function peakOf(parts: HubParts): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, JSON.stringify(parts)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the hub ended with ${code}`);
  return Number(said);
}

/** What the child does: a first import and a rescan. */
async function live(parts: HubParts): Promise<void> {
  const hub = await openBenchHub(parts);
  const tenant = await hub.tenant();
  await tenant.run(true);
  await tenant.run(true);
  await hub.close();
  process.stdout.write(String(peakRssMiB()));
}

if (import.meta.main) await live(JSON.parse(process.argv[2]!) as HubParts);
