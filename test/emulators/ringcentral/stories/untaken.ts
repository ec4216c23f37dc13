/** Calls between one person outside and one inside that nobody takes up. */
import { inbound, legIn, legOut, outbound, recordIn, recordOut, type Story, talked, untaken } from './story.ts';

export const untakenCalls: readonly Story[] = [
  {
    name: 'missed',
    title: 'A customer calls Ann and gives up after twenty seconds of ringing',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.5, 'a2', 'Proceeding'],
      [20, 'a2', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [20.1, 'a1', 'Disconnected', { reason: 'Cancelled' }],
    ],
    log: [
      recordIn('ann', {
        seconds: 20,
        result: 'Missed',
        legs: [legIn('ann', { at: 0, seconds: 20, result: 'Missed', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann')],
  },
  {
    name: 'voicemail-with-transcript',
    title: 'Ann does not answer; the customer leaves a message, which is transcribed',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.5, 'a2', 'Proceeding'],
      [20, 'a2', 'VoiceMail'],
      [20.1, 'a1', 'Answered'],
      [48, 'a2', 'Disconnected', { reason: 'Voicemail', missed: true }],
      [48.1, 'a1', 'Disconnected'],
    ],
    voicemail: {
      of: 'ann',
      from: 'customer',
      at: 52,
      seconds: 24,
      transcript: 'Hello Ann, this is about the delivery on Friday. Please call me back.',
    },
    log: [
      recordIn('ann', {
        seconds: 48,
        result: 'Voicemail',
        message: true,
        legs: [legIn('ann', { at: 0, seconds: 48, result: 'Voicemail', master: true })],
      }),
    ],
    expected: [untaken('voicemail', 'ann', { voicemail: true })],
  },
  {
    name: 'voicemail-hung-up',
    title: 'The call goes to the mailbox and the customer hangs up without a word',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.5, 'a2', 'Proceeding'],
      [20, 'a2', 'VoiceMail'],
      [20.1, 'a1', 'Answered'],
      [23, 'a1', 'Disconnected'],
      [23.1, 'a2', 'Disconnected', { reason: 'Voicemail', missed: true }],
    ],
    log: [
      recordIn('ann', {
        seconds: 23,
        result: 'Missed',
        legs: [legIn('ann', { at: 0, seconds: 23, result: 'Missed', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann')],
  },
  {
    name: 'busy-inbound',
    title: 'A customer calls Ann, whose line is busy',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Disconnected', { reason: 'TargetBusy', missed: true }],
      [0.6, 'a1', 'Disconnected', { reason: 'TargetBusy' }],
    ],
    log: [
      recordIn('ann', {
        seconds: 0,
        result: 'Busy',
        reason: 'Line Busy',
        legs: [legIn('ann', { at: 0, seconds: 0, result: 'Busy', master: true })],
      }),
    ],
    expected: [untaken('busy', 'ann')],
  },
  {
    name: 'busy-outbound',
    title: 'Ann calls a customer whose line is busy',
    sessions: { a: outbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [1, 'a1', 'Proceeding'],
      [4, 'a2', 'Disconnected', { reason: 'TargetBusy' }],
      [4.1, 'a1', 'Disconnected', { reason: 'TargetBusy' }],
    ],
    log: [
      recordOut('ann', {
        seconds: 4,
        result: 'Busy',
        reason: 'Line Busy',
        legs: [legOut('ann', { at: 0, seconds: 4, result: 'Busy', master: true })],
      }),
    ],
    expected: [untaken('busy', 'ann', { direction: 'outbound', followUp: false })],
  },
  {
    name: 'rejected',
    title: 'Ann sees who calls and declines',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Disconnected', { reason: 'Rejected', missed: true }],
      [5.2, 'a1', 'Disconnected', { reason: 'Rejected' }],
    ],
    log: [
      recordIn('ann', {
        seconds: 5,
        result: 'Rejected',
        legs: [legIn('ann', { at: 0, seconds: 5, result: 'Rejected', master: true })],
      }),
    ],
    expected: [untaken('rejected', 'ann')],
  },
  {
    name: 'no-answer-outbound',
    title: 'Ann lets it ring at a customer’s for half a minute; nobody answers',
    sessions: { a: outbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [2, 'a1', 'Proceeding'],
      [32, 'a2', 'Disconnected', { reason: 'NoAnswer' }],
      [32.1, 'a1', 'Disconnected', { reason: 'NoAnswer' }],
    ],
    log: [
      recordOut('ann', {
        seconds: 32,
        result: 'No Answer',
        legs: [legOut('ann', { at: 0, seconds: 32, result: 'No Answer', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { direction: 'outbound', followUp: false })],
  },
  {
    name: 'cancelled-outbound',
    title: 'Ann hangs up before the customer’s phone has rung twice',
    sessions: { a: outbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [1.5, 'a1', 'Proceeding'],
      [5, 'a1', 'Disconnected', { reason: 'Cancelled' }],
      [5.1, 'a2', 'Disconnected', { reason: 'Cancelled' }],
    ],
    log: [
      recordOut('ann', {
        seconds: 5,
        result: 'Hang Up',
        legs: [legOut('ann', { at: 0, seconds: 5, result: 'Hang Up', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { direction: 'outbound', followUp: false })],
  },
  {
    name: 'wrong-number-outbound',
    title: 'Ann dials a number that does not exist',
    outside: { customer: { number: '+14155550100' } },
    sessions: { a: outbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [1, 'a2', 'Disconnected', { reason: 'InvalidNumber' }],
      [1.1, 'a1', 'Disconnected', { reason: 'InvalidNumber' }],
    ],
    log: [
      recordOut('ann', {
        seconds: 1,
        result: 'Wrong Number',
        reason: 'Bad Number',
        legs: [legOut('ann', { at: 0, seconds: 1, result: 'Wrong Number', master: true })],
      }),
    ],
    expected: [untaken('failed', 'ann', { direction: 'outbound', followUp: false })],
  },
  {
    name: 'missed-then-called-back',
    title: 'Ann misses a customer and calls back ten minutes later',
    sessions: {
      a: inbound(),
      b: outbound(),
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [18, 'a2', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [18.1, 'a1', 'Disconnected', { reason: 'Cancelled' }],
      [618, 'b1', 'Setup'],
      [618.1, 'b2', 'Proceeding'],
      [620, 'b1', 'Proceeding'],
      [626, 'b2', 'Answered'],
      [626, 'b1', 'Answered'],
      [716, 'b1', 'Disconnected'],
      [716.1, 'b2', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 18,
        result: 'Missed',
        legs: [legIn('ann', { at: 0, seconds: 18, result: 'Missed', master: true })],
      }),
      recordOut('ann', {
        session: 'b',
        at: 618,
        seconds: 98,
        result: 'Call connected',
        legs: [legOut('ann', { at: 618, seconds: 98, result: 'Call connected', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { calledBack: true }), talked('ann', 90, { session: 'b', direction: 'outbound' })],
  },
];
