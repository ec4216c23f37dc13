/** What can be heard of a call: its record bears an address of ours, and whoever may listen gets the sound from the service. */
import { beforeAll, describe, expect, test } from 'vitest';
import { openPhoneHub, type PhoneHub } from './hub.ts';

const MINUTE = 60_000;

let phone: PhoneHub;
let editor: string;
beforeAll(async () => {
  phone = await openPhoneHub();
  editor = await phone.key('editor');
});

const ask = (address: unknown, key: string | null = editor, init: RequestInit = {}) =>
  fetch(String(address), { ...init, headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...init.headers } });

async function recorded(): Promise<string> {
  const { truths } = phone.emulators.ringcentral.ring('recording-late');
  await phone.pass(MINUTE);
  await phone.read('calls');
  await phone.pass(60 * MINUTE);
  await phone.read('calls');
  return truths[0]!.telephonySessionId;
}

describe('a recording', () => {
  test('has an address of ours, which only whoever may listen can open', async () => {
    const { truths } = phone.emulators.ringcentral.ring('recording-late');
    const session = truths[0]!.telephonySessionId;
    await phone.pass(MINUTE);
    await phone.read('calls');
    expect((await phone.callOf(session)).fields.recording).toBeUndefined();
    await phone.pass(60 * MINUTE);
    await phone.read('calls');
    const { id, fields } = await phone.callOf(session);
    expect(fields.recording).toBe(`${phone.url}/api/calls/${id}/recording`);
    expect(JSON.stringify(fields)).not.toContain(phone.emulators.hosts.ringcentral!.media);
    const answer = await ask(fields.recording);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
    const sound = Buffer.from(await answer.arrayBuffer());
    expect(sound.length).toBeGreaterThan(1_000);
    expect([...answer.headers.values()].join()).not.toMatch(/bearer|token/i);
    expect((await ask(fields.recording, null)).status).toBe(401);
    expect((await ask(fields.recording, await phone.key('reader'))).status).toBe(403);
    const other = await phone.hub.store.installation((tx) =>
      tx.query<{ workspace: number }>(`insert into workspaces (name) values ('Another firm') returning workspace`),
    );
    const stranger = await ask(fields.recording, await phone.key('admin', other[0]!.workspace));
    expect([stranger.status, stranger.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    const head = await ask(fields.recording, editor, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('what is not there, and what the service will not give, is said as problem details', async () => {
    const { id, fields } = await phone.callOf(await recorded());
    const second = await ask(`${fields.recording}?part=2`);
    expect(second.status).toBe(404);
    expect(await second.json()).toMatchObject({ problems: [{ path: 'part', found: '2', allowed: '1 to 1' }] });
    expect((await ask(`${phone.url}/api/calls/${id}/voicemail`)).status).toBe(404);
    expect((await ask(`${phone.url}/api/calls/${id.replace(/^./, 'f')}/recording`)).status).toBe(404);
    expect((await ask(`${phone.url}/api/calls/none/recording`)).status).toBe(404);
    expect((await ask(`${fields.recording}?part=0`)).status).toBe(422);
    const { faults } = phone.emulators.ringcentral;
    for (const [status, told] of [
      [404, 422],
      [403, 422],
      [503, 503],
    ] as const) {
      faults.add({ operation: 'readCallRecordingContent', kind: 'status', status, times: 0 });
      const answer = await ask(fields.recording);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([told, 'application/problem+json']);
      expect(await answer.text()).not.toMatch(/bearer|authorization/i);
      faults.clear();
    }
  });
});

describe('a voicemail', () => {
  test.each(['log first', 'message first'])('%s: the call has its address and what was understood', async (order) => {
    const { truths } = phone.emulators.ringcentral.ring('voicemail-with-transcript');
    const session = truths[0]!.telephonySessionId;
    await phone.pass(MINUTE);
    const streams = order === 'log first' ? (['calls', 'messages'] as const) : (['messages', 'calls'] as const);
    for (const stream of streams) await phone.read(stream);
    const { id, fields } = await phone.callOf(session);
    expect(fields).toMatchObject({
      outcome: 'voicemail',
      voicemail: `${phone.url}/api/calls/${id}/voicemail`,
      transcript: expect.stringContaining('delivery on Friday'),
    });
    const answer = await ask(fields.voicemail);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
  });
});
