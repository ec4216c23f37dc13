/** The story the demo tells: each step does something a person would do, and checks that it happened on both sides. */
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Mapping } from '#mappings/format.ts';
import { listHeld } from '#store/held.ts';
import { countLinks } from '#store/links.ts';
import { getVersion, listMappings } from '#store/mappings.ts';
import { getPlan } from '#store/plans.ts';
import { getRun } from '#store/runs.ts';
import { listSyncs } from '#store/syncs.ts';
import type { SliceEnd } from '#sync/slice.ts';
import { ACCOUNT, type Stage, signIn } from './stage.ts';

/** What a step tells the person, and what it says while it works. */
export interface Teller {
  progress(done: number, total: number | null): void;
}

export interface Step {
  name: string;
  title: string;
  /** Says what happened. Throws when a check does not hold. */
  act(story: Story, teller: Teller): Promise<string>;
}

/** Ten minutes, in which the service's reads may still show old values, pass in a moment. */
const PROPAGATION = 11 * 60_000;

export class Story {
  readonly stage: Stage;
  readonly rows: number;
  sync = 0;
  pushed = 0;
  /** Call records in the end, and webhooks that told of them. */
  phone = { calls: 0, webhooks: 0 };
  /** What came of the books, by service. */
  books: { [service: string]: { [what: string]: number } } = {};
  heroine: { record: string; row: string } = { record: '', row: '' };
  goneRun = 0;
  goneRecord = '';

  constructor(stage: Stage, rows: number) {
    this.stage = stage;
    this.rows = rows;
  }

  get people() {
    return this.stage.emulators.gsuite.people(ACCOUNT);
  }

  get who() {
    return { workspace: this.stage.workspace, by: 'demo' };
  }

  record(id: string): Promise<CrmRecord> {
    return this.stage.hub.crm.get(this.stage.workspace, id);
  }

  async change(id: string, values: { [field: string]: Json }): Promise<void> {
    const record = await this.record(id);
    await this.stage.hub.crm.change(this.who, id, record.version, 'patch', values as Values);
  }

  /** Time passes, then everything due is done. */
  async settle(): Promise<SliceEnd> {
    const { hub, emulators, workspace } = this.stage;
    emulators.clock.turn(PROPAGATION);
    await hub.engine.request(workspace, this.sync, false);
    const end = await hub.engine.drain(workspace, this.sync, 'demo');
    this.pushed += (end.counts.told ?? 0) + (end.counts['told new'] ?? 0);
    return end;
  }

  held() {
    return this.stage.hub.store.workspace(this.stage.workspace, (tx) =>
      listHeld(tx, { sync: this.sync, open: true, after: 0, limit: 1_000 }),
    );
  }

  async watch<T>(run: number, work: Promise<T>, teller: Teller): Promise<T> {
    const { hub, workspace } = this.stage;
    const over = new AbortController();
    const done = work.finally(() => over.abort());
    done.catch(() => undefined); // told below
    while (!over.signal.aborted) {
      const row = await hub.store.workspace(workspace, (tx) => getRun(tx, run));
      if (row) teller.progress(row.counts.read ?? 0, row.total ?? this.rows);
      await delay(100, undefined, { signal: over.signal }).catch(() => undefined);
    }
    return done;
  }
}

const first = (value: Json | undefined, part: string): string => {
  const item = Array.isArray(value) ? value[0] : undefined;
  return item !== null && typeof item === 'object' && !Array.isArray(item) ? String(item?.[part] ?? '') : '';
};

export const STEPS: readonly Step[] = [
  { name: 'connect', title: 'Connect a Google account by OAuth', act: connect },
  { name: 'preview', title: 'Preview the first import', act: preview },
  { name: 'import', title: 'Execute the plan exactly as shown', act: firstImport },
  { name: 'again', title: 'Sync again: nothing to do, one call', act: again },
  { name: 'change there', title: 'Somebody changes a job title at Google', act: changeThere },
  { name: 'change here', title: 'Somebody adds an e-mail address in the CRM', act: changeHere },
  { name: 'conflict', title: 'Both sides change the same field; the mapping says ask', act: conflict },
  { name: 'deletion', title: 'A contact is deleted at Google', act: deletion },
  { name: 'undo', title: 'The run that archived it is undone', act: undo },
  { name: 'explain', title: 'Why does this field hold this value?', act: explain },
];

