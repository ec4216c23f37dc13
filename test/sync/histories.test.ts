/**
 * Histories: many people at once, some with a second row that follows, each with edits on both sides, in any interleaving with syncs, previews, lost answers, forgotten
 * cursors, lagging reads and renderings. In the end every pair is equal, or differs for a reason that is on record; no edit that
 * stood alone is lost; nobody exists twice. HISTORIES sets how many (default 2,000).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { listItems, type PlanItem } from '#store/plans.ts';
import { openWorld, type World } from './world.ts';

const PEOPLE = 50;
const ROUNDS = 5;
const HISTORIES = Number(process.env.HISTORIES ?? 2_000);

type Edit =
  | { side: 'ours' | 'theirs'; field: 'givenName' | 'notes' | 'jobTitle' }
  | { side: 'ours' | 'theirs'; field: 'emails' }
  | { side: 'delete theirs' }
  | null;
type Event = 'sync' | 'full' | 'plan' | 'lose' | 'forget' | 'lag' | 'none';

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  {
    weight: 8,
    arbitrary: fc.record({
      side: fc.constantFrom('ours' as const, 'theirs' as const),
      field: fc.constantFrom('givenName' as const, 'notes' as const, 'jobTitle' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ side: fc.constantFrom('ours' as const, 'theirs' as const), field: fc.constant('emails' as const) }),
  },
  { weight: 1, arbitrary: fc.constant({ side: 'delete theirs' as const }) },
);
const event: fc.Arbitrary<Event> = fc.constantFrom('sync', 'sync', 'full', 'plan', 'lose', 'forget', 'lag', 'none');
const history = fc.record({
  origins: fc.array(fc.constantFrom('ours', 'theirs', 'both'), { minLength: PEOPLE, maxLength: PEOPLE }),
  rounds: fc.array(
    fc.record({ edits: fc.array(fc.array(edit, { maxLength: 3 }), { minLength: PEOPLE, maxLength: PEOPLE }), event }),
    { minLength: ROUNDS, maxLength: ROUNDS },
  ),
});

const THEIRS = { givenName: 'givenName', notes: 'note', jobTitle: 'jobTitle', emails: 'emails' } as const;

const OUTWARD = new Set(['tell', 'create there', 'remove there']);

/** What we know must come of one person. */
class Person {
  readonly key: string;
  record: string | null = null;
  row: string | null = null;
  /** Another row of the same person, which follows. */
  second: string | null = null;
  deleted = false;
  /** field → sides that edited it since both were in step for sure, with the last value of each. */
  readonly open = new Map<string, { ours?: string; theirs?: string; maybe?: boolean }>();
  /** field → what may stand there now. */
  readonly allowed = new Map<string, string[]>();
  readonly emails = new Set<string>();
  constructor(key: string) {
    this.key = key;
    this.emails.add(`${key}@example.com`);
  }
}

test(`${HISTORIES} histories converge, lose no lone edit and double nobody`, { timeout: 60_000 + HISTORIES * 200 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (story) => {
      const world = await openWorld();
      world.service.pageSize = 17;
      const people = await populate(world, story.origins);
      await world.begin();
      await acquaint(world, people);
      await double(world, people);
      for (const [round, { edits, event: happening }] of story.rounds.entries()) {
        for (const [at, some] of edits.entries())
          for (const [n, one] of some.entries()) await apply(world, people[at]!, one, `${round}.${n}`);
        await happen(world, happening);
        const sure = happening === 'sync' || happening === 'full';
        for (const person of people) (sure ? settled : muddled)(person);
      }
      world.service.show();
      world.service.loseAnswers = 0;
      for (let n = 0; n < 4; n += 1) await world.run(n === 1);
      await verify(world, people);
    }),
    { numRuns: Math.max(1, Math.round(HISTORIES / PEOPLE)), endOnFailure: true },
  );
});

