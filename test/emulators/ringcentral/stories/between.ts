/** Calls that stay inside the company. */
import { inside, legIn, legOut, recordOut, type Story } from './story.ts';

export const between: readonly Story[] = [
  {
    name: 'internal',
    title: 'Bob calls Ann on her extension; the caller counts as answered seven seconds before she answers, as recorded',
    sessions: { a: inside('bob', 'ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.02, 'a2', 'Setup'],
      [0.06, 'a1', 'Answered'],
      [0.08, 'a2', 'Proceeding'],
      [7, 'a2', 'Answered'],
      [20, 'a2', 'Hold'],
      [30, 'a2', 'Answered'],
      [47, 'a2', 'Disconnected'],
      [47.1, 'a1', 'Disconnected'],
    ],
    log: [
      {
        ...{
          session: 'a',
          at: 0,
          seconds: 47,
          direction: 'Outbound',
          action: 'VoIP Call',
          result: 'Call connected',
          from: 'bob#',
          to: 'ann#',
        },
        legs: [
          legOut('bob', {
            at: 0,
            seconds: 47,
            result: 'Call connected',
            legType: 'ExtensionToExtension',
            from: 'bob#',
            to: 'ann#',
            master: true,
          }),
          legIn('ann', {
            at: 0,
            seconds: 47,
            result: 'Accepted',
            action: 'VoIP Call',
            legType: 'ExtensionToExtension',
            from: 'bob#',
            to: 'ann#',
          }),
        ],
      },
    ],
    expected: [
      {
        ...{ session: 'a', direction: 'internal', outcome: 'answered', extension: 'ann', talkSeconds: 30, followUp: false },
        exception: { reason: 'internal', why: 'both ends are extensions of the company' },
      },
    ],
  },
  {
    name: 'internal-missed',
    title: 'Bob calls Ann on her extension; she does not answer',
    sessions: { a: inside('bob', 'ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.02, 'a2', 'Setup'],
      [0.06, 'a1', 'Answered'],
      [0.08, 'a2', 'Proceeding'],
      [18, 'a1', 'Disconnected', { reason: 'Cancelled' }],
      [18.1, 'a2', 'Disconnected', { reason: 'Cancelled', missed: true }],
    ],
    log: [
      {
        ...{
          session: 'a',
          at: 0,
          seconds: 18,
          direction: 'Outbound',
          action: 'VoIP Call',
          result: 'No Answer',
          from: 'bob#',
          to: 'ann#',
        },
        legs: [
          legOut('bob', {
            at: 0,
            seconds: 18,
            result: 'No Answer',
            legType: 'ExtensionToExtension',
            from: 'bob#',
            to: 'ann#',
            master: true,
          }),
          legIn('ann', {
            at: 0,
            seconds: 18,
            result: 'Missed',
            action: 'VoIP Call',
            legType: 'ExtensionToExtension',
            from: 'bob#',
            to: 'ann#',
          }),
        ],
      },
    ],
    expected: [
      {
        ...{ session: 'a', direction: 'internal', outcome: 'missed', extension: 'ann', talkSeconds: 0, followUp: false },
        exception: { reason: 'internal', why: 'both ends are extensions of the company' },
      },
    ],
  },
  {
    name: 'self-call',
    title: 'Ann calls her own direct number to hear her messages',
    sessions: {
      a: {
        parties: {
          1: { is: 'ann', direction: 'Outbound', from: 'ann', to: 'ann' },
          2: { is: 'ann', direction: 'Inbound', from: 'ann', to: 'ann' },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a1', 'Answered'],
      [0.4, 'a2', 'VoiceMail'],
      [40, 'a1', 'Disconnected'],
      [40.1, 'a2', 'Disconnected', { reason: 'Voicemail' }],
    ],
    log: [
      recordOut('ann', {
        seconds: 40,
        result: 'Call connected',
        to: 'ann',
        legs: [
          legOut('ann', {
            at: 0,
            seconds: 40,
            result: 'Call connected',
            legType: 'ExtensionToExtension',
            to: 'ann',
            master: true,
          }),
        ],
      }),
    ],
    expected: [
      {
        ...{ session: 'a', direction: 'internal', outcome: 'answered', extension: 'ann', talkSeconds: 0, followUp: false },
        exception: { reason: 'self', why: 'both ends are the same extension: somebody hears their own messages' },
      },
    ],
  },
];
