/** Calls that one person hands to another without asking. */
import { legIn, legOut, outbound, recordIn, recordOut, type SessionPlan, type Story, talked } from './story.ts';

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

export const transfers: readonly Story[] = [
  {
    name: 'blind-transfer',
    title: 'Ann answers, hands the call to Bob without asking, and Bob talks',
    sessions: { a: handed('ann', 'bob') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [25, 'a2', 'Disconnected', { reason: 'BlindTransfer' }],
      [25.1, 'a3', 'Setup'],
      [25.4, 'a3', 'Proceeding'],
      [32, 'a3', 'Answered'],
      [212, 'a3', 'Disconnected'],
      [212.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 212,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 25, result: 'Accepted', master: true }),
          legIn('bob', { at: 25.1, seconds: 187, result: 'Accepted', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
    ],
    expected: [talked('bob', 200)],
  },
  {
    name: 'blind-transfer-unanswered',
    title: 'Ann hands the call to Bob without asking; he does not answer and the customer hangs up',
    sessions: { a: handed('ann', 'bob') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [25, 'a2', 'Disconnected', { reason: 'BlindTransfer' }],
      [25.1, 'a3', 'Setup'],
      [25.4, 'a3', 'Proceeding'],
      [50, 'a3', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [50.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 50,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 25, result: 'Accepted', master: true }),
          legIn('bob', { at: 25.1, seconds: 25, result: 'Missed', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
    ],
    expected: [talked('ann', 20)],
  },
  {
    name: 'transfer-to-voicemail',
    title: 'Ann answers and sends the customer straight into Bob’s mailbox, where they leave a message',
    sessions: { a: handed('ann', 'bob') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [4, 'a2', 'Answered'],
      [4.1, 'a1', 'Answered'],
      [19, 'a2', 'Disconnected', { reason: 'RccTransfer' }],
      [19.1, 'a3', 'Setup'],
      [19.3, 'a3', 'VoiceMail'],
      [45, 'a1', 'Disconnected'],
      [45.1, 'a3', 'Disconnected', { reason: 'Voicemail' }],
    ],
    voicemail: { of: 'bob', from: 'customer', at: 50, seconds: 21, transcript: 'Bob, Ann said you would know about my order.' },
    log: [
      recordIn('ann', {
        seconds: 45,
        result: 'Accepted',
        message: true,
        legs: [
          legIn('ann', { at: 0, seconds: 19, result: 'Accepted', master: true }),
          legIn('bob', { at: 19.1, seconds: 26, result: 'Voicemail', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
    ],
    expected: [talked('ann', 15, { voicemail: true })],
  },
  {
    name: 'transfer-back',
    title: 'Ann hands the call to Bob, who hands it back to her',
    sessions: {
      a: {
        parties: {
          ...handed('ann', 'bob').parties,
          4: { is: 'ann', direction: 'Inbound', from: 'customer', to: 'ann' },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [20, 'a2', 'Disconnected', { reason: 'BlindTransfer' }],
      [20.1, 'a3', 'Setup'],
      [20.4, 'a3', 'Proceeding'],
      [24, 'a3', 'Answered'],
      [54, 'a3', 'Disconnected', { reason: 'BlindTransfer' }],
      [54.1, 'a4', 'Setup'],
      [54.4, 'a4', 'Proceeding'],
      [60, 'a4', 'Answered'],
      [180, 'a4', 'Disconnected'],
      [180.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 180,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 20, result: 'Accepted', master: true }),
          legIn('bob', { at: 20.1, seconds: 34, result: 'Accepted', legType: 'TransferCall', action: 'Transfer' }),
          legIn('ann', { at: 54.1, seconds: 126, result: 'Accepted', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
    ],
    expected: [talked('ann', 165)],
  },
  {
    name: 'transfer-outside',
    title: 'Ann hands the customer to a partner firm and leaves the two alone',
    outside: {
      customer: { number: '+14155550142', name: 'SAN FRANCSCO CA' },
      partner: { number: '+13125550177', name: 'CHICAGO IL' },
    },
    sessions: { a: handed('ann', 'partner') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [50, 'a2', 'Disconnected', { reason: 'BlindTransfer' }],
      [50.1, 'a3', 'Setup'],
      [52, 'a3', 'Proceeding'],
      [58, 'a3', 'Answered'],
      [158, 'a3', 'Disconnected'],
      [158.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 158,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 50, result: 'Accepted', master: true }),
          legOut('ann', {
            at: 50.1,
            seconds: 108,
            result: 'Call connected',
            legType: 'TransferCall',
            action: 'Transfer',
            from: 'customer',
            to: 'partner',
          }),
        ],
      }),
    ],
    expected: [talked('ann', 45)],
  },
  {
    name: 'outbound-transferred',
    title: 'Ann calls a customer and hands the call to Bob',
    sessions: {
      a: {
        parties: {
          ...outbound().parties,
          3: { is: 'bob', direction: 'Inbound', from: 'customer', to: 'bob' },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [2, 'a1', 'Proceeding'],
      [8, 'a2', 'Answered'],
      [8, 'a1', 'Answered'],
      [38, 'a1', 'Disconnected', { reason: 'BlindTransfer' }],
      [38.1, 'a3', 'Setup'],
      [38.3, 'a3', 'Proceeding'],
      [43, 'a3', 'Answered'],
      [163, 'a3', 'Disconnected'],
      [163.1, 'a2', 'Disconnected'],
    ],
    log: [
      recordOut('ann', {
        seconds: 163,
        result: 'Call connected',
        legs: [
          legOut('ann', { at: 0, seconds: 38, result: 'Call connected', master: true }),
          legIn('bob', { at: 38.1, seconds: 125, result: 'Accepted', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
    ],
    expected: [talked('bob', 150, { direction: 'outbound' })],
  },
  {
    name: 'transferred-unanswered-returns',
    title: 'Ann hands the call to Bob, who does not answer; it rings Ann again, in vain, and the customer hangs up',
    sessions: {
      a: {
        parties: {
          ...handed('ann', 'bob').parties,
          4: { is: 'ann', direction: 'Inbound', from: 'customer', to: 'ann' },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [15, 'a2', 'Disconnected', { reason: 'BlindTransfer' }],
      [15.1, 'a3', 'Setup'],
      [15.4, 'a3', 'Proceeding'],
      [35, 'a3', 'Disconnected', { reason: 'NoAnswer', missed: true }],
      [35.1, 'a4', 'Setup'],
      [35.4, 'a4', 'Proceeding'],
      [50, 'a4', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [50.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 50,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 15, result: 'Accepted', master: true }),
          legIn('bob', { at: 15.1, seconds: 20, result: 'Missed', legType: 'TransferCall', action: 'Transfer' }),
          legIn('ann', { at: 35.1, seconds: 15, result: 'Missed', legType: 'TransferCall', action: 'Transfer' }),
        ],
      }),
    ],
    expected: [talked('ann', 10)],
  },
];
