import nock from 'nock';
import type { Values } from '#kit/fields.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import { openTraffic } from '../../emulators/kit/traffic.ts';
import type { Office365, Office365Options } from '../../emulators/office365/contract.ts';
import { startOffice365 } from '../../emulators/office365/emulator.ts';
import type { Thing } from '../../emulators/office365/thing.ts';
import type { StreamDriver, World } from '../world.ts';

const EMAIL = 'ada@contoso.example';
const NOW = Date.parse('2026-03-01T10:00:00Z');

/** What differs from stream to stream. */
type Ways = Pick<World, 'ids' | 'misfit'> & Partial<Pick<World, 'edit' | 'delete' | 'decorate' | 'decoration'>>;

async function open(
  how: Omit<Office365Options, 'clock' | 'traffic'>,
  ways: (on: Office365, now: () => number) => Ways,
): Promise<World> {
  const clock = createClock(NOW);
  const traffic = openTraffic(process.env.TRAFFIC_LOG);
  const office365 = await startOffice365({ ...how, clock, traffic });
  let tokens = office365.grant();
  let revoked = false;
  return {
    base: office365.hosts,
    now: clock.now,
    turn: clock.turn,
    token: async (refused) => {
      if (refused === tokens.accessToken && !revoked) tokens = office365.grant();
      return tokens.accessToken;
    },
    account: { id: office365.accounts()[0]!.id, title: EMAIL },
    ...ways(office365, clock.now),
    forget: () => office365.forgetRounds(),
    revoke: () => {
      revoked = true;
      office365.revoke();
    },
    expireAccess: () => office365.expireAccess(),
    fault: (operation, trouble) => office365.faults.add({ ...trouble, operation }),
    calls: (operation) => (operation === undefined ? office365.counters.total() : (office365.counters.calls[operation] ?? 0)),
    overlaps: () => office365.counters.overlappingWrites,
    close: async () => {
      await office365.close();
      traffic?.close();
    },
  };
}

/** An address at which every page names itself as the next one. */
function repeating(path: string): () => { base: World['base']; end(): void } {
  return () => {
    const graph = 'http://graph.repeating.test';
    const body = { value: [], '@odata.nextLink': `${graph}/v1.0${path}?$skiptoken=same` };
    nock(graph).persist().get('/v1.0/me/contactFolders').query(true).reply(200, { value: [] });
    nock(graph).persist().get('/v1.0/me/calendars').query(true).reply(200, { value: [] });
    nock(graph).persist().get(`/v1.0${path}`).query(true).reply(200, body);
    return { base: { graph, login: `${graph}/common` }, end: () => nock.cleanAll() };
  };
}

/** Something undeclared beside all that the stream writes. */
const DECORATION: Thing = {
  spouseName: 'by hand Ada',
  assistantName: 'by hand Bea',
  imAddresses: ['by hand sip'],
  children: ['by hand Byron'],
  officeLocation: 'by hand 18/2111',
  yomiSurname: 'by hand Yomi',
  displayName: 'by hand The Countess',
  fileAs: 'by hand Countess, The',
  emailAddresses: [{ name: 'by hand Countess', address: 'ada@contoso.example' }],
  singleValueExtendedProperties: [{ id: 'String {00020329-0000-0000-c000-000000000046} Name other', value: 'by hand tool' }],
};

const one: Values = {
  prefix: 'Dr.',
  givenName: 'Zoë',
  middleName: 'M.',
  familyName: 'Ó Briain',
  suffix: 'Jr.',
  nickname: 'Z',
  emails: [{ value: 'zoe@work.example', primary: true }, { value: 'zoe@home.example' }],
  phones: [
    { value: '+353 1 555 0100', type: 'mobile' },
    { value: '+353 1 555 0101', type: 'work' },
  ],
  addresses: [
    { type: 'work', street: '1 Quay', city: 'Cork', region: 'Munster', postalCode: 'T12', country: 'Ireland' },
    { type: 'home', city: 'Cobh' },
  ],
  organization: 'Ferries Ltd',
  jobTitle: 'Captain',
  department: 'Deck',
  birthday: '1985-12-10',
  webPage: 'https://ferries.example',
  note: 'Two lines\nof it',
  categories: [{ name: 'CRM' }, { name: 'Sea' }],
  custom: [{ key: 'Boat', value: 'Naomh Éanna' }],
};

