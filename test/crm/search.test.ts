/** Search by words and their beginnings, and the timeline. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keysOf, searchWords } from '#mappings/keys.ts';
import { createPage, faultOf, testCrm } from './crm.ts';

const setting = await testCrm();
const { crm, database } = setting;

async function found(workspace: number, query: string, objects?: string[]): Promise<string[]> {
  const page = await crm.search(workspace, query, { objects, after: null, limit: 50 });
  return page.items.map(({ record, exact }) => `${record.name}${exact ? '' : '…'}`);
}

async function all(workspace: number, query: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await crm.search(workspace, query, { after, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ record }) => record.id));
    if (page.next === null) return ids;
    after = page.next;
  }
}

test('whole words come before beginnings, across objects; every word counts', async () => {
  const workspace = await database.workspace();
  const who = { workspace, by: 'me' };
  const company = await crm.add(who, 'company', { name: 'Adamant Ada Ltd', websites: [{ value: 'https://adamant.example' }] });
  await crm.add(who, 'contact', {
    givenName: 'Ada',
    familyName: 'Lovelace',
    company: company.id,
    emails: [{ value: 'countess@engines.example' }],
    phones: [{ value: '+44 20 7946 0958' }],
  });
  await crm.add(who, 'contact', { givenName: 'Adam', familyName: 'Lovelace' });
  await crm.add(who, 'invoice', { number: 'INV-2024-0007' });
  const gone = await crm.add(who, 'contact', { givenName: 'Ada', familyName: 'Gone' });
  await crm.archiveOne(who, gone.id, null);
  expect(await found(workspace, 'ada')).toEqual(['Ada Lovelace', 'Adamant Ada Ltd', 'Adam Lovelace…']);
  expect(await found(workspace, 'lovelace ada')).toEqual(['Ada Lovelace', 'Adam Lovelace…']);
  expect(await found(workspace, 'LOVE adám')).toEqual(['Adam Lovelace…']);
  expect(await found(workspace, 'ada', ['company'])).toEqual(['Adamant Ada Ltd']);
  expect(await found(workspace, 'countess@engines.example')).toEqual(['Ada Lovelace']);
  expect(await found(workspace, 'countess@eng')).toEqual(['Ada Lovelace…']);
  expect(await found(workspace, '+44 20 7946 0958')).toEqual(['Ada Lovelace']);
  expect(await found(workspace, '442079')).toEqual(['Ada Lovelace…']);
  expect(await found(workspace, 'adamant.example')).toEqual(['Adamant Ada Ltd']);
  expect(await found(workspace, 'inv-2024-0007')).toHaveLength(1);
  expect(await found(workspace, 'babbage')).toEqual([]);
  expect(await found(await database.workspace(), 'ada')).toEqual([]);
});

test('nothing to search for, an object that is not there and a strange place are told', async () => {
  const workspace = await database.workspace();
  for (const query of ['', ' ', '?!']) {
    expect(await faultOf(crm.search(workspace, query, { after: null, limit: 5 }))).toMatchObject({
      kind: 'invalid',
      paths: ['q'],
    });
  }
  const search = (more: { objects?: string[]; after?: string }) =>
    faultOf(crm.search(workspace, 'ada', { after: null, limit: 5, ...more }));
  expect(await search({ objects: ['spaceship'] })).toMatchObject({ kind: 'invalid', paths: ['object'] });
  expect(await search({ after: 'nonsense' })).toMatchObject({ kind: 'invalid', paths: ['after'] });
});

const word = fc.constantFrom('ada', 'adam', 'adamina', 'ad', 'bob', 'bobby', 'éva', 'a');
const person = fc.record({
  givenName: word,
  familyName: word,
  emails: fc.array(
    word.map((name) => ({ value: `${name}@ada.example` })),
    { maxLength: 2 },
  ),
});

test('pages of a search give every answer once, whole words first, whatever their size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(person, { minLength: 1, maxLength: 25 }),
      fc.array(word, { minLength: 1, maxLength: 2 }),
      fc.integer({ min: 1, max: 9 }),
      async (people, asked, limit) => {
        const workspace = await database.workspace();
        const ids = await createPage(setting, workspace, 'contact', people);
        const words = searchWords(asked.join(' '));
        const ways = people.map((values) => {
          const own = keysOf('contact', values).flatMap((key) =>
            key.kind === 'word' || key.kind === 'email' ? [key.token] : [],
          );
          if (words.every((one) => own.includes(one))) return 'exact';
          return words.every((one) => own.some((other) => other.startsWith(one))) ? 'prefix' : 'none';
        });
        const of = (way: string) => ids.filter((_, at) => ways[at] === way).sort();
        const given = await all(workspace, asked.join(' '), limit);
        expect(given.slice(0, of('exact').length).sort()).toEqual(of('exact'));
        expect(given.slice(of('exact').length).sort()).toEqual(of('prefix'));
      },
    ),
    { numRuns: 40 },
  );
});

test('a timeline is told page by page, newest first, what refers to the record among its changes', async () => {
  const { clock } = setting;
  const workspace = await database.workspace();
  const who = { workspace, by: 'me' };
  const contact = await crm.add(who, 'contact', { givenName: 'Ada' });
  for (let n = 0; n < 12; n++) {
    clock.now += 3_600_000;
    const { version } = await crm.get(workspace, contact.id);
    if (n % 3 === 0) await crm.change(who, contact.id, version, 'patch', { notes: `n${n}` });
    else await crm.add(who, 'call', { contact: contact.id, started: new Date(clock.now - (n % 3) * 1_800_000).toISOString() });
  }
  const told: string[] = [];
  const times: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await crm.timeline(workspace, contact.id, { after, limit: 4 });
    told.push(...page.items.map((entry) => (entry.is === 'change' ? `change ${entry.seq}` : entry.record)));
    times.push(...page.items.map((entry) => entry.at));
    if (page.next === null) break;
    after = page.next;
  }
  expect(told).toHaveLength(13);
  expect(new Set(told).size).toBe(13);
  expect(times).toEqual([...times].sort().reverse());
  expect(await faultOf(crm.timeline(workspace, contact.id, { after: 'bnVsbA', limit: 4 }))).toMatchObject({ kind: 'invalid' });
});
