/** Records in the image of what RingCentral answers with. */
import type { JsonObject } from '#kit/json.ts';

export const HOST = 'http://ringcentral.test';
export const MEDIA = 'http://media.ringcentral.test';
export const START = '2026-03-01T10:00:00.000Z';

const later = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();

export function leg(extension: number | undefined, more: JsonObject = {}, from = 0, seconds = 55): JsonObject {
  return {
    startTime: later(from),
    duration: seconds,
    durationMs: seconds * 1000,
    type: 'Voice',
    direction: 'Inbound',
    action: 'Phone Call',
    result: 'Accepted',
    legType: 'Accept',
    ...(extension !== undefined && { extension: { uri: `${HOST}/extension/${extension}`, id: extension } }),
    ...more,
  };
}

/** An inbound call that a person took, as the company's log has it: without an extension of its own. */
export function call(more: JsonObject = {}, session = 's-1'): JsonObject {
  return {
    uri: `${HOST}/restapi/v1.0/account/1/call-log/R${session}?view=Detailed`,
    id: `R${session}`,
    sessionId: '1039811321016',
    telephonySessionId: session,
    startTime: START,
    duration: 194,
    durationMs: 194_060,
    type: 'Voice',
    internalType: 'LocalNumber',
    direction: 'Inbound',
    action: 'Phone Call',
    result: 'Accepted',
    from: { phoneNumber: '+14155550908', name: 'SAN FRANCSCO CA', location: 'San Francisco, CA' },
    to: { phoneNumber: '+15625550778', name: 'Main' },
    transport: 'PSTN',
    lastModifiedTime: later(600),
    billing: { costIncluded: 0.137, costPurchased: 0 },
    legs: [leg(101), leg(101, { legType: 'PstnToSip', direction: 'Outbound', action: 'VoIP Call' })],
    ...more,
  };
}

export function sms(more: JsonObject = {}, id = 5_475_920_007): JsonObject {
  return {
    uri: `${HOST}/restapi/v1.0/account/1/extension/101/message-store/${id}`,
    id,
    type: 'SMS',
    direction: 'Outbound',
    from: { phoneNumber: '+12095550155', name: 'Ada', location: 'Oakdale, CA' },
    to: [{ phoneNumber: '+18555550011' }],
    creationTime: START,
    lastModifiedTime: later(5),
    readStatus: 'Read',
    priority: 'Normal',
    subject: 'See you at ten',
    messageStatus: 'Delivered',
    availability: 'Alive',
    attachments: [{ id, uri: `${MEDIA}/content/${id}`, type: 'Text', contentType: 'text/plain' }],
    conversation: { id: '7876416245344257449', uri: `${HOST}/conversation` },
    ...more,
  };
}

export function session(party: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    sequence: 3,
    sessionId: '425008160016',
    telephonySessionId: 's-a6ab',
    serverId: '10.13.22.28.TAM',
    eventTime: '2026-03-01T10:00:00.340Z',
    parties: [
      {
        accountId: '8096',
        extensionId: '101',
        id: 'p-a6ab-2',
        direction: 'Inbound',
        to: { phoneNumber: '+19045550558', name: 'Ada', extensionId: '101' },
        from: { phoneNumber: '+14085550064' },
        status: { code: 'Setup', rcc: false },
        park: {},
        missedCall: false,
        standAlone: false,
        muted: false,
        ...party,
      },
    ],
    origin: { type: 'Call' },
    ...more,
  };
}

export function notification(body: JsonObject | undefined, event = '/restapi/v1.0/account/8096/telephony/sessions'): JsonObject {
  return {
    uuid: '1823485288313944239',
    event,
    timestamp: START,
    subscriptionId: '53300e7c-5e69-42bf-ab4d-179aabc6e869',
    ownerId: '101',
    ...(body && { body }),
  };
}
