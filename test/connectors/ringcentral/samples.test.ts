/** What RingCentral itself documents and what was recorded of it: read as it stands. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callFields } from '#connectors/ringcentral/call-fields.ts';
import { callShape } from '#connectors/ringcentral/call-record.ts';
import { contactShape } from '#connectors/ringcentral/contact.ts';
import { messageShape } from '#connectors/ringcentral/message.ts';
import { type RecordShape, sorted } from '#connectors/ringcentral/records.ts';
import { toPlaced } from '#connectors/ringcentral/telephony.ts';
import { webhooks } from '#connectors/ringcentral/webhooks.ts';
import { type JsonObject, objectsOf, parseExactly } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { CallEvent } from '#kit/telephony.ts';
import type { News } from '#kit/webhook.ts';

const folder = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'vendors/samples/ringcentral');
const there = existsSync(folder);
if (!there) console.warn(`RingCentral's samples are not at ${folder}: set VENDOR_FACTS; their tests are skipped`);

const sample = (name: string) => parseExactly(readFileSync(join(folder, `${name}.json`), 'utf8')) as JsonObject;
const parse = (envelope: JsonObject): News[] =>
  webhooks.parse({ method: 'POST', headers: {}, query: '', body: Buffer.from(JSON.stringify(envelope)) });

describe.runIf(there)('samples', () => {
  test.each<[string, RecordShape]>([
    ['doc-call-log-list-detailed', callShape],
    ['doc-call-log-list-simple', callShape],
    ['rec-call-log-list', callShape],
    ['rec-call-log-sync-fsync', callShape],
    ['rec-active-calls', callShape],
    ['rec-message-sync-fsync', messageShape],
    ['rec-address-book-sync-fsync', contactShape],
  ])('%s: every record is a row', (name, shape) => {
    const records = objectsOf(sample(name).records);
    const { rows, misfits } = sorted(records, shape);
    expect(misfits).toEqual([]);
    expect(rows).toHaveLength(records.length);
    for (const row of rows) expect(shape.toRow(JSON.parse(JSON.stringify(row.raw)))).toEqual(row);
  });

  test('a detailed call: the person of the answering leg, and their time rather than all of it', () => {
    const [row] = sorted(objectsOf(sample('doc-call-log-list-detailed').records), callShape).rows;
    expect(row!.fields).toMatchObject({
      extension: '664573005',
      talkSeconds: 55,
      seconds: 194,
      direction: 'inbound',
      outcome: 'answered',
    });
    expect(checkValues(callFields, row!.fields)).toEqual([]);
  });

  test('threads keep every digit', () => {
    const threads = sorted(objectsOf(sample('rec-message-sync-fsync').records), messageShape).rows.map(
      ({ fields }) => fields.thread,
    );
    expect(threads).toEqual(['6015823250778200202', '6015823250778200101', '356628458090137377']);
  });

  test.each(['stream-telephony-outbound-to-pstn', 'stream-telephony-extension-to-extension'])(
    '%s: nine events, in order',
    (name) => {
      const events = (sample(name) as unknown as JsonObject[]).flatMap(parse).map((news) => (news as { event: CallEvent }).event);
      expect(events.map(({ sequence }) => sequence)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(new Set(events.map(({ session }) => session)).size).toBe(1);
      const last = new Map(events.flatMap(({ parties }) => parties.map((party) => [party.id, party.state])));
      expect([...last.values()]).toEqual(['ended', 'ended']);
      expect(events.flatMap(({ parties }) => parties.map(({ state }) => state))).toContain('held');
    },
  );

  test('the outside world is a party without an extension', () => {
    const parties = (sample('stream-telephony-outbound-to-pstn') as unknown as JsonObject[])
      .flatMap(parse)
      .flatMap((news) => (news as { event: CallEvent }).event.parties);
    expect(new Set(parties.map(({ extension, direction }) => `${extension} ${direction}`))).toEqual(
      new Set(['809646016 outbound', 'undefined inbound']),
    );
  });

  test.each([
    ['doc-event-telephony-session', { is: 'call' }],
    ['callcontrol-telephonySessionInboundProceedingMessage', { is: 'call' }],
    ['doc-event-message-store-instant', { is: 'touched', stream: 'messages', id: '606090030016' }],
    ['doc-event-message-store-repaired', { is: 'touched', stream: 'messages' }],
    ['doc-event-voicemail', { is: 'touched', stream: 'messages', id: '82063400004' }],
    ['doc-event-extension-info', { is: 'touched', stream: 'extensions', id: '8475874957' }],
  ])('%s says what it says', (name, news) => {
    expect(parse(sample(name))).toMatchObject([news]);
  });

  test('a RingOut', () => {
    expect(toPlaced(sample('rec-ring-out'))).toMatchObject({
      id: expect.stringMatching(/\w/),
      state: expect.stringMatching(/\w/),
    });
  });
});
