/** G Suite: Google Workspace and Google accounts, through Google's APIs, one for each stream. Quirks and links in README.md. */
import type { Connector } from '#kit/connector.ts';
import { contacts } from './contacts.ts';
import { events } from './events.ts';
import { explain } from './faults.ts';
import { files } from './files.ts';
import { accountOf } from './identity.ts';
import { ALWAYS, SCOPES } from './scopes.ts';
import { tasks } from './tasks.ts';
import { users } from './users.ts';
import { webhooks } from './webhooks.ts';

export const gsuite = {
  name: 'gsuite',
  title: 'G Suite',
  docs: 'https://developers.google.com/people',
  base: {
    people: 'https://people.googleapis.com',
    oauth: 'https://oauth2.googleapis.com',
    accounts: 'https://accounts.google.com',
    www: 'https://www.googleapis.com',
    tasks: 'https://tasks.googleapis.com',
    admin: 'https://admin.googleapis.com',
  },
  auth: {
    kind: 'oauth2',
    authorize: { api: 'accounts', path: '/o/oauth2/v2/auth' },
    token: { api: 'oauth', path: '/token' },
    revoke: { api: 'oauth', path: '/revoke', bare: true },
    scopes: { always: ALWAYS, streams: SCOPES, byChoice: ['events', 'tasks', 'files', 'users'] },
    pkce: true,
    client: 'post',
    rotates: false,
    // Without these two there is no refresh token, or only the first time somebody signs in.
    params: { access_type: 'offline', prompt: 'consent', include_granted_scopes: 'true' },
  },
  limits: {
    groups: {
      reads: { perMinute: 90, per: 'account' },
      writes: { perMinute: 90, atOnce: 1, per: 'account' },
      calendar: { perMinute: 600, per: 'account' },
      tasks: { perDay: 50_000, per: 'app' },
      drive: { perMinute: 325_000, per: 'account' }, // in units
      directory: { perMinute: 600, per: 'account' },
    },
    timeout: 60_000,
  },
  settings: {
    invitations: { kind: 'choice', title: 'Mail to guests for what is written', options: ['none', 'externalOnly', 'all'] },
  },
  streams: { contacts, events, tasks, files, users },
  webhooks,
  check: accountOf,
  explain,
} as const satisfies Connector;