async function populate(world: World, origins: readonly string[]): Promise<Person[]> {
  const people: Person[] = [];
  for (const [at, origin] of origins.entries()) {
    const person = new Person(`p${at}`);
    const values = { givenName: `N${at}`, familyName: `F${at}`, emails: [{ value: `${person.key}@example.com` }] };
    if (origin !== 'theirs') person.record = (await world.contact(values)).id;
    if (origin !== 'ours') person.row = world.service.add(values);
    people.push(person);
  }
  return people;
}

/** After the first import everybody is on both sides, once. */
async function acquaint(world: World, people: readonly Person[]): Promise<void> {
  const links = await world.database.owner.query<{ row: string; record: string }>(
    'select row, record from links where workspace = $1',
    [world.workspace],
  );
  const records = new Map((await world.contacts()).map((c) => [c.fields.familyName, c.id]));
  expect(records.size).toBe(people.length);
  expect(world.service.living()).toHaveLength(people.length);
  for (const [at, person] of people.entries()) {
    person.record = records.get(`F${at}`)!;
    person.row = links.rows.find((l) => l.record === person.record)!.row;
  }
}

/** Every seventh has a second row over there, and a person says that it is the same. */
async function double(world: World, people: readonly Person[]): Promise<void> {
  const some = people.filter((_, at) => at % 7 === 3);
  for (const person of some) person.second = world.service.add({ ...world.service.get(person.row!)! });
  await world.run();
  for (const { id, row } of await world.held()) {
    const record = some.find((p) => p.second === row)!.record!;
    await world.engine.answer(world.workspace, id, { is: 'same', record }, 'person');
  }
  await world.run();
}

async function apply(world: World, person: Person, one: Edit, stamp: string): Promise<void> {
  if (one === null || person.deleted) return;
  if (one.side === 'delete theirs') {
    if (!person.key.endsWith('7')) return; // few enough for the brake
    world.service.erase(person.row!);
    person.deleted = true;
    return;
  }
  const value = `${person.key} ${one.field} ${one.side} ${stamp}`;
  if (one.field === 'emails') {
    const address = `${value.replaceAll(' ', '.')}@example.com`;
    person.emails.add(address);
    if (one.side === 'theirs')
      world.service.edit(person.row!, {
        emails: [...((world.service.get(person.row!)!.emails as []) ?? []), { value: address }],
      });
    else {
      const record = await world.crm.get(world.workspace, person.record!);
      await world.change(person.record!, { emails: [...((record.fields.emails as []) ?? []), { value: address }] });
    }
    return;
  }
  person.open.set(one.field, { ...person.open.get(one.field), [one.side]: value });
  if (one.side === 'theirs') world.service.edit(person.row!, { [THEIRS[one.field]]: value });
  else await world.change(person.record!, { [one.field]: value });
}

async function happen(world: World, happening: Event): Promise<void> {
  switch (happening) {
    case 'sync':
      world.service.show();
      await world.run();
      await world.run();
      return;
    case 'full':
      world.service.show();
      await world.run(true);
      await world.run();
      return;
    case 'plan':
      return previewAndExecute(world);
    case 'lose':
      world.service.loseAnswers = 1;
      await world.run();
      return;
    case 'forget':
      world.service.forgetCursors();
      return;
    case 'lag':
      world.service.hide();
      await world.run();
      return;
    case 'none':
  }
}

/**
 * Nothing changes between: every row's item must go as planned, rows that are gone too, and what goes outward unless an answer is lost or
 * the service hides what has changed there.
 */
async function previewAndExecute(world: World): Promise<void> {
  world.turn(5_000); // what was put off for a second is due
  const calm = world.service.loseAnswers === 0 && world.service.hiddenSince === Number.POSITIVE_INFINITY;
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  const { run } = await world.engine.execute(world.workspace, begun.plan, 'test');
  await world.engine.drain(world.workspace, world.sync, 'test');
  const items = await world.database.store.workspace(world.workspace, (tx) =>
    listItems(tx, begun.plan, { after: -1, limit: 1_000 }),
  );
  const wrong = items.filter((i) => (calm || !OUTWARD.has(i.decision)) && i.outcome !== 'as planned');
  expect(wrong).toEqual([]);
  if (calm) expect(await unannounced(world, run, items)).toEqual([]);
}

