/** The configuration: the only place that reads the environment. All that is wrong with it is said at once. */
import { resolve } from 'node:path';

export interface Config {
  /** Absent: the embedded PostgreSQL. */
  databaseUrl?: string;
  /** Folder of the embedded database and of generated keys. */
  data: string;
  port: number;
  /** Where browsers and services reach the hub, without a slash at the end. */
  publicUrl: string;
  /** connector → api → base address, instead of the service's own. */
  hosts: { readonly [connector: string]: { readonly [api: string]: string } };
  /** Sealing keys `id:base64url(32 bytes)`, newest first; absent: a file in `data`. */
  sealingKeys?: readonly string[];
  logLevel: string;
  /** Processes beside the hub that work on syncs; 0: the hub does so itself. */
  workers: number;
  /** Syncs worked on at once by one process. */
  slices: number;
  /** The part of pages of which is kept what settling was given, for replay, 0 to 1. */
  samples: number;
  /** Days that deliveries and news are kept. */
  deliveriesDays: number;
  /** What a service signs its webhooks with, newest first: `<CONNECTOR>_WEBHOOK_SECRET`, and `_WEBHOOK_SECRET_OLD` during a rotation. */
  webhookSecretsOf(connector: string): readonly string[];
  /** Client id and secret of the installation for a connector, from `<CONNECTOR>_CLIENT_ID` and `_CLIENT_SECRET`. Throws when only one is there. */
  clientOf(connector: string): { id: string; secret: string } | undefined;
}

export interface ConfigProblem {
  variable: string;
  found: string;
  allowed: string;
}

export class ConfigTrouble extends Error {
  readonly problems: readonly ConfigProblem[];
  readonly advice = 'Correct these environment variables and start again; README.md lists all of them.';
  constructor(problems: readonly ConfigProblem[]) {
    super(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}: ${problems.map((p) => `${p.variable}: found ${p.found}, allowed ${p.allowed}`).join('; ')}`,
    );
    this.name = 'ConfigTrouble';
    this.problems = problems;
  }
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export function readConfig(env: { readonly [name: string]: string | undefined } = process.env): Config {
  const problems: ConfigProblem[] = [];
  const text = (name: string) => (env[name]?.trim() ? env[name]!.trim() : undefined);
  const refuse = (variable: string, found: string, allowed: string) =>
    problems.push({ variable, found: JSON.stringify(found), allowed });
  const whole = (name: string, fallback: number, least: number, most: number): number => {
    const found = text(name);
    if (found === undefined) return fallback;
    if (/^\d{1,6}$/.test(found) && Number(found) >= least && Number(found) <= most) return Number(found);
    refuse(name, found, `a whole number from ${least} to ${most}`);
    return fallback;
  };
  const part = (name: string, fallback: number): number => {
    const found = text(name);
    if (found === undefined) return fallback;
    if (/^(0|1|0?\.\d{1,9}|1\.0+)$/.test(found)) return Number(found);
    refuse(name, found, 'a part from 0 to 1, such as 0.001');
    return fallback;
  };
  const address = (name: string, protocols: readonly string[]): string | undefined => {
    const found = text(name);
    if (found === undefined || (URL.canParse(found) && protocols.includes(new URL(found).protocol))) return found;
    refuse(name, withoutPassword(found), `an address beginning with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    return undefined;
  };

