/** RingCentral: telephone calls, messages, contacts and the people of an account. Quirks and links in README.md. */
import type { Connector } from '#kit/connector.ts';
import { check, settings } from './account.ts';
import { actions } from './actions.ts';
import { calls } from './calls.ts';
import { contacts } from './contacts.ts';
import { extensions } from './extensions.ts';
import { explain } from './faults.ts';
import { messages } from './messages.ts';
import { telephony } from './telephony.ts';
import { webhooks } from './webhooks.ts';

export const ringcentral = {
  name: 'ringcentral',
  title: 'RingCentral',
  docs: 'https://developers.ringcentral.com/api-reference',
  base: { platform: 'https://platform.ringcentral.com', media: 'https://media.ringcentral.com' },
  auth: {
    kind: 'oauth2',
    authorize: { api: 'platform', path: '/restapi/oauth/authorize' },
    token: { api: 'platform', path: '/restapi/oauth/token' },
    revoke: { api: 'platform', path: '/restapi/oauth/revoke' },
    // Permissions belong to the app: the answer names them, and a `scope` that is asked for is ignored.
    scopes: {
      ofApp: true,
      always: [],
      streams: { calls: ['ReadCallLog'], messages: ['ReadMessages'], contacts: ['Contacts'], extensions: ['ReadAccounts'] },
    },
    pkce: true,
    client: 'basic',
    rotates: true,
    idle: 7 * 86_400_000,
    group: 'auth',
    assertion: {
      title: 'JWT credential',
      docs: 'https://developers.ringcentral.com/guide/authentication/jwt/create-jwt',
    },
  },
  // Of each person and app, in a sliding minute (guide/basics/rate-limits); RingCentral changes them for single apps.
  limits: {
    groups: {
      light: { perMinute: 50, per: 'account' },
      medium: { perMinute: 40, per: 'account' },
      heavy: { perMinute: 10, per: 'account' },
      auth: { perMinute: 5, per: 'account' },
    },
    timeout: 60_000,
  },
  settings,
  streams: { calls, messages, contacts, extensions },
  actions,
  webhooks,
  telephony,
  check,
  explain,
} as const satisfies Connector;
