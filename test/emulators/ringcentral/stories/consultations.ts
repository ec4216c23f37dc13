/** Calls that one person hands to another after asking. */
import { inside, legIn, legOut, recordIn, recordOut, type SessionPlan, type Story, talked } from './story.ts';

/** The caller, who took the call, and who was given it. */
function handed(first: string, second: string): SessionPlan {
  return {
    parties: {
      1: { is: 'customer', direction: 'Outbound', from: 'customer', to: first },
      2: { is: first, direction: 'Inbound', from: 'customer', to: first },
      3: { is: second, direction: 'Inbound', from: 'customer', to: second },
    },
  };
}

const CONSULTATION = { reason: 'internal', why: 'Ann asks Bob before she hands the call over' } as const;

export const consultations: readonly Story[] = [
  {
    name: 'warm-transfer',
    title: 'Ann holds the customer, asks Bob on a second line, and hands over: Bob moves into the first session',
    sessions: { a: handed('ann', 'bob'), b: inside('ann', 'bob') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [6, 'a2', 'Answered'],
      [6.1, 'a1', 'Answered'],
      [36, 'a2', 'Hold'],
      [38, 'b1', 'Setup'],
      [38.1, 'b2', 'Setup'],
      [38.2, 'b1', 'Answered'],
      [38.4, 'b2', 'Proceeding'],
      [44, 'b2', 'Answered'],
      [64, 'b1', 'Disconnected', { reason: 'AttendedTransfer' }],
      [64, 'a2', 'Disconnected', { reason: 'AttendedTransfer' }],
      [64.1, 'b2', 'Gone', { reason: 'AttendedTransfer', peer: 'a3' }],
      [64.2, 'a3', 'Answered', { peer: 'b2' }],
      [184.2, 'a3', 'Disconnected'],
      [184.3, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 184,
        result: 'Accepted',
        transferTarget: 'b',
        legs: [
          legIn('ann', { at: 0, seconds: 64, result: 'Accepted', master: true }),
          legIn('bob', { at: 64.2, seconds: 120, result: 'Accepted', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
      recordOut('ann#', {
        session: 'b',
        at: 38,
        seconds: 26,
        result: 'Call connected',
        to: 'bob#',
        transferee: 'a',
        legs: [
          legOut('ann', {
            at: 38,
            seconds: 26,
            result: 'Call connected',
            legType: 'ExtensionToExtension',
            from: 'ann#',
            to: 'bob#',
            master: true,
          }),
          legIn('bob', { at: 38.1, seconds: 26, result: 'Accepted', legType: 'ExtensionToExtension', from: 'ann#', to: 'bob#' }),
        ],
      }),
    ],
    expected: [
      talked('bob', 150, { linked: ['b'] }),
      {
        ...{ session: 'b', direction: 'internal', outcome: 'answered', extension: 'bob', talkSeconds: 20, followUp: false },
        ...{ linked: ['a'], exception: CONSULTATION },
      },
    ],
  },
  {
    name: 'warm-transfer-declined',
    title: 'Ann asks Bob, who does not want the call; she returns to the customer',
    sessions: {
      a: { parties: { 1: handed('ann', 'bob').parties[1]!, 2: handed('ann', 'bob').parties[2]! } },
      b: inside('ann', 'bob'),
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [25, 'a2', 'Hold'],
      [27, 'b1', 'Setup'],
      [27.1, 'b2', 'Setup'],
      [27.2, 'b1', 'Answered'],
      [27.4, 'b2', 'Proceeding'],
      [32, 'b2', 'Answered'],
      [42, 'b1', 'Disconnected'],
      [42.1, 'b2', 'Disconnected'],
      [44, 'a2', 'Answered'],
      [84, 'a2', 'Disconnected'],
      [84.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 84,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 84, result: 'Accepted', master: true })],
      }),
      recordOut('ann#', {
        session: 'b',
        at: 27,
        seconds: 15,
        result: 'Call connected',
        to: 'bob#',
        legs: [
          legOut('ann', {
            at: 27,
            seconds: 15,
            result: 'Call connected',
            legType: 'ExtensionToExtension',
            from: 'ann#',
            to: 'bob#',
            master: true,
          }),
          legIn('bob', { at: 27.1, seconds: 15, result: 'Accepted', legType: 'ExtensionToExtension', from: 'ann#', to: 'bob#' }),
        ],
      }),
    ],
    expected: [
      talked('ann', 60),
      {
        ...{ session: 'b', direction: 'internal', outcome: 'answered', extension: 'bob', talkSeconds: 10, followUp: false },
        exception: CONSULTATION,
      },
    ],
  },
];