  const port = whole('PORT', 8080, 0, 65_535);
  const databaseUrl = address('DATABASE_URL', ['postgres:', 'postgresql:']);
  const publicUrl = address('PUBLIC_URL', ['http:', 'https:']) ?? `http://localhost:${port}`;
  const logLevel = text('LOG_LEVEL') ?? 'info';
  if (!LEVELS.includes(logLevel)) refuse('LOG_LEVEL', logLevel, LEVELS.join(', '));
  const config: Config = {
    data: resolve(text('DATA') ?? 'data'),
    port,
    publicUrl: publicUrl.replace(/\/+$/, ''),
    hosts: hostsOf(text('SWITCHBOARD_HOSTS'), refuse),
    logLevel,
    workers: whole('HUB_WORKERS', 1, 0, 64),
    slices: whole('HUB_SLICES', 4, 1, 64),
    samples: part('HUB_SAMPLES', 0.001),
    deliveriesDays: whole('DELIVERIES_DAYS', 30, 1, 3_650),
    webhookSecretsOf(connector) {
      const prefix = prefixOf(connector);
      return [text(`${prefix}_WEBHOOK_SECRET`), text(`${prefix}_WEBHOOK_SECRET_OLD`)].filter((one) => one !== undefined);
    },
    clientOf(connector) {
      const prefix = prefixOf(connector);
      const [id, secret] = [text(`${prefix}_CLIENT_ID`), text(`${prefix}_CLIENT_SECRET`)];
      if (id !== undefined && secret !== undefined) return { id, secret };
      if (id === undefined && secret === undefined) return undefined;
      const [there, missing] = id === undefined ? ['SECRET', 'ID'] : ['ID', 'SECRET'];
      throw new ConfigTrouble([
        { variable: `${prefix}_CLIENT_${missing}`, found: 'nothing', allowed: `both, or neither with ${prefix}_CLIENT_${there}` },
      ]);
    },
  };
  if (databaseUrl !== undefined) config.databaseUrl = databaseUrl;
  const keys = text('SWITCHBOARD_KEYS')?.split(',');
  if (keys) config.sealingKeys = keys.map((key) => key.trim());
  for (const key of config.sealingKeys ?? []) {
    if (!/^[\w-]{1,32}:[\w-]{43}$/.test(key))
      refuse(
        'SWITCHBOARD_KEYS',
        key.includes(':') ? `${key.split(':')[0]!.slice(0, 8)}…` : 'a key without an id',
        'keys as id:base64url of 32 bytes, separated by commas, newest first; an id is of 32 letters, digits, "_" or "-" at most',
      );
  }
  if (problems.length > 0) throw new ConfigTrouble(problems);
  return config;
}

/** Of a connector's variables. */
function prefixOf(connector: string): string {
  return connector.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** JSON: connector → api → address. */
function hostsOf(found: string | undefined, refuse: (variable: string, found: string, allowed: string) => void): Config['hosts'] {
  if (found === undefined) return {};
  const allowed = 'JSON such as {"<connector>":{"<api>":"http://127.0.0.1:9000/"}}';
  let parsed: unknown;
  try {
    parsed = JSON.parse(found);
  } catch {
    refuse('SWITCHBOARD_HOSTS', found, allowed);
    return {};
  }
  const hosts: { [connector: string]: { [api: string]: string } } = {};
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    refuse('SWITCHBOARD_HOSTS', found, allowed);
    return hosts;
  }
  for (const [connector, apis] of Object.entries(parsed)) {
    if (apis === null || typeof apis !== 'object' || Array.isArray(apis)) {
      refuse(`SWITCHBOARD_HOSTS.${connector}`, JSON.stringify(apis), allowed);
      continue;
    }
    for (const [api, base] of Object.entries(apis)) {
      const place = `SWITCHBOARD_HOSTS.${connector}.${api}`;
      if (typeof base === 'string' && /^https?:/.test(base) && URL.canParse(base)) (hosts[connector] ??= {})[api] = base;
      else refuse(place, typeof base === 'string' ? base : JSON.stringify(base), 'an address beginning with http:// or https://');
    }
  }
  return hosts;
}

/** An address, or what was meant as one, without its password: that may hold any sign, also those that should have been encoded. */
function withoutPassword(address: string): string {
  return address.replace(/^([a-z]+:\/\/)?([^:@]*):.*@/s, '$1$2:***@').replace(/(password=)[^&]*/gi, '$1***');
}
