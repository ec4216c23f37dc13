/** Fields that an admin adds, and those that are computed. */
import { describe, expect, test } from 'vitest';
import type { CustomField } from '#crm/custom-fields.ts';
import { recompute } from '#crm/recompute.ts';
import type { Values } from '#kit/fields.ts';
import { createPage, faultOf, testCrm } from './crm.ts';

const setting = await testCrm();
const { crm, database } = setting;

const commission: CustomField = {
  object: 'opportunity',
  name: 'commission',
  title: 'Commission',
  kind: 'money',
  formula: 'record.amount * 0.1',
};
const euros = (amount: string) => ({ amount, currency: 'EUR' });

async function firm() {
  const workspace = await database.workspace();
  return { workspace, who: { workspace, by: 'me' } };
}

test('each kind holds its values and refuses others', async () => {
  const { who } = await firm();
  const company = await crm.add(who, 'company', { name: 'Engines' });
  const kinds: [CustomField['kind'], Partial<CustomField>, Values[string], Values[string]][] = [
    ['text', { max: 3 }, 'abc', 'abcd'],
    ['number', {}, 4.5, '4.5'],
    ['money', {}, euros('0.10'), { amount: 0.1, currency: 'EUR' }],
    ['date', {}, '2024-02-29', '2023-02-29'],
    ['choice', { options: ['red', 'blue'] }, 'red', 'green'],
    ['ref', { to: 'company' }, company.id, who.by],
    ['flag', {}, true, 'yes'],
    ['instant', {}, '2026-01-01T00:00:00.000Z', '2026-01-01'],
  ];
  for (const [kind, more, good, bad] of kinds) {
    const name = `my${kind[0]!.toUpperCase()}${kind.slice(1)}`;
    await crm.addCustomField(who, { object: 'contact', name, title: kind, kind, ...more });
    expect((await crm.add(who, 'contact', { [name]: good })).fields).toEqual({ [name]: good });
    expect(await faultOf(crm.add(who, 'contact', { [name]: bad }))).toMatchObject({ kind: 'invalid', paths: [name] });
  }
  expect(await faultOf(crm.add((await firm()).who, 'contact', { myText: 'abc' }))).toMatchObject({ paths: ['myText'] });
});

describe('a field that cannot be', () => {
  const bad: [string, Partial<CustomField>, string[]][] = [
    ['a standard name', { name: 'stage' }, ['name']],
    ['no name', { name: 'Not a name' }, ['name']],
    ['a name of JavaScript', { name: 'constructor' }, ['name']],
    ['no title', { title: ' ' }, ['title']],
    ['a choice without options', { kind: 'choice', formula: undefined }, ['options']],
    ['options twice', { kind: 'choice', formula: undefined, options: ['a', 'a', ''] }, ['options', 'options/2']],
    ['a ref to nothing', { kind: 'ref', formula: undefined }, ['to']],
    ['a length for money', { max: 5 }, ['max']],
    ['a formula that does not parse', { formula: 'record.amount *' }, ['formula']],
    ['a formula of unknown names', { formula: 'record.nope' }, ['formula']],
    ['a formula of another kind', { formula: '"text"' }, ['formula']],
    ['a formula that follows the clock', { kind: 'instant', formula: 'now' }, ['formula']],
    ['a formula that reads itself', { formula: 'record.commission' }, ['formula']],
    ['a required formula', { required: true }, ['required']],
  ];
  test.each(bad)('%s', async (_, more, paths) => {
    const { who, workspace } = await firm();
    const fault = await faultOf(crm.addCustomField(who, { ...commission, ...more }));
    expect(fault.kind).toBe('invalid');
    expect([...new Set(fault.paths)]).toEqual(paths);
    expect(await crm.customFields(workspace, null)).toEqual([]);
  });

  test('a name that is taken, and an object that is not there', async () => {
    const { who } = await firm();
    await crm.addCustomField(who, commission);
    expect(await faultOf(crm.addCustomField(who, commission))).toMatchObject({ kind: 'conflict' });
    expect(await faultOf(crm.addCustomField(who, { ...commission, object: 'spaceship' }))).toMatchObject({ kind: 'invalid' });
    expect(await faultOf(crm.changeCustomField(who, 'opportunity', 'nope', {}))).toMatchObject({ kind: 'missing' });
  });
});

