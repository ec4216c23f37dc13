import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { command } from './command.ts';
import { type Ended, type Running, start } from './process.ts';

let database: TestDatabase;
let emulators: Emulators;
beforeAll(async () => {
  database = await testDatabase();
  await database.workspace('My firm');
  emulators = await startEmulators();
});
afterAll(() => emulators.close());

const env = () => ({
  DATABASE_URL: database.url,
  SWITCHBOARD_HOSTS: JSON.stringify(emulators.hosts),
  SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
  PAYPAL_CLIENT_ID: 'switchboard-demo',
  PAYPAL_CLIENT_SECRET: 'demo-secret',
  GSUITE_CLIENT_ID: 'switchboard-demo',
  GSUITE_CLIENT_SECRET: 'demo-secret',
  RINGCENTRAL_CLIENT_ID: 'switchboard-demo',
  RINGCENTRAL_CLIENT_SECRET: 'demo-secret',
});

const cli = (...args: string[]): Promise<Ended> => command(args, env());

/** In a process of its own: it is answered while it runs. */
const started = (input: string | undefined, ...args: string[]): Running => start('hub/cli/main.ts', args, env(), input);

/** Connects as a person would: opens the link, says yes or no, and is sent back. */
async function connect(deny: boolean, ...more: string[]): Promise<Ended> {
  const running = started(undefined, 'connect', 'gsuite', '--json', ...more);
  const said = await running.says('Waiting', 'stderr');
  const back = await emulators.gsuite.consent(/https?:\S+/.exec(said)![0], { deny });
  await fetch(back);
  return running.ended;
}

describe('connect', () => {
  it('waits for the person, makes the connection and its syncs', async () => {
    const { code, stdout } = await connect(false);
    expect(code).toBe(0);
    const { connection } = JSON.parse(stdout);
    const shown = JSON.parse((await cli('connections', 'show', String(connection), '--json')).stdout);
    expect(shown).toMatchObject({ status: 'waiting', syncs: [{ stream: 'gsuite.contacts' }] });
    expect((await cli('connections', 'check', String(connection))).code).toBe(0);
    expect((await cli('connections')).stdout).toContain('waits for its first preview');
  });

  it('says what the person refused', async () => {
    const { code, stdout, stderr } = await connect(true);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('access_denied');
  });

  it('takes a credential from standard input instead of a browser, and never shows it', async () => {
    const jwt = emulators.ringcentral.jwt('bob');
    const { code, stdout, stderr } = await started(`${jwt.slice(0, 40)}\n${jwt.slice(40)}\n`, 'connect', 'ringcentral', '--jwt')
      .ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('bob@example.com is connected: ringcentral') });
    expect(stdout + stderr).not.toContain(jwt.slice(0, 40));
    const nothing = await started('\n', 'connect', 'ringcentral', '--jwt').ended;
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('No credential was given')]);
    const browser = await started(jwt, 'connect', 'gsuite', '--jwt').ended;
    expect([browser.code, browser.stderr]).toEqual([1, expect.stringContaining('takes no assertion')]);
  });

  it('connects as the app itself, with no browser and no question; settings say for whom', async () => {
    const { code, stdout } = await cli('connect', 'paypal', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ connector: 'paypal', made: true, missing: [] })]);
    const { connection } = JSON.parse(stdout);
    const again = await cli('connect', 'paypal', '--again', String(connection));
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('connected again: paypal')]);
    const wrong = await cli('connect', 'paypal', '--set', 'colour=red');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('colour')]);
    emulators.paypal.addAccount('SELLER7XK2QAB', 'seller@example.com');
    emulators.paypal.allowPartner('SELLER7XK2QAB', 'switchboard-demo');
    const seller = await cli('connect', 'paypal', '--set', 'seller=SELLER7XK2QAB');
    expect([seller.code, seller.stdout]).toEqual([0, expect.stringContaining('SELLER7XK2QAB is connected')]);
    const { id } = emulators.paypal.pay({ amount: '25.00' });
    const offered = await cli('actions', 'offered', String(connection));
    expect(offered.stdout).toMatch(/refund +transactions +row, amount, note/);
    const asked = ['actions', 'perform', String(connection), 'refund', `row=${id}`, '--key', 'case 7', '--json'];
    const refunded = await cli(...asked);
    expect([refunded.code, JSON.parse(refunded.stdout)]).toEqual([
      0,
      expect.objectContaining({ state: 'done', answer: expect.objectContaining({ status: 'COMPLETED' }) }),
    ]);
    const unfit = await cli('actions', 'perform', String(connection), 'refund', 'colour=red');
    expect([unfit.code, unfit.stderr]).toEqual([1, expect.stringContaining('colour')]);
  });

  it('ends and revives a connection', async () => {
    const { connection } = JSON.parse((await connect(false)).stdout);
    expect(JSON.parse((await cli('connections', 'disconnect', String(connection), '--json')).stdout)).toMatchObject({
      revoked: true,
    });
    expect((await cli('connections')).stdout).toContain('disconnected');
    expect(JSON.parse((await connect(false, '--again', String(connection))).stdout)).toMatchObject({ connection, made: false });
  });

  it('is left by Ctrl-C', async () => {
    const running = started(undefined, 'connect', 'gsuite');
    await running.says('Waiting', 'stderr');
    running.process.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Nobody came back') });
  });

  it('gives a link for the running hub', async () => {
    const { code, stdout } = await cli('connect', 'gsuite', '--public', '--json');
    expect([code, JSON.parse(stdout).url]).toEqual([0, expect.stringMatching(/^http:\/\/localhost:8080\/oauth\/start\?state=/)]);
  });
});

describe('doctor', () => {
  it('looks at the services and every connection', async () => {
    await connect(false);
    const { findings } = JSON.parse((await cli('doctor', '--json')).stdout);
    const states = new Map(
      findings.map((finding: { name: string; state: string }) => [
        finding.name.replace(/^connection \d+ \(.*\): /, ''),
        finding.state,
      ]),
    );
    expect(states.get('G Suite: app')).toBe('well');
    expect(states.get('G Suite: clock')).toBe('well');
    expect(states.get('sign-in and quota')).toBe('well');
    expect(states.get('scopes')).toBe('well');
    expect(states.get('status')).toBe('warning');
    expect(states.get('PayPal: app')).toBe('well');
  });

  it('says that a grant has ended, and to sign in again', async () => {
    await connect(false);
    emulators.gsuite.revoke();
    const { code, stdout } = await cli('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ connection \d+ .*sign-in and quota[\s\S]*→ .*[Ss]ign in/);
  });
});
