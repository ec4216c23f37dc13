/** Meetings, mails, files and tasks stand on the timelines of all whom they concern, whenever these become known. */
import { describe, expect, test } from 'vitest';
import { openStrangers } from '#crm/people/strangers.ts';
import type { Values } from '#kit/fields.ts';
import { addSync, createPage, faultOf, marksIn, refsIn, testCrm } from './crm.ts';

const setting = await testCrm();
const { crm, database, clock } = setting;
const strangers = openStrangers({
  store: database.store,
  now: () => clock.now,
  marked: () => undefined,
  edited: async () => undefined,
});
const page = { after: null, limit: 50 };

async function firm() {
  const workspace = await database.workspace();
  const who = { workspace, by: 'me' };
  const add = async (object: string, values: Values) => (await crm.add(who, object, values)).id;
  const contact = (name: string, address: string, company?: string) =>
    add('contact', { name, emails: [{ value: address }], ...(company && { company }) });
  /** What stands on a record's timeline. */
  const on = async (id: string) =>
    (await crm.timeline(workspace, id, page)).items.flatMap((one) =>
      one.is === 'happening' ? [`${one.object} ${one.name}`] : [],
    );
  const concerns = async (id: string) => ((await crm.get(workspace, id)).fields.concerns ?? []) as { [of: string]: string }[];
  const listed = async () => (await strangers.list(workspace, page)).items;
  return { workspace, who, add, contact, on, concerns, listed };
}

const meeting = (title: string, ...addresses: string[]): Values => ({
  title,
  start: { local: '2026-03-02T10:00:00', zone: 'Europe/Berlin' },
  attendees: addresses.map((address) => ({ address })),
});

describe('whom a thing concerns', () => {
  test('those who take part, their companies, and the deals that are open with them', async () => {
    const { add, contact, on, workspace } = await firm();
    const acme = await add('company', { name: 'Acme' });
    const ada = await contact('Ada', 'Ada@Acme.example', acme);
    const bob = await contact('Bob', 'bob@other.example');
    const deal = await add('opportunity', { name: 'Engine', contact: ada, company: acme, status: 'open' });
    const won = await add('opportunity', { name: 'Old', contact: ada, company: acme, status: 'won' });
    const other = await add('opportunity', { name: 'With somebody else', company: acme, status: 'open' });
    const event = await add('event', meeting('Review', 'ada@acme.example', 'nobody@x.example'));
    await add('email', {
      subject: 'Offer',
      from: 'ada@acme.example',
      to: [{ address: 'me@us.example' }],
      cc: [{ address: 'bob@other.example' }],
    });
    await add('file', { name: 'plan.pdf', sharedWith: [{ address: 'bob@other.example' }] });
    await add('task', { title: 'Call back', contact: ada });
    expect((await on(ada)).sort()).toEqual([
      'email Offer',
      'event Review',
      'opportunity Engine',
      'opportunity Old',
      'task Call back',
    ]);
    expect((await on(acme)).filter((one) => !one.startsWith('opportunity') && !one.startsWith('contact')).sort()).toEqual([
      'email Offer',
      'event Review',
      'task Call back',
    ]);
    expect((await on(bob)).sort()).toEqual(['email Offer', 'file plan.pdf']);
    expect((await on(deal)).sort()).toEqual(['email Offer', 'event Review', 'task Call back']);
    expect([await on(won), await on(other)]).toEqual([[], []]);
    expect((await crm.get(workspace, event)).fields.attendees).toHaveLength(2);
    expect(await crm.bearers(workspace, 'contact', 'email', 'nobody@x.example')).toEqual([]);
  });

  test('the only open deal of a company, but not one of several; a deal that was found stays when it is won', async () => {
    const { who, add, contact, on, workspace } = await firm();
    const acme = await add('company', { name: 'Acme' });
    await contact('Ada', 'ada@acme.example', acme);
    const deal = await add('opportunity', { name: 'Engine', company: acme, status: 'open' });
    const event = await add('event', meeting('First', 'ada@acme.example'));
    await crm.change(who, deal, 1, 'patch', { status: 'won' });
    await crm.change(who, event, 1, 'patch', { attendees: [{ address: 'ada@acme.example' }, { address: 'new@x.example' }] });
    expect(await on(deal)).toEqual(['event First']);
    for (const name of ['A', 'B']) await add('opportunity', { name, company: acme, status: 'open' });
    const second = await add('event', meeting('Second', 'ada@acme.example'));
    expect((await crm.get(workspace, second)).fields.concerns).toHaveLength(2);
  });

  test('not colleagues, and nobody twice whom the record names itself', async () => {
    const { add, contact, concerns } = await firm();
    await add('user', { name: 'Grace', email: 'grace@us.example', emails: [{ value: 'g.hopper@us.example' }] });
    await contact('Grace, privately', 'g.hopper@us.example');
    const ada = await contact('Ada', 'ada@x.example');
    const event = await add('event', { ...meeting('Tea', 'g.hopper@us.example', 'ada@x.example'), contact: ada });
    expect(await concerns(event)).toEqual([]);
  });

  test('it is ours to find: nobody writes it, and no service is told of it', async () => {
    const { workspace, who, add, contact } = await firm();
    const event = await add('event', meeting('Tea', 'ada@x.example'));
    const said = { concerns: [{ address: 'ada@x.example' }] };
    expect(await faultOf(crm.change(who, event, 1, 'patch', said))).toMatchObject({ kind: 'invalid', paths: ['concerns'] });
    const sync = await addSync(database, workspace, 'memory.events', 'event');
    const ada = await contact('Ada', 'ada@x.example');
    expect(await crm.relink(workspace)).toBe(1);
    expect((await crm.get(workspace, event)).fields.concerns).toEqual([{ contact: ada, address: 'ada@x.example' }]);
    expect((await marksIn(database, workspace)).filter((mark) => mark === `${sync} ${event}`)).toEqual([]);
  });
});

