/** Faxes, and calls of which the service tells strangely. */
import { inbound, legIn, legOut, outbound, recordIn, recordOut, type Story, talked, untaken } from './story.ts';

const FAX = { exception: { reason: 'fax', why: 'a fax is no call' } } as const;

export const odd: readonly Story[] = [
  {
    name: 'fax-inbound',
    title: 'A fax arrives on Ann’s direct number',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [2, 'a2', 'FaxReceive'],
      [2.1, 'a1', 'Answered'],
      [62, 'a1', 'Disconnected'],
      [62.1, 'a2', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        type: 'Fax',
        action: 'Incoming Fax',
        seconds: 62,
        result: 'Received',
        legs: [legIn('ann', { at: 0, seconds: 62, action: 'Incoming Fax', result: 'Received', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { followUp: false, ...FAX })],
  },
  {
    name: 'fax-outbound',
    title: 'Ann sends a fax: the exchange says nothing, the log tells of it',
    sessions: { a: outbound() },
    events: [],
    log: [
      recordOut('ann', {
        type: 'Fax',
        action: 'Outgoing Fax',
        seconds: 48,
        result: 'Sent',
        legs: [legOut('ann', { at: 0, seconds: 48, action: 'Outgoing Fax', result: 'Sent', legType: 'FaxSent', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { direction: 'outbound', followUp: false, ...FAX })],
  },
  {
    name: 'log-only',
    title: 'The exchange says nothing of an answered call; only the log knows it',
    sessions: { a: inbound() },
    events: [],
    log: [
      recordIn('ann', {
        seconds: 75,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 75, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 75)],
  },
  {
    name: 'told-out-of-order',
    title: 'The exchange tells of the end before the middle; sequence numbers say how it was',
    sessions: { a: inbound() },
    events: [
      [0.1, 'a2', 'Setup', { sequence: 3 }],
      [0, 'a1', 'Setup', { sequence: 2 }],
      [5, 'a2', 'Answered', { sequence: 6 }],
      [0.4, 'a2', 'Proceeding', { sequence: 4 }],
      [5.1, 'a1', 'Answered', { sequence: 7 }],
      [50, 'a1', 'Disconnected', { sequence: 12 }],
      [45, 'a2', 'Answered', { sequence: 10 }],
      [30, 'a2', 'Hold', { sequence: 9 }],
      [50, 'a2', 'Disconnected', { sequence: 11 }],
    ],
    log: [
      recordIn('ann', {
        seconds: 50,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 50, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 30)],
  },
  {
    name: 'end-never-told',
    title: 'The exchange never says that the customer hung up; the log does',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [65, 'a2', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 65,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 65, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 60)],
  },
  {
    name: 'record-late',
    title: 'The record stands in the log five minutes later than others',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [4, 'a2', 'Answered'],
      [4.1, 'a1', 'Answered'],
      [34, 'a2', 'Disconnected'],
      [34.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 34,
        result: 'Accepted',
        late: 300,
        legs: [legIn('ann', { at: 0, seconds: 34, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 30)],
  },
  {
    name: 'record-deleted',
    title: 'Ann deletes the call from the log ten minutes later; what was logged stays',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [4, 'a2', 'Answered'],
      [4.1, 'a1', 'Answered'],
      [64, 'a2', 'Disconnected'],
      [64.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 64,
        result: 'Accepted',
        deleted: 600,
        legs: [legIn('ann', { at: 0, seconds: 64, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 60)],
  },
  {
    name: 'failed-inbound',
    title: 'The service fails to connect the call',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [1, 'a2', 'Disconnected', { reason: 'InternalError', missed: true }],
      [1.1, 'a1', 'Disconnected', { reason: 'InternalError' }],
    ],
    log: [
      recordIn('ann', {
        seconds: 1,
        result: 'Internal Error',
        reason: 'Internal Error',
        legs: [legIn('ann', { at: 0, seconds: 1, result: 'Internal Error', master: true })],
      }),
    ],
    expected: [untaken('failed', 'ann')],
  },
];
