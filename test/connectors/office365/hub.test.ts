/** Office 365 through a whole hub: signed in, read, written in both directions, notified, and caught up after silence. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import { events } from '#connectors/office365/events.ts';
import type { CrmRecord } from '#crm/core.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import type { Values } from '#kit/fields.ts';
import { listHeld } from '#store/held.ts';
import { listSyncs } from '#store/syncs.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import type { Thing } from '#test/emulators/office365/thing.ts';

const ADA = 'ada@contoso.example';
const MINUTE = 60_000;
const never = new AbortController().signal;
/** The Monday after the coming one: within the window whenever this runs. */
const MONDAY = new Date(Math.ceil((Date.now() / 86_400_000 - 4) / 7) * 7 * 86_400_000 + 11 * 86_400_000)
  .toISOString()
  .slice(0, 10);
const database = await testDatabase();
let on: Emulators;
let hub: Hub;
let workspace: number;
let connection: number;
let close: () => Promise<void>;

beforeAll(async () => {
  workspace = await database.workspace();
  on = await startEmulators({
    clock: createClock(),
    traffic: null,
    office365: { accounts: [{ email: ADA, title: 'Ada', rows: 3 }], users: 2 },
  });
  on.office365.directory.add({ displayName: 'Ada', mail: ADA, userPrincipalName: ADA, userType: 'Member', accountEnabled: true });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    OFFICE365_CLIENT_ID: 'switchboard-demo',
    OFFICE365_CLIENT_SECRET: 'demo-secret',
  });
  const log = openLog('silent');
  hub = await openHub(config, log, { store: Promise.resolve(database.store), now: on.clock.now });
  const server = openServer(routesOf(hub), { identify: (key) => hub.keys.identify(key), log, first: hub.gate.take });
  await hub.news.ready();
  const { port } = await server.listen(0, '127.0.0.1');
  hub.publicUrl = `http://127.0.0.1:${port}`;
  close = async () => {
    await server.close(0);
    await hub.close();
    await on.close();
  };
});
afterAll(() => close());

const syncs = () => hub.store.workspace(workspace, listSyncs);
const mailbox = () => on.office365.mailbox();
const records = async (object: string): Promise<CrmRecord[]> =>
  (await hub.crm.list(workspace, object, { after: null, limit: 200 })).items;
const who = () => ({ workspace, by: 'test' });
const held = () => hub.store.workspace(workspace, (tx) => listHeld(tx, { open: true, after: 0, limit: 100 }));
const titled = async (title: string) => (await records('event')).find(({ fields }) => fields.title === title);

async function edit({ id, version }: CrmRecord, fields: Values): Promise<void> {
  await hub.crm.change(who(), id, version, 'patch', fields);
}

/** Time passes, and all that is due is done. */
async function settle(): Promise<void> {
  on.clock.turn(MINUTE);
  for (const { id } of await syncs()) {
    await hub.engine.request(workspace, id, false);
    await hub.engine.drain(workspace, id, 'test');
  }
}

/** What the service has told is heard, read and acted upon; nothing is polled. */
async function hear(): Promise<void> {
  await on.office365.settled();
  await hub.news.drain();
  for (const { id } of await syncs()) await hub.engine.drain(workspace, id, 'test');
}

test('somebody signs in by PKCE and is known by the address; scopes come back by longer names', async () => {
  const { url } = await hub.connections.start({ workspace, connector: 'office365', by: 'test', session: 'mine' });
  expect(new URL(url).searchParams.get('scope')!.split(' ')).toEqual(
    expect.arrayContaining(['offline_access', 'User.Read', 'Contacts.ReadWrite', 'Calendars.ReadWrite']),
  );
  const back = new URL(await on.office365.consent(url, { account: ADA }));
  const arrival = await hub.connections.finish(back.searchParams, 'mine');
  expect(arrival).toMatchObject({ title: ADA, missing: [] });
  ({ connection } = arrival);
});

test('contacts, people and events come in', async () => {
  mailbox().events.add({
    subject: 'Planning',
    start: { dateTime: local(1), timeZone: 'W. Europe Standard Time' },
    end: { dateTime: local(1, 11), timeZone: 'W. Europe Standard Time' },
    attendees: [{ type: 'required', emailAddress: { address: 'contact.0@firm0.example' } }],
  });
  for (const { id } of await syncs()) {
    const begun = await hub.engine.preview(workspace, id, 'test');
    expect(await begun.done).toBeNull();
    await hub.engine.execute(workspace, begun.plan, 'test');
    await hub.engine.drain(workspace, id, 'test');
  }
  expect(await held()).toEqual([]);
  expect((await records('contact')).length).toBe(3);
  expect((await records('user')).map(({ fields }) => fields.email)).toContain(ADA);
  expect((await titled('Planning'))!.fields).toMatchObject({ start: { zone: 'Europe/Berlin' }, organizer: ADA });
});

