/** Calls between one person outside and one inside that are taken up. */
import { inbound, legIn, legOut, outbound, recordIn, recordOut, type Story, talked } from './story.ts';

export const taken: readonly Story[] = [
  {
    name: 'answered-inbound',
    title: 'A customer calls Ann, who answers on her desk phone',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [6, 'a2', 'Answered'],
      [6.1, 'a1', 'Answered'],
      [126, 'a2', 'Disconnected'],
      [126.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 126,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 126, result: 'Accepted', master: true }),
          legIn('ann', {
            at: 0,
            seconds: 126,
            result: 'Accepted',
            direction: 'Outbound',
            action: 'VoIP Call',
            legType: 'PstnToSip',
          }),
        ],
      }),
    ],
    expected: [talked('ann', 120)],
  },
  {
    name: 'answered-outbound',
    title: 'Ann calls a customer, who answers; the recorded order, in which the other side is answered before Ann',
    sessions: { a: outbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [3.5, 'a1', 'Proceeding'],
      [8, 'a2', 'Answered'],
      [8.1, 'a1', 'Answered'],
      [98.1, 'a1', 'Disconnected'],
      [98.2, 'a2', 'Disconnected'],
    ],
    log: [
      recordOut('ann', {
        seconds: 98,
        result: 'Call connected',
        legs: [legOut('ann', { at: 0, seconds: 98, result: 'Call connected', master: true })],
      }),
    ],
    expected: [talked('ann', 90, { direction: 'outbound' })],
  },
  {
    name: 'hold-and-resume',
    title: 'Ann puts the customer on hold three times and comes back each time',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [25, 'a2', 'Hold'],
      [55, 'a2', 'Answered'],
      [65, 'a2', 'Hold'],
      [70, 'a2', 'Answered'],
      [100, 'a2', 'Hold'],
      [145, 'a2', 'Answered'],
      [185, 'a2', 'Disconnected'],
      [185.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 185,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 185, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 100)],
  },
  {
    name: 'recording-late',
    title: 'The whole call is recorded; the recording stands in the log two minutes after the record',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [4, 'a2', 'Answered', { recording: true }],
      [4.1, 'a1', 'Answered'],
      [104, 'a2', 'Disconnected', { recording: true }],
      [104.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 104,
        result: 'Accepted',
        recording: 120,
        legs: [legIn('ann', { at: 0, seconds: 104, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 100, { recording: true })],
  },
  {
    name: 'very-short',
    title: 'Answered and over within two seconds; recorded too briefly to be kept',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Proceeding'],
      [1, 'a2', 'Answered'],
      [1.1, 'a1', 'Answered'],
      [3, 'a1', 'Disconnected'],
      [3, 'a2', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 3,
        result: 'Accepted',
        shortRecording: true,
        legs: [legIn('ann', { at: 0, seconds: 3, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 2)],
  },
  {
    name: 'over-midnight',
    title: 'Ann and a customer talk for two hours and a half, from one day into the next',
    begins: '2026-03-14T22:40:00.000Z',
    sessions: { a: outbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [2, 'a1', 'Proceeding'],
      [10, 'a2', 'Answered'],
      [10, 'a1', 'Answered'],
      [9010, 'a2', 'Disconnected'],
      [9010.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordOut('ann', {
        seconds: 9010,
        result: 'Call connected',
        legs: [legOut('ann', { at: 0, seconds: 9010, result: 'Call connected', master: true })],
      }),
    ],
    expected: [talked('ann', 9000, { direction: 'outbound' })],
  },
  {
    name: 'dst-change',
    title: 'A call during which the clocks of the office go forward by an hour',
    begins: '2026-03-08T06:55:00.000Z',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [4, 'a2', 'Answered'],
      [4.1, 'a1', 'Answered'],
      [904, 'a2', 'Disconnected'],
      [904.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 904,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 904, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 900)],
  },
];
