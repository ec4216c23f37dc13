/** What breaks the rules of the specification, on purpose: none of it is recorded. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Emulators, startEmulators } from './index.ts';
import { codeOf, phone } from './phone.ts';
import type { Ringcentral } from './ringcentral/contract.ts';

let all: Emulators;
let on: Ringcentral;
beforeEach(async () => {
  all = await startEmulators({ traffic: null });
  on = all.ringcentral;
});
afterEach(() => all.close());

test('values that are none are CMN-101 with the name of the parameter', async () => {
  const api = phone(on);
  for (const [path, name, value] of [
    ['~/call-log', 'direction', 'Sideways'],
    ['~/call-log', 'dateFrom', 'yesterday'],
    ['~/call-log', 'perPage', '0'],
    ['~/call-log', 'view', 'Sketchy'],
    ['~/extension/~/message-store', 'messageType', 'Letter'],
    ['~/extension/~/address-book-sync', 'syncType', 'Sync'],
  ] as const) {
    const answer = await api.get(path, { [name]: value });
    expect([path, answer.status, codeOf(answer), answer.body.parameterName]).toEqual([path, 400, 'CMN-101', name]);
  }
});

test('bodies that are none are CMN-103, grants that are none unsupported_grant_type, addresses that are none CMN-102', async () => {
  const api = phone(on);
  const headers = { authorization: `Bearer ${on.grant().accessToken}`, 'content-type': 'application/json' };
  const address = `${on.hosts.platform}restapi/v1.0/subscription`;
  for (const body of ['{"eventFilters":', '[]']) {
    const answer = await fetch(address, { method: 'POST', headers, body });
    expect(await answer.json()).toMatchObject({ errorCode: 'CMN-103' });
  }
  const form = new URLSearchParams({ grant_type: 'password', client_id: 'switchboard-demo', client_secret: 'demo-secret' });
  const token = await fetch(`${on.hosts.platform}restapi/oauth/token`, { method: 'POST', body: form });
  expect(await token.json()).toMatchObject({ error: 'unsupported_grant_type' });
  expect(codeOf(await api.get('restapi/v2.0/nowhere'))).toBe('CMN-102');
  expect(codeOf(await api.subscribe('no address'))).toBe('CMN-101');
});

test('a contact’s field is cleared by null, though the specification does not say that null may be sent', async () => {
  const api = phone(on);
  const contact = on.addContact('ann', { firstName: 'Ada', lastName: 'Lovelace' });
  const path = `~/extension/~/address-book/contact/${contact.id}`;
  expect((await api.call('PATCH', path, { body: { lastName: null } })).body).not.toHaveProperty('lastName');
});