test('a subscription stands, and what is changed in Outlook is here without a poll', async () => {
  await hub.subscriptions.attend({ workspace, connection });
  const [account] = on.office365.accounts();
  expect(on.office365.subscriptions.list(account!).map(({ resource }) => resource)).toEqual(['me/contacts', 'me/events']);
  const [contact] = mailbox().contacts.list();
  mailbox().contacts.edit(String(contact!.id), { jobTitle: 'Told by Microsoft' });
  const [event] = mailbox().events.list();
  mailbox().events.edit(String(event!.id), { subject: 'Planning, told' });
  const fresh = mailbox().contacts.add({ givenName: 'New', surname: 'Face', emailAddresses: [{ address: 'new@face.example' }] });
  await hear();
  expect((await records('contact')).filter(({ fields }) => fields.jobTitle === 'Told by Microsoft').length).toBe(1);
  expect(await titled('Planning, told')).toBeDefined();
  expect((await records('contact')).length).toBe(4);
  mailbox().contacts.delete(fresh);
  await hear();
  expect((await records('contact')).length).toBe(3);
});

test('what is changed here is there, and comes back as nothing', async () => {
  const [contact] = await records('contact');
  await edit(contact!, { nickname: 'Nick', notes: 'Met at the fair' });
  const event = await titled('Planning, told');
  await edit(event!, { title: 'Planning, moved', location: 'Quay 1' });
  await settle();
  await hear();
  expect(
    mailbox()
      .contacts.list()
      .find(({ nickName }) => nickName === 'Nick'),
  ).toMatchObject({ personalNotes: 'Met at the fair' });
  expect(mailbox().events.list()[0]).toMatchObject({ subject: 'Planning, moved', location: { displayName: 'Quay 1' } });
  const before = { ...on.office365.counters.calls };
  await settle();
  expect(on.office365.counters.calls['batch.PATCH']).toBe(before['batch.PATCH']);
  expect(await held()).toEqual([]);
});

test('what is made here is made once over there: a contact, and an event in its owner’s calendar', async () => {
  const owner = (await records('user')).find(({ fields }) => fields.email === ADA)!.id;
  await hub.crm.add(who(), 'contact', { givenName: 'Made', familyName: 'Here', emails: [{ value: 'made@here.example' }] });
  const times = { start: { local: local(2), zone: 'Europe/Berlin' }, end: { local: local(2, 11), zone: 'Europe/Berlin' } };
  await hub.crm.add(who(), 'event', { title: 'Made here', owner, ...times });
  await hub.crm.add(who(), 'event', { title: 'Nobody’s', ...times });
  on.office365.faults.add({ kind: 'lost', operation: 'batch.POST', times: 2 });
  await settle();
  for (let n = 0; n < 3; n++) {
    on.clock.turn(5 * MINUTE);
    await settle();
  }
  expect(
    mailbox()
      .contacts.list()
      .filter(({ givenName }) => givenName === 'Made').length,
  ).toBe(1);
  expect(
    mailbox()
      .events.list()
      .map(({ subject }) => subject)
      .sort(),
  ).toEqual(['Made here', 'Planning, moved']);
  expect((await titled('Made here'))!.fields).toMatchObject({
    uid: expect.stringMatching(/^040000008200E00074C5B7101A82E008/),
    organizer: ADA,
  });
  expect(await held()).toEqual([]);
});

test('a task made here is done on the phone', async () => {
  const owner = (await records('user')).find(({ fields }) => fields.email === ADA)!.id;
  const task = await hub.crm.add(who(), 'task', { title: 'Call back', due: local(3).slice(0, 10), owner, status: 'open' });
  await settle();
  const [there] = mailbox().tasks.list();
  expect(there).toMatchObject({ title: 'Call back', status: 'notStarted' });
  mailbox().tasks.edit(String(there!.id), { status: 'completed' });
  await settle();
  expect((await hub.crm.get(workspace, task.id)).fields).toMatchObject({ status: 'done', due: local(3).slice(0, 10) });
  expect(mailbox().tasks.list().length).toBe(1);
});

