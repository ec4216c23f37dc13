import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crm, openCrm } from '#crm/crm.ts';
import type { Values } from '#kit/fields.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { command } from './command.ts';
import { type Ended, start } from './process.ts';

let database: TestDatabase;
let emulators: Emulators;
let crm: Crm;
let folder: string;
let ada: string;
let adasRow: string;
let imported: number;

beforeAll(async () => {
  database = await testDatabase();
  await database.workspace('My firm');
  emulators = await startEmulators();
  crm = openCrm({ store: database.store, now: Date.now });
  folder = await mkdtemp(join(tmpdir(), 'switchboard-'));
  const people = emulators.gsuite.people();
  adasRow = people.add({
    names: [{ givenName: 'Ada', familyName: 'Lovelace' }],
    emailAddresses: [{ value: 'ada@example.com' }],
    organizations: [{ title: 'Analyst' }],
  });
  people.add({ names: [{ givenName: 'Grace', familyName: 'Hopper' }], emailAddresses: [{ value: 'grace@example.com' }] });
  ada = (await crm.add(who(), 'contact', { givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'ada@example.com' }] }))
    .id;
  await connect();
});
afterAll(async () => {
  await emulators.close();
  await rm(folder, { recursive: true });
});

const who = () => ({ workspace: 1, by: 'test' });

const env = () => ({
  DATABASE_URL: database.url,
  SWITCHBOARD_HOSTS: JSON.stringify(emulators.hosts),
  SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
  GSUITE_CLIENT_ID: 'switchboard-demo',
  GSUITE_CLIENT_SECRET: 'demo-secret',
});

const cli = (...args: string[]): Promise<Ended> => command(args, env());

async function connect(): Promise<void> {
  const running = start('hub/cli/main.ts', ['connect', 'gsuite'], env());
  const said = await running.says('Waiting', 'stderr');
  await fetch(await emulators.gsuite.consent(/https?:\S+/.exec(said)![0]));
  expect((await running.ended).code).toBe(0);
}

/** What a command prints; it has to go well. */
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  expect([code, stderr], args.join(' ')).toEqual([0, expect.not.stringContaining('    at ')]);
  return stdout;
}

const asked = async (...args: string[]) => JSON.parse(await told(...args, '--json'));

async function setJob(title: string): Promise<void> {
  const { version } = await crm.get(1, ada);
  const values: Values = { jobTitle: title };
  await crm.change(who(), ada, version, 'patch', values);
}

const jobThere = (title: string) => emulators.gsuite.people().edit(adasRow, { organizations: [{ title }] });

