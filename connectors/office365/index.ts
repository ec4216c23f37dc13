/** Office 365: contacts, events, tasks and the people of a firm, through Microsoft Graph. Quirks and links in README.md. */
import type { Connector } from '#kit/connector.ts';
import { CLOUDS } from './clouds.ts';
import { contacts } from './contacts.ts';
import { events } from './events.ts';
import { explain } from './faults.ts';
import { whoAmI } from './identity.ts';
import { tasks } from './tasks.ts';
import { users } from './users.ts';
import { webhooks } from './webhooks.ts';

export const office365 = {
  name: 'office365',
  title: 'Office 365',
  docs: 'https://learn.microsoft.com/graph/api/overview',
  base: CLOUDS.global,
  auth: {
    kind: 'oauth2',
    authorize: { api: 'login', path: 'oauth2/v2.0/authorize' },
    token: { api: 'login', path: 'oauth2/v2.0/token' },
    scopes: {
      always: ['User.Read'],
      streams: {
        contacts: ['Contacts.ReadWrite'],
        events: ['Calendars.ReadWrite'],
        tasks: ['Tasks.ReadWrite'],
        users: ['User.Read.All'],
      },
      // Without it there is no refresh token.
      unnamed: ['offline_access'],
      ofResource: true,
    },
    pkce: true,
    client: 'post',
    rotates: true,
    idle: 90 * 86_400_000,
    params: { prompt: 'select_account', response_mode: 'query' },
  },
  limits: {
    groups: {
      // "10,000 requests in 10 minutes, 4 at once" for each app and mailbox (graph/throttling-limits).
      mailbox: { perMinute: 1_000, atOnce: 4, per: 'account' },
      // Of 3,500 units in 10 seconds for each app and small tenant, of which a reading of users costs two.
      directory: { perMinute: 6_000, per: 'account' },
      subscriptions: { perMinute: 100, per: 'account' },
    },
    timeout: 60_000,
  },
  settings: {
    eventsBackDays: { kind: 'number', title: 'Days of past events that are read (90)' },
    eventsAheadDays: { kind: 'number', title: 'Days of events to come that are read (400)' },
  },
  streams: { contacts, events, tasks, users },
  webhooks,
  check: whoAmI,
  explain,
} as const satisfies Connector;
