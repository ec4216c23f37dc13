import nock from 'nock';
import type { Values } from '#kit/fields.ts';
import type { StreamDriver, World } from '../world.ts';
import { EMAIL, signedIn } from './gsuite.ts';

async function open(rows: number): Promise<World> {
  const { gsuite, world } = await signedIn({ events: rows });
  const agenda = gsuite.agenda();
  const bare = (id: string) => id.slice(EMAIL.length + 1);
  return {
    ...world,
    ids: () => agenda.list().map((event) => `${EMAIL}/${event.id}`),
    edit: (id) => agenda.edit(bare(id), { summary: `Edited ${world.now()}` }),
    delete: (id) => agenda.delete(bare(id)),
    decorate: (id) =>
      agenda.edit(bare(id), {
        visibility: 'default',
        colorId: '7',
        attendees: [
          { email: 'known@example.com', comment: 'Brings cake', additionalGuests: 2 },
          { email: 'room@resource.calendar.google.com', resource: true },
        ],
        reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 42 }] },
        extendedProperties: { shared: { otherTool: '4711' } },
      }),
    decoration: (id) => {
      const { colorId, attendees, reminders, extendedProperties } = agenda.get(bare(id)) ?? {};
      const text = JSON.stringify({ colorId, attendees, reminders, extendedProperties });
      return ['"colorId":"7"', 'Brings cake', '"additionalGuests":2', 'room@resource', '42', '4711']
        .filter((one) => text.includes(one))
        .join();
    },
    misfit: () => {
      const moment = { dateTime: '2026-03-02T10:00:00', timeZone: 'Europe/London' };
      return `${EMAIL}/${agenda.add({ start: moment, end: moment, raw: { status: 'perhaps' } })}`;
    },
  };
}

const one: Values = {
  title: 'Quarterly planning',
  description: 'Figures first\nthen plans',
  location: 'Quay 1, Cork',
  start: { local: '2026-03-28T09:00:00', zone: 'Europe/Dublin' },
  end: { local: '2026-03-28T10:30:00', zone: 'Europe/Dublin' },
  recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=SA\nEXDATE;TZID=Europe/Dublin:20260404T090000',
  attendees: [
    { address: 'zoe@work.example', name: 'Zoë', answer: 'accepted' },
    { address: 'finn@work.example', answer: 'none', optional: true },
  ],
  status: 'confirmed',
};

const other: Values = {
  title: 'Planning',
  description: 'Plans only',
  location: 'Lighthouse',
  start: { local: '2026-03-28T08:00:00', zone: 'Europe/Dublin' },
  end: { local: '2026-03-28T12:30:00', zone: 'Europe/Berlin' },
  recurrence: 'RRULE:FREQ=DAILY;COUNT=3',
  attendees: [
    { address: 'zoe@work.example', name: 'Zoë', answer: 'declined' },
    { address: 'new@work.example', answer: 'none' },
  ],
  status: 'tentative',
};

export const events: StreamDriver = {
  rows: { read: 1050, write: 20 },
  open,
  values: { one, other },
  apart: ['startDate', 'endDate'],
  fresh: () => ({ start: one.start!, end: one.end! }),
  neverBlank: ['start', 'end', 'status'],
  // The list of calendars beside the one that is read.
  idle: 2,
  impossible: { field: 'start', fields: { start: { local: '2026-02-30T09:00:00', zone: 'Europe/Dublin' } } },
  operations: {
    list: 'calendar.events.list',
    fetch: 'calendar.events.get',
    create: 'calendar.events.insert',
    update: 'calendar.events.patch',
    remove: 'calendar.events.delete',
  },
  repeating: () => {
    const www = 'http://www.repeating.test';
    const scope = nock(www).persist();
    scope
      .get('/calendar/v3/users/me/calendarList')
      .query(true)
      .reply(200, { items: [{ id: EMAIL, accessRole: 'owner' }] });
    scope
      .get(/\/calendar\/v3\/calendars\/.*/)
      .query(true)
      .reply(200, { items: [], nextPageToken: 'the same' });
    return { base: { people: www, oauth: www, accounts: www, www }, end: () => nock.cleanAll() };
  },
};
