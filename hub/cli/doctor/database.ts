/** The database: there, fenced by row-level security, with room, and its clock like ours. */
import { statfs } from 'node:fs/promises';
import { type DatabaseHealth, databaseHealth } from '#store/health.ts';
import type { Check, Finding } from './check.ts';

const LEAST_FREE = 1024 ** 3;
const MOST_APART_MS = 5_000;

export const checkDatabase: Check = async (hub) => {
  const asked = Date.now();
  const health = await databaseHealth(hub.store);
  const between = (asked + Date.now()) / 2;
  const findings: Finding[] = [
    { name: 'database', state: 'well', found: `PostgreSQL ${health.version}, ${hub.store.where}, ${mebibytes(health.bytes)}` },
    fenced(health),
    clockOf(Date.parse(health.clock) - between),
  ];
  if (hub.config.databaseUrl === undefined) findings.push(await space(hub.config.data));
  return findings;
};

function fenced({ mighty, open }: DatabaseHealth): Finding {
  const name = 'row-level security';
  if (mighty.length > 0) {
    const advice = `As an administrator: ${mighty.map((role) => `alter role ${role} nosuperuser nobypassrls`).join('; ')}; and give it no tables.`;
    return { name, state: 'wrong', found: `${mighty.join(', ')} can look past it`, advice };
  }
  if (open.length > 0) {
    return {
      name,
      state: 'wrong',
      found: `not in force on ${open.join(', ')}`,
      advice: 'Start the hub once: it puts it on every table of a workspace.',
    };
  }
  return { name, state: 'well', found: 'in force on every table of a workspace' };
}

function clockOf(apart: number): Finding {
  const name = 'clock, against the database';
  const found = `${Math.abs(apart / 1000).toFixed(1)} s apart`;
  if (Math.abs(apart) <= MOST_APART_MS) return { name, state: 'well', found };
  return {
    name,
    state: 'warning',
    found,
    advice: 'Set both machines by NTP: what is due is reckoned by this one, leases by the database’s.',
  };
}

async function space(folder: string): Promise<Finding> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  const finding = { name: 'space', found: `${mebibytes(free)} free for ${folder}` };
  return free >= LEAST_FREE
    ? { ...finding, state: 'well' }
    : { ...finding, state: 'warning', advice: 'Make room: a full disk stops every sync.' };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2).toLocaleString('en-US')} MiB`;
}
