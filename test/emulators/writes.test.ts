import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { client, errorOf, items, object } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';

let on: Emulators;
beforeEach(async () => {
  on = await startEmulators({ gsuite: { accounts: [{ email: 'ada@example.com', rows: 20 }] } });
});
afterEach(() => on.close());

const ADA = {
  names: [{ givenName: 'Ada', familyName: 'Lovelace' }],
  emailAddresses: [{ value: 'ada@lovelace.example', type: 'work' }],
  phoneNumbers: [{ value: '(212) 555-0100', type: 'mobile' }],
};
const sourcesOf = (person: { metadata?: unknown }) =>
  JSON.parse(JSON.stringify(object(JSON.parse(JSON.stringify(person.metadata ?? {}))).sources ?? []));

test('a created contact is shown as Google shows it', async () => {
  const { status, body } = await client(on.gsuite).create(ADA);
  expect(status).toBe(200);
  expect(items(body.names)[0]).toMatchObject({
    displayName: 'Ada Lovelace',
    displayNameLastFirst: 'Lovelace, Ada',
    unstructuredName: 'Ada Lovelace',
  });
  expect(items(body.emailAddresses)[0]).toMatchObject({
    formattedType: 'Work',
    metadata: { primary: true, source: { type: 'CONTACT' } },
  });
  expect(items(body.phoneNumbers)[0]).toMatchObject({ value: '(212) 555-0100', canonicalForm: '+12125550100' });
  expect(on.gsuite.people().get(String(body.resourceName))?.memberships).toMatchObject([
    { contactGroupMembership: { contactGroupId: 'myContacts' } },
  ]);
});

test('an update replaces whole lists of the mask, leaves the rest, and wants the newest etag', async () => {
  const api = client(on.gsuite);
  const created = await api.create(ADA);
  const name = String(created.body.resourceName);
  const etag = String(created.body.etag);
  const updated = await api.update(name, 'emailAddresses,phoneNumbers', {
    etag,
    emailAddresses: [{ value: 'new@lovelace.example' }],
    names: [{ givenName: 'Ignored' }],
  });
  expect(updated.status).toBe(200);
  expect(items(updated.body.emailAddresses).map((one) => one.value)).toEqual(['new@lovelace.example']);
  expect(updated.body.phoneNumbers).toBeUndefined();
  expect(items(updated.body.names)[0]?.displayName).toBe('Ada Lovelace');
  const stale = await api.update(name, 'emailAddresses', { etag, emailAddresses: [] });
  expect(stale.status).toBe(400);
  expect(errorOf(stale)).toMatchObject({
    status: 'FAILED_PRECONDITION',
    errors: [{ reason: 'failedPrecondition' }],
    message: expect.stringContaining('Clear local cache'),
  });
  const sources = sourcesOf(updated.body);
  const bySource = await api.update(name, 'nicknames', { metadata: { sources }, nicknames: [{ value: 'Countess' }] });
  expect(bySource.status).toBe(200);
  expect((await api.update(name, 'nicknames', { metadata: { sources }, nicknames: [] })).status).toBe(400);
});

test('removing every group is refused', async () => {
  const api = client(on.gsuite);
  const { body } = await api.create(ADA);
  expect((await api.update(String(body.resourceName), 'memberships', { etag: body.etag ?? '', memberships: [] })).status).toBe(
    400,
  );
});

test('a batch update gives each contact its own status', async () => {
  const api = client(on.gsuite);
  const [a, b] = [(await api.create(ADA)).body, (await api.create(ADA)).body];
  on.gsuite.people().edit(String(b.resourceName), { nicknames: [{ value: 'moved' }] });
  const contacts = {
    [String(a.resourceName)]: { etag: a.etag ?? '', nicknames: [{ value: 'A' }] },
    [String(b.resourceName)]: { etag: b.etag ?? '', nicknames: [{ value: 'B' }] },
  };
  const body = { contacts, updateMask: 'nicknames', readMask: 'nicknames,metadata' };
  const { status, body: answer } = await api.call('POST', '/v1/people:batchUpdateContacts', {}, body);
  expect(status).toBe(200);
  expect(object(answer.updateResult)).toMatchObject({
    [String(a.resourceName)]: { httpStatusCode: 200, person: { nicknames: [{ value: 'A' }] } },
    [String(b.resourceName)]: {
      httpStatusCode: 400,
      status: { code: 9, message: expect.stringContaining('different than the current') },
    },
  });
  expect(on.gsuite.people().get(String(b.resourceName))?.nicknames).toMatchObject([{ value: 'moved' }]);
  on.gsuite.setBatchFailures('whole');
  expect((await api.call('POST', '/v1/people:batchUpdateContacts', {}, body)).status).toBe(400);
});

