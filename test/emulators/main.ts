import { parseArgs } from 'node:util';
import { demoApps } from './apps.ts';
import { GOOGLE_QUOTAS } from './gsuite/quotas.ts';
import { startEmulators } from './index.ts';
import { DEMO_SEED } from './paypal/seed.ts';
import { QUICKBOOKS_QUOTAS } from './quickbooks/quotas.ts';
import { RINGCENTRAL_RATES } from './ringcentral/rates.ts';
import { XERO_LIMITS } from './xero/limits.ts';

const HELP = `npm run emulators -- [--rows N] [--port P] [--seed S] [--account EMAIL] [--quotas]

Starts the emulated services alone and prints where they are, and what a hub is told to find them and to sign in there.
  --rows     people in the address book (default 1000)
  --port     port of the first service (default 8090)
  --seed     which people (default 1)
  --account  e-mail address of the account (default ada@example.com)
  --quotas   keep to the services' own quotas
Calls happen by POST /_control/ring at RingCentral's platform: {"story":"answered-inbound","speed":1}; /_control/stories lists them.
Another process drives them by POST /_control/<order> with a JSON body; GET /_control/ lists the orders.`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000' },
    port: { type: 'string', default: '8090' },
    seed: { type: 'string', default: '1' },
    account: { type: 'string', default: 'ada@example.com' },
    quotas: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else await run();

async function run(): Promise<void> {
  const started = await startEmulators({
    gsuite: {
      port: natural('port', values.port),
      accounts: [{ email: values.account, rows: natural('rows', values.rows), seed: natural('seed', values.seed) }],
      quotas: values.quotas ? GOOGLE_QUOTAS : undefined,
    },
    office365: { port: after(7), accounts: [{ email: 'ada@contoso.example', rows: natural('rows', values.rows) }], users: 20 },
    quickbooks: { port: after(6), quotas: values.quotas ? QUICKBOOKS_QUOTAS : {} },
    ringcentral: {
      port: after(1),
      mediaPort: after(2),
      rates: values.quotas ? RINGCENTRAL_RATES : {},
    },
    paypal: { port: after(4), seed: DEMO_SEED },
    xero: { port: after(5), limits: values.quotas ? XERO_LIMITS : {} },
  });
  for (const [connector, apis] of Object.entries(started.hosts)) {
    for (const [api, address] of Object.entries(apis)) console.log(`${connector.padEnd(12)} ${api.padEnd(10)} ${address}`);
  }
  const apps = Object.entries(demoApps(Object.keys(started.hosts))).map(([name, value]) => `${name}=${value}`);
  console.log('\nFor the shell in which a hub or its command line is started:\n');
  console.log(`SWITCHBOARD_HOSTS='${JSON.stringify(started.hosts)}'`);
  console.log(`export SWITCHBOARD_HOSTS ${apps.join(' ')}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void started.close());
}

/** The next services stand on the next ports; 0 stays 0. */
function after(n: number): number {
  const first = natural('port', values.port);
  return first === 0 ? 0 : first + n;
}

function natural(name: string, given: string): number {
  const n = Number(given);
  if (Number.isInteger(n) && n >= 0) return n;
  console.error(`--${name} must be a whole number, found ${JSON.stringify(given)}`);
  process.exit(2);
}