const other: Values = {
  prefix: 'Prof.',
  givenName: 'Zoe',
  middleName: 'Mary',
  familyName: 'O’Brien',
  suffix: 'III',
  nickname: 'Zo',
  emails: [{ value: 'zoe@home.example', primary: true }, { value: 'zoe@new.example' }],
  phones: [{ value: '+353 1 555 0199', type: 'home' }],
  addresses: [{ type: 'other', city: 'Cobh', country: 'Ireland' }],
  organization: 'Lighthouses plc',
  jobTitle: 'Keeper',
  department: 'Lamp',
  birthday: '2000-02-29',
  webPage: 'https://lamp.example',
  note: 'One line',
  categories: [{ name: 'Lamp' }],
  custom: [
    { key: 'Boat', value: 'None' },
    { key: 'Lamp', value: 'Fresnel' },
  ],
};

export const contacts: StreamDriver = {
  rows: { read: 600, write: 45 },
  open: (rows) =>
    open({ accounts: [{ email: EMAIL, rows }] }, (on, now) => {
      const { contacts } = on.mailbox();
      return {
        ids: () => contacts.list().map(({ id }) => String(id)),
        edit: (id) => contacts.edit(id, { nickName: `Edited elsewhere ${now()}` }),
        delete: contacts.delete,
        decorate: (id) => contacts.edit(id, DECORATION),
        decoration: (id) => [...new Set(JSON.stringify(contacts.get(id)).match(/by hand [\w ]+/g))].sort().join(),
        misfit: () => contacts.add({ givenName: 'Long', personalNotes: 'x'.repeat(200_000) }),
      };
    }),
  values: { one, other },
  impossible: { field: 'birthday', fields: { birthday: '2026-02-30' } },
  operations: { list: 'contacts.delta', fetch: 'batch.GET', create: 'batch.POST', update: 'batch.PATCH', remove: 'batch.DELETE' },
  repeating: repeating('/me/contacts/delta'),
};

const oneEvent: Values = {
  title: 'Quarterly planning',
  description: 'Figures first\nthen plans <all of them>',
  location: 'Quay 1, Cork',
  // Zones that stand for their Windows name: of others Exchange keeps the sibling.
  start: { local: '2026-03-28T09:00:00', zone: 'Europe/Berlin' },
  end: { local: '2026-03-28T10:30:00', zone: 'Europe/Berlin' },
  recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=SA;INTERVAL=2',
  status: 'confirmed',
};

const otherEvent: Values = {
  title: 'Planning',
  description: 'Plans only',
  location: 'Lighthouse',
  start: { local: '2026-02-07T08:00:00', zone: 'America/New_York' },
  end: { local: '2026-03-28T18:30:00', zone: 'Europe/London' },
  recurrence: 'RRULE:FREQ=MONTHLY;BYDAY=-1SA;COUNT=3',
  status: 'tentative',
};

const TO_DECORATE: Thing = {
  sensitivity: 'normal',
  importance: 'high',
  categories: ['by hand red'],
  reminderMinutesBeforeStart: 42,
  attendees: [{ type: 'resource', emailAddress: { name: 'by hand room', address: 'room@contoso.example' } }],
  singleValueExtendedProperties: [{ id: 'String {00020329-0000-0000-c000-000000000046} Name other', value: 'by hand tool' }],
};