describe('A sync, from the command line', () => {
  it('waits for its first preview', async () => {
    expect(await told('syncs')).toMatch(/1 +1 +gsuite\.contacts +contact +waiting .*waits for its first preview/);
    const { code, stderr } = await cli('sync', '1');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Make a preview')]);
    expect(await told('why', ada)).toContain('sync waiting');
  });

  it('shows in a preview what it would do, and how to do it', async () => {
    const shown = await told('preview', '1');
    expect(shown).toMatch(/2 read, 0 unchanged/);
    expect(shown).toMatch(/create +1 +new in the CRM/);
    expect(shown).toMatch(/link +1 +recognised/);
    expect(shown).toMatch(/create {2}Grace Hopper[\s\S]*familyName: "Hopper"/);
    expect(shown).toContain('jobTitle: — → "Analyst"');
    const plan = /sync --plan (\d+)$/m.exec(shown)![1]!;
    expect((await crm.get(1, ada)).fields.jobTitle ?? null).toBeNull();

    const done = await asked('sync', '--plan', plan);
    expect(done).toMatchObject({ sync: 1, counts: { create: 1, link: 1 } });
    imported = done.run;
    expect((await crm.get(1, ada)).fields.jobTitle).toBe('Analyst');
    expect((await cli('sync', '--plan', plan)).stderr).toContain('executed already');
  });

  it('finds nothing to do, then what has changed there; shows only the items asked for', async () => {
    expect(await told('sync', '1')).toContain('Nothing was changed.');
    jobThere('Countess');
    const plan = { state: 'ready', counts: { update: 1 } };
    expect(await asked('preview', '1', '--decision', 'create')).toMatchObject({ plan, items: [], more: false });
    expect(await asked('preview', '1', '--all', '--decision', 'update')).toMatchObject({ plan, items: [{ row: adasRow }] });
    const { run, counts } = await asked('sync', '1');
    expect(counts).toMatchObject({ update: 1 });
    expect((await crm.get(1, ada)).fields.jobTitle).toBe('Countess');
    expect(await told('runs', '--sync', '1')).toMatch(new RegExp(`^${run} +1 +sync +done .* cli +.*1 update`, 'm'));
    expect(await asked('runs', 'show', String(run))).toMatchObject({ id: run, state: 'done', handled: 1 });
  });

  it('exports what settling a row was given, and settles it again', async () => {
    const file = join(folder, 'case.json');
    const exported = await told('cases', 'export', '--sync', '1', '--row', adasRow);
    await writeFile(file, exported);
    expect(await told('cases', 'replay', file)).toContain('The same plan, byte for byte.');
    await writeFile(file, exported.replace('"decision": "agree"', '"decision": "update"'));
    const { code, stdout } = await cli('cases', 'replay', file);
    expect([code, stdout]).toEqual([1, expect.stringContaining('Another plan:')]);
  });

  it('explains a value step by step, and why something is in step', async () => {
    const explained = await told('explain', ada, 'jobTitle');
    expect(explained).toMatch(/^jobTitle is "Countess"/);
    expect(explained).toContain(`from gsuite.contacts of connection 1, ${adasRow}`);
    expect(explained).toMatch(/the row held "Countess"/);
    expect(explained).toMatch(/in place of "Analyst"/);
    expect((await cli('explain', ada, 'hatSize')).stderr).toContain('Its fields are');
    expect(await asked('why', 'gsuite.contacts', adasRow)).toMatchObject([{ reason: 'in step', record: ada }]);
  });

  it('is told which connection alone may overwrite a field', async () => {
    expect(await told('sources', 'set', 'contact', 'jobTitle', '1')).toContain('Only connection 1 overwrites contact.jobTitle');
    expect(await told('sources')).toMatch(/contact +jobTitle +1 .* cli$/m);
    expect(await asked('sources', 'list', 'contact')).toMatchObject([{ field: 'jobTitle', connection: 1, by: 'cli' }]);
    expect(await told('explain', ada, 'jobTitle')).toContain('Only connection 1 may overwrite it.');
    expect((await cli('sources', 'set', 'contact', 'jobTitle', '9')).stderr).toContain('connection 9 cannot be the source');
    expect(await told('sources', 'clear', 'contact', 'jobTitle')).toContain('Any connection may write contact.jobTitle');
    expect(await asked('sources')).toEqual([]);
  });

  it('takes an edited mapping from a file, once it was checked', async () => {
    const file = join(folder, 'contacts.json');
    await writeFile(file, await told('mapping', 'export', '1'));
    expect(await told('mapping', 'check', file)).toContain('It could be saved.');
    const body = JSON.parse(await readFile(file, 'utf8'));
    const wrong = { ...body, fields: [...body.fields, { crm: 'hatSize', theirs: 'jobTitle' }] };
    const wrongFile = join(folder, 'wrong.json');
    await writeFile(wrongFile, JSON.stringify(wrong));
    const checked = await cli('mapping', 'check', wrongFile);
    expect([checked.code, checked.stdout]).toEqual([1, expect.stringContaining('hatSize')]);

    const rule = body.fields.find((one: { crm: string }) => one.crm === 'jobTitle');
    rule.winner = 'ask';
    await writeFile(file, JSON.stringify(body));
    expect(await told('mapping', 'impact', '1', file)).toMatch(/Sync 1: 2 read, 2 unchanged/);
    expect((await cli('mapping', 'import', '1', file, '--expect', '7')).stderr).toContain('is at version 1');
    expect(await asked('mapping', 'import', '1', file, '--expect', '1', '--note', 'ask')).toMatchObject({ version: 2 });
    expect(await told('mapping')).toMatch(/1 +gsuite\.contacts +contact +default +2/);
    await told('sync', '1');
  });

  it('asks where both sides changed, and takes the answer', async () => {
    jobThere('Engineer');
    await setJob('Mathematician');
    expect(await told('sync', '1')).toContain('Questions wait for a person');
    const listed = await told('held');
    expect(listed).toMatch(/conflict, jobTitle[\s\S]*ours: "Mathematician"[\s\S]*theirs: "Engineer"/);
    expect(listed).toContain('answers: crm | theirs | value=… | leave');
    const [question] = await asked('held', '--sync', '1');
    expect(await told('why', ada)).toContain(`held question ${question.id}`);
    expect((await cli('held', 'answer', String(question.id), 'new')).stderr).toContain('Answer with one of');
    expect(await asked('held', 'answer', String(question.id), 'theirs')).toMatchObject({ answer: { is: 'theirs' }, by: 'cli' });
    await told('sync', '1');
    expect((await crm.get(1, ada)).fields.jobTitle).toBe('Engineer');
    expect(await told('held')).toBe('No questions.\n');
  });

  it('tells what a service refused in its own words, all of them', async () => {
    const reason = `The service answered 400: ${'the job title is none of those it knows, '.repeat(4)}ask its owner`;
    const refused = `insert into held (workspace, sync, subject, field, kind, row, record, question, opened)
      values (1, 1, $1::text, '', 'refused', $2, $1::uuid, $3, now()) returning id`;
    const { rows } = await database.owner.query(refused, [ada, adasRow, JSON.stringify({ reason })]);
    expect(await told('held')).toContain(`reason: ${reason}\n`);
    expect(await told('why', ada)).toContain(`refused (held question ${rows[0].id}: ${reason})`);
    await told('held', 'answer', String(rows[0].id), 'leave');
    await told('sync', '1');
  });

  it('is swept; the doctor tells of drift until it is mended', async () => {
    expect(await told('sweep', '1')).toMatch(/^2 looked at\.\n[\s\S]*equal +2 +both sides agree\n$/);
    const name = 'sync 1 (gsuite.contacts): drift';
    const found = async () =>
      JSON.parse((await cli('doctor', '--json')).stdout).findings.find((one: { name: string }) => one.name === name);
    expect(await found()).toMatchObject({ state: 'well', found: expect.stringMatching(/^0 of 2 pairs/) });
    // Nobody's change: the record is another than was agreed, and no intent says so.
    const drifted = `update records set fields = jsonb_set(fields::jsonb, '{jobTitle}', '"Drifted"')::json where id = $1`;
    await database.owner.query(drifted, [ada]);
    expect(await asked('sweep', '1', '--rows', '10')).toMatchObject({ sync: 1, looked: 2, equal: 1, drift: 1 });
    expect(await found()).toMatchObject({ state: 'warning', found: expect.stringMatching(/^1 of 2 pairs/) });
    expect(await told('syncs', 'show', '1')).toMatch(/last sweep +2 looked at on .*: 1 equal, 1 drift/);
    expect(await asked('sync', '1')).toMatchObject({ counts: { told: 1 } });
    expect(await asked('sweep', '1')).toMatchObject({ looked: 2, drift: 0 });
  });

  it('undoes a run only when told to, and rests until it is resumed', async () => {
    const asking = await cli('undo', String(imported));
    expect([asking.code, asking.stdout]).toEqual([0, expect.stringMatching(/^Nothing was done.*sync --plan \d+\n$/)]);
    expect(asking.stderr).toMatch(/archive +1[\s\S]*^archive {2}\S.* \S.* {2}[\da-f]{8}-/m);
    expect(await told('undo', String(imported), '--yes')).toContain('syncs resume 1');
    expect((await crm.list(1, 'contact', { after: null, limit: 10 })).items.map(({ name }) => name)).toEqual(['Ada Lovelace']);
    expect(await asked('runs', 'show', String(imported))).toMatchObject({ undoneBy: expect.any(Number) });
    expect(await told('syncs', 'show', '1')).toMatch(/state +paused: run \d+ was undone/);
    expect(await told('syncs', 'resume', '1')).toContain('goes on');
    expect(await asked('syncs', 'pause', '1', '--reason', 'lunch')).toMatchObject({ state: 'paused', reason: 'lunch' });
    expect(await asked('syncs', 'mend', '1')).toEqual({ sync: 1, mended: expect.any(Number) });
  });

  it('seals secrets again', async () => {
    expect(await asked('keys', 'reseal')).toMatchObject({ seen: expect.any(Number), renewed: 0 });
  });
});

