import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { client, items, object } from './client.ts';
import { startEmulators } from './index.ts';

const CHECK = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'tools', 'check-traffic.mjs');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every operation once, some of them struck by a fault. */
async function everything(log: string): Promise<void> {
  const on = await startEmulators({ traffic: log, gsuite: { accounts: [{ email: 'ada@example.com', rows: 1200 }] } });
  const { gsuite } = on;
  try {
    const api = client(gsuite);
    const all =
      'names,nicknames,emailAddresses,phoneNumbers,addresses,organizations,birthdays,urls,biographies,userDefined,clientData,memberships,relations,events,externalIds,photos,metadata';
    const { people, nextSyncToken } = await api.all({ personFields: all, pageSize: '1000' });
    const names = people.slice(0, 3).map((one) => String(one.resourceName));
    gsuite.people().delete(names[0] ?? '');
    gsuite.people().rename(names[1] ?? '');
    await api.all({ personFields: all, pageSize: '1000', syncToken: nextSyncToken });
    gsuite.expireSyncTokens();
    await api.list({ personFields: all, syncToken: nextSyncToken });
    await api.call('GET', '/v1/people:batchGet', { personFields: all, resourceNames: names });
    const { body } = await api.create(
      { names: [{ givenName: 'Zoë' }], birthdays: [{ date: { month: 2, day: 29 } }] },
      { personFields: all },
    );
    const name = String(body.resourceName);
    await api.update(name, 'names', { etag: body.etag ?? '', names: [{ givenName: 'Zoé' }] });
    const { body: now } = await api.get(name);
    const contacts = {
      [name]: { etag: now.etag ?? '', nicknames: [{ value: 'Z' }] },
      [names[0] ?? '']: { etag: '%old', nicknames: [] },
    };
    await api.call('POST', '/v1/people:batchUpdateContacts', {}, { contacts, updateMask: 'nicknames', readMask: all });
    const made = await api.call(
      'POST',
      '/v1/people:batchCreateContacts',
      {},
      { contacts: [{ contactPerson: { urls: [{ value: 'https://a.example' }] } }], readMask: all },
    );
    const created = items(made.body.createdPeople).map((one) => String(object(one.person).resourceName));
    await api.call('POST', '/v1/people:batchDeleteContacts', {}, { resourceNames: created });
    await api.call('DELETE', `/v1/${name}:deleteContact`);
    gsuite.faults.add({ kind: 'malformed' });
    await api.list().catch(() => undefined);
    gsuite.faults.add({ kind: 'lost' });
    await api.list().catch(() => undefined);
    await api.call('GET', '/oauth2/v2/userinfo');
    const url = new URL('o/oauth2/v2/auth', gsuite.origin);
    url.search = String(
      new URLSearchParams({
        response_type: 'code',
        client_id: 'switchboard-demo',
        redirect_uri: 'http://127.0.0.1/cb',
        scope: 'openid',
      }),
    );
    const code = new URL(await gsuite.consent(url.href)).searchParams.get('code') ?? '';
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'http://127.0.0.1/cb',
      client_id: 'switchboard-demo',
      client_secret: 'demo-secret',
    };
    await fetch(`${gsuite.origin}token`, { method: 'POST', body: new URLSearchParams(form) });
    await fetch(`${gsuite.origin}revoke`, { method: 'POST', body: new URLSearchParams({ token: gsuite.grant().accessToken }) });
  } finally {
    await on.close();
  }
}

test('every exchange is a line with the real address, without secrets', async () => {
  const log = join(folder, 'traffic.jsonl');
  await everything(log);
  const lines = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ service: 'gsuite', kind: 'call', method: 'GET', faulted: false });
  expect(lines[0].url).toMatch(/^https:\/\/people\.googleapis\.com\/v1\/people\/me\/connections\?/);
  expect(lines[0].request.headers.authorization).toMatch(/^Bearer xxxx\.x/);
  expect(lines.filter((line) => line.faulted)).toHaveLength(2);
  expect(lines.filter((line) => line.response === null)).toHaveLength(1);
  expect(new Set(lines.map((line) => new URL(line.url).host))).toEqual(
    new Set(['people.googleapis.com', 'www.googleapis.com', 'accounts.google.com', 'oauth2.googleapis.com']),
  );
});

test.skipIf(!existsSync(CHECK))(
  'the traffic fits the service’s own specification (skipped where the vendors’ facts are not at hand)',
  async () => {
    const log = join(folder, 'traffic.jsonl');
    await everything(log);
    const { stdout } = await promisify(execFile)(process.execPath, [CHECK, '--json', '--strict', log]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, violations: 0 });
  },
);