export const events: StreamDriver = {
  rows: { read: 250, write: 25 },
  open: (rows) =>
    open({ accounts: [{ email: EMAIL, events: rows }] }, (on, now) => {
      const { events } = on.mailbox();
      return {
        ids: () => events.list().map(({ id }) => String(id)),
        edit: (id) => events.edit(id, { subject: `Edited elsewhere ${now()}` }),
        delete: events.delete,
        decorate: (id) => events.edit(id, TO_DECORATE),
        decoration: (id) => {
          const text = JSON.stringify(events.get(id));
          return [...new Set(text.match(/by hand \w+|"importance":"high"|:42\b/g))].sort().join();
        },
        misfit: () => {
          const moment = { dateTime: '2026-03-02T10:00:00', timeZone: 'UTC' };
          return events.add({ subject: 'Where?', start: moment, end: moment, originalStartTimeZone: 'Customized Time Zone' });
        },
      };
    }),
  values: { one: oneEvent, other: otherEvent },
  apart: ['startDate', 'endDate'],
  fresh: () => ({ start: oneEvent.start!, end: oneEvent.end! }),
  neverBlank: ['start', 'end', 'status'],
  impossible: { field: 'start', fields: { start: { local: '2026-02-30T09:00:00', zone: 'Europe/Dublin' } } },
  operations: {
    list: 'calendarView.delta',
    fetch: 'batch.GET',
    create: 'batch.POST',
    update: 'batch.PATCH',
    remove: 'batch.DELETE',
  },
  repeating: repeating('/me/calendarView/delta'),
};

const oneTask: Values = {
  title: 'Call the ferry office',
  notes: 'Twice\nif need be',
  due: '2026-03-29',
  remind: '2026-03-29T07:00:00.000Z',
  status: 'in progress',
  priority: 'high',
};

const otherTask: Values = {
  title: 'Call again',
  notes: 'Once',
  due: '2026-10-25',
  remind: '2026-10-25T08:00:00.000Z',
  status: 'done',
  priority: 'low',
};

export const tasks: StreamDriver = {
  rows: { read: 250, write: 25 },
  open: (rows) =>
    open({ accounts: [{ email: EMAIL, tasks: rows }] }, (on, now) => {
      const { tasks } = on.mailbox();
      const list = encodeURIComponent(on.accounts()[0]!.defaultList);
      const bare = (id: string) => decodeURIComponent(id.split('/')[1]!);
      const named = (id: unknown) => `${list}/${encodeURIComponent(String(id))}`;
      return {
        ids: () => tasks.list().map(({ id }) => named(id)),
        edit: (id) => tasks.edit(bare(id), { title: `Edited elsewhere ${now()}` }),
        delete: (id) => tasks.delete(bare(id)),
        decorate: (id) =>
          tasks.edit(bare(id), {
            categories: ['by hand red'],
            startDateTime: { dateTime: '2026-03-01T00:00:00', timeZone: 'Europe/Berlin' },
          }),
        decoration: (id) => JSON.stringify([tasks.get(bare(id))?.categories, tasks.get(bare(id))?.startDateTime]),
        misfit: () => named(tasks.add({ title: 'x'.repeat(300) })),
      };
    }),
  values: { one: oneTask, other: otherTask },
  fresh: () => ({ title: 'Made' }),
  neverBlank: ['status', 'priority'],
  impossible: { field: 'due', fields: { due: '2026-02-30' } },
  operations: { list: 'tasks.delta', fetch: 'batch.GET', create: 'batch.POST', update: 'batch.PATCH', remove: 'batch.DELETE' },
  repeating: () => {
    const { base, end } = repeating('/me/todo/lists/L/tasks/delta')();
    nock(base.graph!)
      .persist()
      .get('/v1.0/me/todo/lists')
      .query(true)
      .reply(200, { value: [{ id: 'L', displayName: 'Tasks' }] });
    return { base, end };
  },
};

export const users: StreamDriver = {
  rows: { read: 250, write: 0 },
  open: (rows) =>
    open({ accounts: [{ email: EMAIL }], users: rows }, ({ directory }, now) => ({
      ids: () => directory.all().map(({ id }) => id),
      edit: (id) => directory.change(id, { jobTitle: `Edited elsewhere ${now()}` }),
      delete: directory.remove,
      misfit: () => directory.add({ displayName: 'x'.repeat(5_000), userPrincipalName: 'long@contoso.example' }).id,
    })),
  operations: { list: 'users.delta', fetch: 'batch.GET' },
  repeating: repeating('/users/delta'),
};