async function connect(story: Story): Promise<string> {
  const page = await signIn(story.stage);
  assert.match(page, /is connected/);
  const { hub, workspace } = story.stage;
  const [sync] = await hub.store.workspace(workspace, listSyncs);
  assert.ok(sync);
  story.sync = sync.id;
  return `${ACCOUNT} is connected; its sync waits for a first preview`;
}

/** A few people are in the CRM already: the import must recognise them. */
async function preview(story: Story, teller: Teller): Promise<string> {
  const { hub, workspace } = story.stage;
  const there = story.people.list().slice(0, 200) as { names?: Json; emailAddresses?: Json }[];
  let known = 0;
  for (const person of there) {
    const email = first(person.emailAddresses, 'value');
    const familyName = first(person.names, 'familyName');
    const givenName = first(person.names, 'givenName');
    if (email === '' || familyName === '' || givenName === '' || known === 40) continue;
    await hub.crm.add(story.who, 'contact', { givenName, familyName, emails: [{ value: email }] });
    known += 1;
  }
  await hub.crm.add(story.who, 'contact', {
    givenName: 'Grace',
    familyName: 'Hopper',
    emails: [{ value: 'grace.hopper@navy.example' }],
  });
  const begun = await hub.engine.preview(workspace, story.sync, 'demo');
  const problem = await story.watch(begun.run, begun.done, teller);
  assert.equal(problem, null);
  const plan = await hub.store.workspace(workspace, (tx) => getPlan(tx, begun.plan));
  assert.equal(plan?.state, 'ready');
  assert.ok((plan.counts.link ?? 0) > 0, 'people known to both sides are recognised');
  story.goneRun = begun.plan;
  const { create = 0, link = 0, hold = 0 } = plan.counts;
  return `${plan.counts.read} rows read, nothing changed: ${create} to create, ${link} recognised, ${hold} to be asked about, ${plan.counts['create there'] ?? 0} to create at Google`;
}

async function firstImport(story: Story, teller: Teller): Promise<string> {
  const { hub, workspace } = story.stage;
  const plan = await hub.store.workspace(workspace, (tx) => getPlan(tx, story.goneRun));
  const { run } = await hub.engine.execute(workspace, story.goneRun, 'demo');
  const end = await story.watch(run, hub.engine.drain(workspace, story.sync, 'demo'), teller);
  for (const decision of ['create', 'link'] as const)
    assert.equal(end.counts[decision] ?? 0, plan?.counts[decision] ?? 0, `${decision}: as planned`);
  assert.equal(end.counts['told new'], 1);
  story.pushed += (end.counts.told ?? 0) + 1;
  const found = (await hub.crm.search(workspace, 'hopper', { objects: ['contact'], after: null, limit: 5 })).items[0];
  assert.ok(found);
  story.heroine = { record: found.record.id, row: await rowOf(story, found.record.id) };
  const counts = await hub.store.workspace(workspace, (tx) => countLinks(tx, story.sync));
  return `${counts.live} pairs are linked; Grace Hopper exists at Google now`;
}

async function rowOf(story: Story, record: string): Promise<string> {
  const why = await story.stage.hub.engine.whyRecord(story.stage.workspace, record);
  assert.ok(why[0]?.row, 'the record has a row');
  return why[0].row;
}

async function again(story: Story): Promise<string> {
  await story.settle();
  const { counters } = story.stage.emulators.gsuite;
  const before = counters.total();
  const end = await story.settle();
  assert.equal(counters.total() - before, 1);
  assert.equal(end.counts.create ?? 0, 0);
  return 'one call to Google, no change on either side';
}