describe('whoever becomes known later', () => {
  test('a contact that is made, or gains the address, stands on all that names it', async () => {
    const { workspace, who, add, contact, on } = await firm();
    await add('event', meeting('Before', 'ada@x.example'));
    await add('email', { subject: 'Hello', from: 'ADA@x.example' });
    const ada = await contact('Ada', 'other@x.example');
    expect([await on(ada), await crm.relink(workspace)]).toEqual([[], 0]);
    await crm.change(who, ada, 1, 'patch', { emails: [{ value: 'other@x.example' }, { value: 'ada@x.example' }] });
    expect(await crm.relink(workspace)).toBe(2);
    expect((await on(ada)).sort()).toEqual(['email Hello', 'event Before']);
    expect(await crm.relink(workspace)).toBe(0);
  });

  test('of two that are merged the survivor stands where both stood, once', async () => {
    const { workspace, who, add, contact, on, concerns } = await firm();
    const [one, two] = [await contact('Ada', 'ada@x.example'), await contact('A. King', 'king@x.example')];
    const event = await add('event', meeting('Both', 'ada@x.example', 'king@x.example'));
    expect(await concerns(event)).toHaveLength(2);
    await crm.merge(who, { survivor: one, expected: 1, loser: two, choices: {} });
    await crm.relink(workspace);
    expect(await on(one)).toEqual(['event Both']);
    expect((await concerns(event)).map(({ contact: id }) => id)).toEqual([one]);
    expect((await refsIn(database, workspace)).filter((ref) => ref.includes(two))).toEqual([]);
  });

  test('a company that a contact gets gets what they did before; one that follows it does not', async () => {
    const { workspace, who, add, contact, on } = await firm();
    const [acme, bolt] = [await add('company', { name: 'Acme' }), await add('company', { name: 'Bolt' })];
    const ada = await contact('Ada', 'ada@x.example');
    await add('event', meeting('Tea', 'ada@x.example'));
    await crm.change(who, ada, 1, 'patch', { company: acme });
    await crm.relink(workspace);
    await crm.change(who, ada, 2, 'patch', { company: bolt });
    await crm.relink(workspace);
    expect([await on(acme), await on(bolt)]).toEqual([['event Tea'], ['contact Ada']]);
  });

  test('who is erased is named by nothing any more', async () => {
    const { workspace, who, add, contact, concerns } = await firm();
    const ada = await contact('Ada', 'ada@x.example');
    const event = await add('event', meeting('Tea', 'ada@x.example'));
    await crm.eraseOne(who, ada, 1);
    expect(await concerns(event)).toEqual([]);
    expect((await crm.get(workspace, event)).fields).not.toHaveProperty('concerns');
  });
});