/** Rows over there that the run has written and the plan had not said so of. */
async function unannounced(world: World, run: number, items: readonly PlanItem[]): Promise<string[]> {
  const said = new Set(items.flatMap((i) => (OUTWARD.has(i.decision) || i.item.tells !== undefined ? (i.row ?? []) : [])));
  const { rows } = await world.database.owner.query<{ row: string }>(
    `select distinct row from journal where workspace = $1 and run = $2 and side = 'theirs' and action = 'update'`,
    [world.workspace, run],
  );
  return rows.map(({ row }) => row).filter((row) => !said.has(row));
}

/** A round that may or may not have brought edits across: later ones may be younger rather than at odds with them. */
function muddled(person: Person): void {
  for (const sides of person.open.values()) sides.maybe = true;
}

/** Both sides are in step for sure: what both had edited is decided, what one had edited stands. */
function settled(person: Person): void {
  for (const [field, sides] of person.open) {
    if (sides.ours !== undefined && sides.theirs !== undefined && field === 'jobTitle') continue; // asked; stays open
    person.open.delete(field);
    person.allowed.set(field, standing(field, sides));
  }
}

function standing(field: string, { ours, theirs, maybe }: { ours?: string; theirs?: string; maybe?: boolean }): string[] {
  if (ours === undefined || theirs === undefined) return [(ours ?? theirs)!];
  return maybe ? [ours, theirs] : [field === 'notes' ? ours : theirs];
}

async function verify(world: World, people: readonly Person[]): Promise<void> {
  const swept = await world.engine.sweep(world.workspace, world.sync, 1_000, 'test');
  expect(swept).toMatchObject({ drift: 0, changed: 0, owed: 0, missing: 0 });
  const records = new Map((await world.contacts()).map((c): [string, CrmRecord] => [c.id, c]));
  const held = await world.held();
  const seconds = new Set(people.map((p) => p.second));
  const living = world.service.living().filter((row) => !seconds.has(row.id));
  expect(living.length).toBe(new Set(living.map((r) => r.fields.familyName)).size);
  for (const person of people) {
    if (person.deleted) {
      expect(world.service.get(person.row!)).toBeUndefined();
      continue;
    }
    const record = records.get(person.record!);
    const row = world.service.get(person.row!);
    if (!record || !row) throw new Error(`${person.key} is missing on ${record ? 'their' : 'our'} side`);
    for (const field of ['givenName', 'notes', 'jobTitle'] as const) checkField(person, field, record, row, held);
    if (person.second !== null) followed(person, record, world.service.get(person.second)!);
    const values = (list: unknown) => ((list ?? []) as { value: string }[]).map((e) => e.value).sort();
    expect(values(record.fields.emails)).toEqual([...person.emails].sort());
    expect(values(row.emails)).toEqual([...person.emails].sort());
  }
}

/** The row that follows holds whatever the record does, open questions or not. */
function followed(person: Person, record: CrmRecord, row: { [name: string]: unknown }): void {
  for (const [ours, theirs] of Object.entries(THEIRS))
    expect(row[theirs], `${person.key} ${ours}: the row that follows`).toEqual(record.fields[ours]);
}

function checkField(
  person: Person,
  field: 'givenName' | 'notes' | 'jobTitle',
  record: CrmRecord,
  row: { [name: string]: unknown },
  held: Awaited<ReturnType<World['held']>>,
): void {
  const ours = record.fields[field];
  const theirs = row[THEIRS[field]];
  const question = held.some((h) => h.row === person.row && h.field === field);
  if (question) return;
  expect(theirs, `${person.key} ${field}: both sides`).toBe(ours);
  const sides = person.open.get(field);
  const allowed =
    sides && field !== 'jobTitle' ? standing(field, sides) : sides ? [sides.ours, sides.theirs] : person.allowed.get(field);
  if (allowed) expect(allowed, `${person.key} ${field}: what may stand there`).toContain(ours);
}