test('batches of creations and deletions', async () => {
  const api = client(on.gsuite);
  const contacts = Array.from({ length: 200 }, (_, i) => ({
    contactPerson: { names: [{ givenName: `P${i}` }], clientData: [{ key: 'mark', value: `m${i}` }] },
  }));
  const created = await api.call(
    'POST',
    '/v1/people:batchCreateContacts',
    {},
    { contacts, readMask: 'names,clientData,metadata' },
  );
  const people = items(created.body.createdPeople).map((one) => object(one.person));
  expect(people).toHaveLength(200);
  expect(items(people[7]?.clientData)[0]).toMatchObject({ key: 'mark', value: 'm7' });
  expect(
    (await api.call('POST', '/v1/people:batchCreateContacts', {}, { contacts: contacts.slice(0, 1), readMask: '' })).body,
  ).toEqual({});
  const resourceNames = people.map((one) => String(one.resourceName));
  expect((await api.call('POST', '/v1/people:batchDeleteContacts', {}, { resourceNames })).body).toEqual({});
  expect(on.gsuite.people().count()).toBe(21);
  expect((await api.call('POST', '/v1/people:batchDeleteContacts', {}, { resourceNames })).status).toBe(404);
  const last = String(on.gsuite.people().list().at(-1)?.resourceName);
  expect((await api.call('DELETE', `/v1/${last}:deleteContact`)).body).toEqual({});
  expect((await api.call('DELETE', `/v1/${last}:deleteContact`)).status).toBe(404);
});

test('writes that overlap are counted', async () => {
  const api = client(on.gsuite);
  on.gsuite.faults.add({ kind: 'slow', ms: 50, times: 2 });
  await Promise.all([api.create(ADA), api.create(ADA)]);
  expect(on.gsuite.counters.overlappingWrites).toBe(1);
  expect(on.gsuite.counters.calls['people.people.createContact']).toBe(2);
});

describe('what no client of ours may send', () => {
  let quiet: Emulators;
  beforeEach(async () => {
    quiet = await startEmulators({ traffic: null });
  });
  afterEach(() => quiet.close());

  test('two values of a singleton', async () => {
    const refused = await client(quiet.gsuite).create({ names: [{ givenName: 'A' }, { givenName: 'B' }] });
    expect(refused.status).toBe(400);
    expect(errorOf(refused).message).toBe('Cannot have more than one person.names per source.');
  });

  test.each([
    [{ nmaes: [] }, 'Unknown name "nmaes" at \'person\': Cannot find field.'],
    [{ emailAddresses: [{ value: 'a@b.example', kind: 'x' }] }, "at 'person.email_addresses[0]'"],
    [{ names: [{ givenName: 7 }] }, "Invalid value at 'person.names[0].given_name' (TYPE_STRING), 7"],
    [{ biographies: [{ value: 'x', contentType: 'MARKDOWN' }] }, 'TYPE_ENUM'],
    [{ birthdays: [{ date: { year: 2001, month: 2, day: 30 } }] }, 'Invalid date'],
    [{ names: [{ givenName: '\ud800' }] }, 'invalid UTF-8'],
  ])('a body the reader refuses: %j', async (person, message) => {
    const refused = await client(quiet.gsuite).create(person);
    expect(refused.status).toBe(400);
    expect(errorOf(refused)).toMatchObject({ status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) });
  });

  test('an update without an etag, with a read-only field in its mask, or of nobody', async () => {
    const api = client(quiet.gsuite);
    const { body } = await api.create(ADA);
    const name = String(body.resourceName);
    expect(errorOf(await api.update(name, 'names', { names: [] })).message).toContain('etag');
    expect((await api.update(name, 'photos', { etag: body.etag ?? '' })).status).toBe(400);
    expect((await api.update('people/c404', 'names', { etag: 'x', names: [] })).status).toBe(404);
  });

  test('too large a batch', async () => {
    const contacts = Array.from({ length: 201 }, () => ({ contactPerson: {} }));
    expect(
      (await client(quiet.gsuite).call('POST', '/v1/people:batchCreateContacts', {}, { contacts, readMask: '' })).status,
    ).toBe(400);
  });

  test('output-only members are passed over', async () => {
    const { body } = await client(quiet.gsuite).create({
      names: [{ givenName: 'A', displayName: 'Z' }],
      photos: [{ url: 'https://x.example' }],
    });
    expect(items(body.names)[0]?.displayName).toBe('A');
  });
});