async function changeThere(story: Story): Promise<string> {
  story.people.edit(story.heroine.row, { organizations: [{ title: 'Rear Admiral', name: 'US Navy' }] });
  await story.settle();
  const { fields } = await story.record(story.heroine.record);
  assert.equal(fields.jobTitle, 'Rear Admiral');
  assert.ok(fields.company, 'her company came into being, or was found');
  return 'Grace Hopper is Rear Admiral in the CRM too, and the US Navy is her company';
}

async function changeHere(story: Story): Promise<string> {
  await story.change(story.heroine.record, {
    emails: [{ value: 'grace.hopper@navy.example' }, { value: 'grace@cobol.example', type: 'home' }],
  });
  await story.settle();
  const person = story.people.get(story.heroine.row) as { emailAddresses?: { value: string }[] };
  assert.deepEqual(person.emailAddresses?.map((e) => e.value).sort(), ['grace.hopper@navy.example', 'grace@cobol.example']);
  return 'grace@cobol.example stands at Google; nothing else of the contact was touched';
}

async function conflict(story: Story): Promise<string> {
  const { hub, workspace } = story.stage;
  const { store } = hub;
  const mapping = (await store.workspace(workspace, listMappings))[0]!;
  const body = (await store.workspace(workspace, (tx) => getVersion(tx, mapping.id, mapping.version)))!
    .body as unknown as Mapping;
  const fields = body.fields.map((rule) => (rule.crm === 'jobTitle' ? { ...rule, winner: 'ask' as const } : rule));
  await hub.engine.saveMapping(
    workspace,
    mapping.id,
    mapping.version,
    JSON.parse(JSON.stringify({ ...body, fields })) as Json,
    'demo',
    'ask about job titles',
  );
  await story.settle();
  story.people.edit(story.heroine.row, { organizations: [{ title: 'Commodore', name: 'US Navy' }] });
  await story.change(story.heroine.record, { jobTitle: 'Computer scientist' });
  await story.settle();
  const question = (await story.held()).find((h) => h.record === story.heroine.record);
  assert.equal(question?.kind, 'conflict');
  await hub.engine.answer(workspace, question.id, { is: 'crm' }, 'demo');
  await story.settle();
  const person = story.people.get(story.heroine.row) as { organizations?: { title: string }[] };
  assert.equal(person.organizations?.[0]?.title, 'Computer scientist');
  return '“Commodore” or “Computer scientist”? A person said the latter; both sides hold it';
}

async function deletion(story: Story): Promise<string> {
  const { hub, workspace } = story.stage;
  story.people.delete(story.heroine.row);
  const end = await story.settle();
  assert.equal(end.counts.gone, 1);
  const record = await hub.crm.get(workspace, story.heroine.record);
  assert.ok(record.archived, 'the record is archived, not erased');
  story.goneRun = end.run!;
  return 'Grace Hopper’s record is archived';
}

async function undo(story: Story): Promise<string> {
  const { hub, workspace } = story.stage;
  const begun = await hub.engine.undo(workspace, story.goneRun, 'demo');
  assert.equal(await begun.done, null);
  const plan = await hub.store.workspace(workspace, (tx) => getPlan(tx, begun.plan));
  assert.equal(plan?.counts.restore, 1);
  await hub.engine.execute(workspace, begun.plan, 'demo');
  await hub.engine.drain(workspace, story.sync, 'demo');
  assert.equal((await story.record(story.heroine.record)).archived, null);
  return 'her record is back; the sync rests until somebody resumes it';
}

async function explain(story: Story): Promise<string> {
  const told = await story.stage.hub.engine.explain(story.stage.workspace, story.heroine.record, 'jobTitle');
  assert.equal(told.value, 'Computer scientist');
  assert.equal(told.history.length >= 2, true);
  return `jobTitle is “${told.value}”: ${told.source?.why} by ${told.source?.by}; before that ${told.history.map((h) => `“${String(h.from ?? '—')}”`).join(', ')}`;
}