/** What somebody does with an event, here or in Outlook. */
const EDITS: { readonly [what: string]: { here: Values; there: Thing } } = {
  title: { here: { title: 'Named here' }, there: { subject: 'Named there' } },
  place: { here: { location: 'Here' }, there: { location: { displayName: 'There' } } },
  weekly: {
    here: { recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5' },
    there: recurring({ type: 'weekly', interval: 2, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' }),
  },
  daily: { here: { recurrence: 'RRULE:FREQ=DAILY;COUNT=3' }, there: recurring({ type: 'daily', interval: 3 }) },
  once: { here: { recurrence: null }, there: { recurrence: null } },
};

function recurring(pattern: Thing): Thing {
  return { recurrence: { pattern, range: { type: 'noEnd', startDate: MONDAY } } };
}

test('whatever is edited on either side of a series, in whatever order, both come to the same, and nobody is invited', async () => {
  const edits = fc.record({ what: fc.constantFrom(...Object.keys(EDITS)), here: fc.boolean(), settled: fc.boolean() });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edits, { minLength: 2, maxLength: 5 }), async (history) => {
      const name = `Series ${++run}`;
      const times = {
        start: { dateTime: `${MONDAY}T10:00:00`, timeZone: 'UTC' },
        end: { dateTime: `${MONDAY}T11:00:00`, timeZone: 'UTC' },
      };
      const id = mailbox().events.add({ subject: name, ...times });
      await settle();
      const record = (await titled(name))!.id;
      const mails = mailbox().events.mails().length;
      for (const { what, here, settled } of history) {
        if (here) await edit(await hub.crm.get(workspace, record), EDITS[what]!.here);
        else mailbox().events.edit(id, EDITS[what]!.there);
        if (settled) await settle();
      }
      for (let n = 0; n < 3; n++) await settle();
      const [row] = (await events.fetch!(await hub.connections.context(workspace, connection, never), [id])).rows;
      const { fields } = await hub.crm.get(workspace, record);
      for (const field of ['title', 'location', 'recurrence', 'start', 'end', 'status', 'uid'])
        expect(fields[field], field).toEqual(row!.fields[field]);
      expect(await held()).toEqual([]);
      expect(mailbox().events.mails().length).toBe(mails);
    }),
    { numRuns: Number(process.env.HISTORIES ?? 3), endOnFailure: true },
  );
}, 120_000);

test('a subscription that Microsoft removes is made anew, and what was not told meanwhile is read', async () => {
  const [account] = on.office365.accounts();
  on.office365.subscriptions.setLoss(true);
  const [contact] = mailbox().contacts.list();
  mailbox().contacts.edit(String(contact!.id), { department: 'Unheard' });
  on.office365.subscriptions.setLoss(false);
  on.office365.lifecycle('subscriptionRemoved');
  await on.office365.settled();
  await hub.news.drain();
  expect(on.office365.subscriptions.list(account!).length).toBe(2);
  await settle();
  expect((await records('contact')).some(({ fields }) => fields.department === 'Unheard')).toBe(true);
});

test('after a day of silence and a forgotten round all is caught up, what was deleted too', async () => {
  on.office365.subscriptions.setLoss(true);
  const [gone, kept] = mailbox().contacts.list();
  mailbox().contacts.delete(String(gone!.id));
  mailbox().contacts.edit(String(kept!.id), { department: 'After a day' });
  const event = mailbox()
    .events.list()
    .find(({ subject }) => subject === 'Made here');
  mailbox().events.delete(String(event!.id));
  on.clock.turn(24 * 60 * MINUTE);
  on.office365.forgetRounds();
  for (let n = 0; n < 4; n++) await settle();
  const contacts = await records('contact');
  expect(contacts.length).toBe(mailbox().contacts.list().length);
  expect(contacts.some(({ fields }) => fields.department === 'After a day')).toBe(true);
  expect(await titled('Made here')).toBeUndefined();
  // Nobody was written to by all of this but for the meeting that somebody moved here.
  expect(
    new Set(
      mailbox()
        .events.mails()
        .map(({ what }) => what),
    ),
  ).toEqual(new Set(['update']));
});

/** So many days from now, at an hour. */
function local(days: number, hour = 10): string {
  const day = new Date(on.clock.now() + days * 86_400_000).toISOString().slice(0, 10);
  return `${day}T${String(hour).padStart(2, '0')}:00:00`;
}
