import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { afterEach, describe, expect, it } from 'vitest';
import { checkServices } from '#hub/cli/doctor/services.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { openHub } from '#hub/open.ts';
import { reach } from '#kit/reach.ts';
import { testDatabase } from '#test/database.ts';

const { signal } = new AbortController();
afterEach(() => nock.cleanAll());

async function clockFinding() {
  const { store } = await testDatabase();
  const config = readConfig({ SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}` });
  const hub = await openHub(config, openLog('silent'), { store: Promise.resolve(store) });
  const findings = await checkServices(hub, 1, signal);
  return findings.find((finding) => finding.name === 'G Suite: clock');
}

describe('The clock against a service', () => {
  it('is well within a minute, wrong beyond', async () => {
    const at = (ms: number) =>
      nock('https://oauth2.googleapis.com')
        .head('/')
        .reply(404, '', { date: new Date(Date.now() + ms).toUTCString() });
    at(0);
    expect(await clockFinding()).toMatchObject({ state: 'well' });
    at(600_000);
    expect(await clockFinding()).toMatchObject({ state: 'wrong', advice: expect.stringContaining('NTP') });
  });

  it('cannot be told where nobody answers', async () => {
    nock('https://oauth2.googleapis.com')
      .head('/')
      .replyWithError(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }));
    expect(await clockFinding()).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('oauth2.googleapis.com does not answer'),
    });
  });
});

describe('Reaching an address', () => {
  it('follows nobody and reads no body', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end(),
    ).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await reach(`http://127.0.0.1:${port}/`, signal)).toMatchObject({ status: 302, apart: expect.any(Number) });
    server.close();
    await expect(reach(`http://127.0.0.1:${port}/`, signal)).rejects.toThrow(/127\.0\.0\.1:\d+ does not answer: ECONN/);
  });
});