describe('a computed field', () => {
  test('is exact, follows every write, and is blank where it cannot be computed', async () => {
    const { who } = await firm();
    await crm.addCustomField(who, commission);
    const deal = await crm.add(who, 'opportunity', { name: 'Loom', amount: euros('0.3') });
    expect(deal.fields.commission).toEqual(euros('0.03'));
    const raised = await crm.change(who, deal.id, 1, 'patch', { amount: euros('1234567890123456.78') });
    expect(raised.fields.commission).toEqual(euros('123456789012345.678'));
    const blank = await crm.change(who, deal.id, 2, 'patch', { amount: null });
    expect(blank.fields).toEqual({ name: 'Loom' });
  });

  test('follows the engine’s pages, and says so in the journal', async () => {
    const { who, workspace } = await firm();
    await crm.addCustomField(who, commission);
    const [id] = await createPage(setting, workspace, 'opportunity', [{ name: 'Loom', amount: euros('10') }]);
    const before = (await crm.get(workspace, id!)).fields;
    expect(before.commission).toEqual(euros('1'));
    const changes = { amount: { from: euros('10'), to: euros('20'), why: 'theirs changed' } };
    await database.store.workspace(workspace, (tx) =>
      crm.update(tx, [{ id: id!, object: 'opportunity', expected: 1, before, changes }], {
        by: 'run',
        at: '2026-03-02T00:00:00.000Z',
      }),
    );
    expect((await crm.get(workspace, id!)).fields.commission).toEqual(euros('2'));
    const [entry] = (await crm.timeline(workspace, id!, { after: null, limit: 1 })).items;
    expect(entry).toMatchObject({ changes: { ...changes, commission: { from: euros('1'), to: euros('2'), why: 'formula' } } });
  });

  test('cannot be written, but may be sent back as it was read', async () => {
    const { who } = await firm();
    await crm.addCustomField(who, commission);
    expect(await faultOf(crm.add(who, 'opportunity', { name: 'Loom', commission: euros('5') }))).toMatchObject({
      paths: ['commission'],
    });
    const deal = await crm.add(who, 'opportunity', { name: 'Loom', amount: euros('10') });
    const wrong = { ...deal.fields, commission: euros('9') };
    expect(await faultOf(crm.change(who, deal.id, 1, 'replace', wrong))).toMatchObject({ paths: ['commission'] });
    expect((await crm.change(who, deal.id, 1, 'replace', { ...deal.fields, stage: 'won' })).fields.commission).toEqual(
      euros('1'),
    );
  });

  test('is computed for all records when it is added and when it is edited', async () => {
    const { who, workspace } = await firm();
    const deals = Array.from({ length: 1_203 }, (_, n) => ({ name: `Deal ${n}`, amount: euros(String(n)) }));
    const ids = await createPage(setting, workspace, 'opportunity', deals);
    expect((await crm.addCustomField(who, commission)).pending).toBe(false);
    expect((await crm.get(workspace, ids[1_202]!)).fields.commission).toEqual(euros('120.2'));
    await crm.changeCustomField(who, 'opportunity', 'commission', { formula: 'record.amount * 0.25' });
    const records = await database.store.workspace(workspace, (tx) => crm.read(tx, ids));
    for (const [n, id] of ids.entries()) {
      expect(records.get(id)!.fields.commission, `deal ${n}`).toEqual(euros(String(n * 0.25)));
      expect(records.get(id)!.version).toBe(n === 0 ? 2 : 3);
    }
  });

  test('that a stopped hub left half computed is gone on with', async () => {
    const { who, workspace } = await firm();
    const deals = Array.from({ length: 1_500 }, (_, n) => ({ name: `Deal ${n}`, amount: euros('10') }));
    const ids = await createPage(setting, workspace, 'opportunity', deals);
    const stop = new AbortController();
    let transactions = 0;
    await crm.addCustomField(who, commission, AbortSignal.abort()).catch(() => undefined);
    const half = recompute(
      (work) => {
        transactions += 1;
        if (transactions === 1) stop.abort();
        return database.store.workspace(workspace, work);
      },
      'opportunity',
      () => Date.parse('2026-03-02T00:00:00.000Z'),
      stop.signal,
    );
    await expect(half).rejects.toThrow();
    const computed = async () => {
      const records = await database.store.workspace(workspace, (tx) => crm.read(tx, ids));
      return [...records.values()].filter((record) => record.fields.commission !== undefined).length;
    };
    expect(await computed()).toBe(1_000);
    expect((await crm.customFields(workspace, null)).map((field) => field.pending)).toEqual([true]);
    expect(await crm.recompute(workspace)).toBe(500);
    expect(await computed()).toBe(1_500);
    expect(await crm.recompute(workspace)).toBe(0);
  });
});

test('an archived field keeps its values, takes no new ones, and can be offered again', async () => {
  const { who, workspace } = await firm();
  const colour: CustomField = { object: 'contact', name: 'colour', title: 'Colour', kind: 'choice', options: ['red', 'blue'] };
  await crm.addCustomField(who, colour);
  const made = await crm.add(who, 'contact', { colour: 'red' });
  expect((await crm.archiveCustomField(who, 'contact', 'colour', true)).archived).not.toBeNull();
  expect(await faultOf(crm.add(who, 'contact', { colour: 'red' }))).toMatchObject({ paths: ['colour'] });
  expect((await crm.change(who, made.id, 1, 'replace', { notes: 'x' })).fields).toEqual({ notes: 'x', colour: 'red' });
  await crm.archiveCustomField(who, 'contact', 'colour', false);
  expect((await crm.change(who, made.id, 2, 'patch', { colour: 'blue' })).fields.colour).toBe('blue');
  expect(await faultOf(crm.changeCustomField(who, 'contact', 'colour', { options: ['red'] }))).toMatchObject({
    paths: ['options'],
  });
  const more = await crm.changeCustomField(who, 'contact', 'colour', { options: ['red', 'blue', 'green'], title: 'Hue' });
  expect([more.title, more.options]).toEqual(['Hue', ['red', 'blue', 'green']]);
  expect(await crm.customFields(workspace, 'contact')).toEqual([more]);
});