describe('strangers', () => {
  test('are not kept where nobody reviews them; reviewed, those met before are listed too', async () => {
    const { workspace, add, listed } = await firm();
    await add('user', { name: 'Grace', email: 'grace@us.example' });
    await add('event', { ...meeting('One', 'ada@x.example', 'grace@us.example', 'temp@us.example', 'no-reply@x.example') });
    expect([await strangers.policy(workspace), await listed()]).toEqual(['off', []]);
    await strangers.setPolicy(workspace, 'review');
    await crm.relink(workspace);
    await add('email', {
      subject: 'Hello',
      from: 'Ada@x.example',
      fromName: 'Ada Lovelace',
      sent: '2026-03-03T08:00:00.000Z',
      to: [{ address: 'bob@y.example', name: 'Bob' }],
    });
    expect(await listed()).toEqual([
      { address: 'bob@y.example', name: 'Bob', times: 1, last: '2026-03-03T08:00:00.000Z' },
      { address: 'ada@x.example', name: 'Ada Lovelace', times: 2, last: '2026-03-03T08:00:00.000Z' },
    ]);
    const first = await strangers.list(workspace, { after: null, limit: 1 });
    expect((await strangers.list(workspace, { after: first.next, limit: 1 })).items.map(({ address }) => address)).toEqual([
      'ada@x.example',
    ]);
    await strangers.setPolicy(workspace, 'off');
    expect(await listed()).toEqual([]);
  });

  test('who is accepted becomes a contact at the firm of that domain, and stands on what names them', async () => {
    const { workspace, who, add, on, listed } = await firm();
    const acme = await add('company', { name: 'Acme', websites: [{ value: 'https://acme.example' }] });
    await strangers.setPolicy(workspace, 'review');
    await add('event', meeting('Review', 'ada@acme.example'));
    const contact = await strangers.accept(who, ' ADA@acme.example ', { jobTitle: 'Countess' });
    expect(contact.fields).toMatchObject({ emails: [{ value: 'ada@acme.example' }], company: acme, jobTitle: 'Countess' });
    await crm.relink(workspace);
    expect([await on(contact.id), await on(acme), await listed()]).toEqual([
      ['event Review'],
      ['event Review', 'contact ada@acme.example'],
      [],
    ]);
    expect(await faultOf(strangers.accept(who, 'ada@acme.example'))).toMatchObject({ kind: 'conflict' });
    expect(await faultOf(strangers.accept(who, 'nonsense'))).toMatchObject({ kind: 'invalid', paths: ['address'] });
  });

  test('who is dismissed is not listed again, whatever they are met in; a contact is no stranger', async () => {
    const { workspace, who, add, contact, listed } = await firm();
    await strangers.setPolicy(workspace, 'review');
    await add('event', meeting('One', 'news@x.example', 'ada@x.example', 'bob@x.example'));
    expect(await strangers.dismiss(who, ['News@x.example'])).toEqual(['news@x.example']);
    await add('event', meeting('Two', 'news@x.example'));
    await contact('Ada', 'ada@x.example');
    expect((await listed()).map(({ address }) => address)).toEqual(['bob@x.example']);
    await strangers.setPolicy(workspace, 'off');
    await strangers.setPolicy(workspace, 'review');
    await crm.relink(workspace);
    expect((await listed()).map(({ address }) => address)).toEqual(['bob@x.example']);
  });
});

test('a page of meetings costs as many statements as one of them', async () => {
  const { workspace } = await firm();
  await strangers.setPolicy(workspace, 'review');
  const cost = async (size: number) => {
    const events = Array.from({ length: size }, (_, n) => meeting(`${size}/${n}`, `a${n}@x.example`, `b${n}@y.example`));
    let statements = 0;
    const counted = { ...setting, database: { ...database, store: countingStore(() => (statements += 1)) } };
    await createPage(counted, workspace, 'event', events);
    return statements;
  };
  await cost(1);
  expect(await cost(300)).toBe(await cost(2));
});

function countingStore(sent: () => void): typeof database.store {
  return {
    ...database.store,
    workspace: (id, work) =>
      database.store.workspace(id, (tx) =>
        work({
          query: (text, values) => {
            sent();
            return tx.query(text, values);
          },
          run: (text, values) => {
            sent();
            return tx.run(text, values);
          },
        }),
      ),
  };
}