describe('A command of the engine', () => {
  it.each([
    [['sync']],
    [['sync', '1', '--plan', '2']],
    [['sync', '--plan', '2', '--full']],
    [['preview', 'all']],
    [['undo']],
    [['explain', 'ada', 'jobTitle']],
    [['why', 'gsuite.contacts']],
    [['held', 'answer', '1', 'perhaps']],
    [['held', 'answer', '1', 'same=ada']],
    [['mapping', 'import', '1', 'file.json']],
    [['syncs', 'begin']],
    [['sweep']],
    [['sweep', '1', '--rows', '0']],
  ])('exits with 2 where it is wrongly called: %s', async (args) => {
    const { code, stdout } = await cli(...args);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    [['preview', '99'], 'sync 99'],
    [['sweep', '99'], 'sync 99'],
    [['undo', '99'], 'run 99'],
    [['sync', '--plan', '99'], 'plan 99'],
    [['held', 'answer', '99', 'crm'], 'held question 99'],
    [['mapping', 'check', 'nowhere.json'], 'nowhere.json'],
  ])('exits with 1 where there is no such thing: %s', async (args, message) => {
    const { code, stdout, stderr } = await cli(...args, '--json');
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr).error).toMatchObject({ message: expect.stringContaining(message), advice: expect.any(String) });
  });
});
