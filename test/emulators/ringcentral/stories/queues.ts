/** Calls that ring several people: queues, ring groups, several phones of one person. */
import {
  type LegPlan,
  legIn,
  type PartyPlan,
  type Role,
  recordIn,
  type SessionPlan,
  type Step,
  type Story,
  talked,
  untaken,
} from './story.ts';

/** The caller, the group as party 2, and its people from party 3 on. */
function group(of: Role, people: readonly Role[]): SessionPlan {
  const party = (is: Role): PartyPlan => ({ is, direction: 'Inbound', from: 'customer', to: of, queue: true });
  return {
    parties: {
      1: { is: 'customer', direction: 'Outbound', from: 'customer', to: of },
      2: { is: of, direction: 'Inbound', from: 'customer', to: of },
      ...Object.fromEntries(people.map((is, n) => [n + 3, party(is)])),
    },
  };
}

/** The phones of the people ring from `at` on. */
function ring(at: number, people: readonly Role[]): Step[] {
  return people.flatMap((_, n): Step[] => [
    [at + n * 0.02, `a${n + 3}`, 'Setup'],
    [at + 0.3 + n * 0.02, `a${n + 3}`, 'Proceeding'],
  ]);
}

/** They stop ringing: somebody else took it up, or nobody did. */
function stop(at: number, numbers: readonly number[], reason: string): Step[] {
  return numbers.map((n, i) => [at + i * 0.02, `a${n}`, 'Disconnected', { reason, missed: true }]);
}

function missedLegs(of: Role, people: readonly Role[], at: number, seconds: number, result = 'Missed'): LegPlan[] {
  return people.map((one) => legIn(one, { at, seconds, result, to: of }));
}

const FIVE = ['ann', 'bob', 'cid', 'dee', 'eve'] as const;

export const queues: readonly Story[] = [
  {
    name: 'queue-answered',
    title: 'Six people of the support queue are rung at once; five miss the call and Fay takes it',
    sessions: { a: group('support', [...FIVE, 'fay']) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Answered'],
      [0.4, 'a1', 'Answered'],
      ...ring(6, [...FIVE, 'fay']),
      [15, 'a8', 'Answered'],
      [15.1, 'a2', 'Disconnected', { reason: 'AgentAnswered' }],
      ...stop(15.2, [3, 4, 5, 6, 7], 'AgentAnswered'),
      [255, 'a8', 'Disconnected'],
      [255.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('support', {
        seconds: 255,
        result: 'Accepted',
        legs: [
          legIn('support', { at: 0, seconds: 255, result: 'Accepted', master: true }),
          ...missedLegs('support', FIVE, 6, 9, 'Answered Elsewhere'),
          legIn('fay', { at: 6, seconds: 249, result: 'Accepted', to: 'support' }),
        ],
      }),
    ],
    expected: [talked('fay', 240)],
  },
  {
    name: 'queue-nobody',
    title: 'Five people of the queue are rung and none answers; the customer gives up',
    sessions: { a: group('support', FIVE) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Answered'],
      [0.4, 'a1', 'Answered'],
      ...ring(5, FIVE),
      [60, 'a1', 'Disconnected'],
      ...stop(60.1, [3, 4, 5, 6, 7], 'Cancelled'),
      [60.3, 'a2', 'Disconnected', { reason: 'Cancelled', missed: true }],
    ],
    log: [
      recordIn('support', {
        seconds: 60,
        result: 'Missed',
        legs: [legIn('support', { at: 0, seconds: 60, result: 'Missed', master: true }), ...missedLegs('support', FIVE, 5, 55)],
      }),
    ],
    expected: [untaken('missed', 'support')],
  },
  {
    name: 'queue-voicemail',
    title: 'Nobody of the queue answers; the customer leaves a message in the queue’s mailbox',
    sessions: { a: group('support', ['bob', 'cid']) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Proceeding'],
      [0.4, 'a1', 'Answered'],
      ...ring(4, ['bob', 'cid']),
      ...stop(34, [3, 4], 'NoAnswer'),
      [34.2, 'a2', 'VoiceMail'],
      [61, 'a1', 'Disconnected'],
      [61.1, 'a2', 'Disconnected', { reason: 'Voicemail', missed: true }],
    ],
    voicemail: { of: 'support', from: 'customer', at: 66, seconds: 22, transcript: 'Nobody is there, please call me.' },
    log: [
      recordIn('support', {
        seconds: 61,
        result: 'Voicemail',
        message: true,
        legs: [
          legIn('support', { at: 0, seconds: 61, result: 'Voicemail', master: true }),
          ...missedLegs('support', ['bob', 'cid'], 4, 30),
        ],
      }),
    ],
    expected: [untaken('voicemail', 'support', { voicemail: true })],
  },
  {
    name: 'queue-abandoned',
    title: 'The customer waits in the queue, where everybody is busy, and gives up before anybody is rung',
    sessions: { a: group('support', []) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Answered'],
      [0.4, 'a1', 'Answered'],
      [75, 'a1', 'Disconnected'],
      [75.1, 'a2', 'Disconnected', { reason: 'Cancelled', missed: true }],
    ],
    log: [
      recordIn('support', {
        seconds: 75,
        result: 'Abandoned',
        legs: [legIn('support', { at: 0, seconds: 75, result: 'Abandoned', master: true })],
      }),
    ],
    expected: [untaken('missed', 'support')],
  },
  {
    name: 'queue-one-by-one',
    title: 'The queue rings one after the other: Ann and Bob miss it, Cid declines, Dee answers',
    sessions: { a: group('support', ['ann', 'bob', 'cid', 'dee']) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Answered'],
      [0.4, 'a1', 'Answered'],
      [3, 'a3', 'Setup'],
      [3.3, 'a3', 'Proceeding'],
      [18, 'a3', 'Disconnected', { reason: 'NoAnswer', missed: true }],
      [18.1, 'a4', 'Setup'],
      [18.4, 'a4', 'Proceeding'],
      [33, 'a4', 'Disconnected', { reason: 'NoAnswer', missed: true }],
      [33.1, 'a5', 'Setup'],
      [33.4, 'a5', 'Proceeding'],
      [36, 'a5', 'Disconnected', { reason: 'Rejected', missed: true }],
      [36.1, 'a6', 'Setup'],
      [36.4, 'a6', 'Proceeding'],
      [42, 'a6', 'Answered'],
      [42.1, 'a2', 'Disconnected', { reason: 'AgentAnswered' }],
      [102, 'a6', 'Disconnected'],
      [102.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('support', {
        seconds: 102,
        result: 'Accepted',
        legs: [
          legIn('support', { at: 0, seconds: 102, result: 'Accepted', master: true }),
          legIn('ann', { at: 3, seconds: 15, result: 'Missed', to: 'support' }),
          legIn('bob', { at: 18.1, seconds: 15, result: 'Missed', to: 'support' }),
          legIn('cid', { at: 33.1, seconds: 3, result: 'Rejected', to: 'support' }),
          legIn('dee', { at: 36.1, seconds: 66, result: 'Accepted', to: 'support' }),
        ],
      }),
    ],
    expected: [talked('dee', 60)],
  },
  {
    name: 'ring-group',
    title: 'Three people of the sales group are rung at once and Bob is the quickest',
    sessions: { a: group('sales', ['ann', 'bob', 'cid']) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      ...ring(0.3, ['ann', 'bob', 'cid']),
      [5, 'a4', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [5.1, 'a2', 'Disconnected', { reason: 'AgentAnswered' }],
      ...stop(5.2, [3, 5], 'AgentAnswered'),
      [35, 'a1', 'Disconnected'],
      [35, 'a4', 'Disconnected'],
    ],
    log: [
      recordIn('sales', {
        seconds: 35,
        result: 'Accepted',
        legs: [
          legIn('sales', { at: 0, seconds: 35, result: 'Accepted', legType: 'Hunting', action: 'Hunting', master: true }),
          ...missedLegs('sales', ['ann', 'cid'], 0.3, 4.7, 'Answered Elsewhere'),
          legIn('bob', { at: 0.3, seconds: 34.7, result: 'Accepted', to: 'sales' }),
        ],
      }),
    ],
    expected: [talked('bob', 30)],
  },
  {
    name: 'ring-group-nobody',
    title: 'Three people of the sales group are rung at once and nobody is there',
    sessions: { a: group('sales', ['ann', 'bob', 'cid']) },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      ...ring(0.3, ['ann', 'bob', 'cid']),
      ...stop(30, [3, 4, 5], 'NoAnswer'),
      [30.1, 'a2', 'Disconnected', { reason: 'NoAnswer', missed: true }],
      [30.2, 'a1', 'Disconnected', { reason: 'NoAnswer' }],
    ],
    log: [
      recordIn('sales', {
        seconds: 30,
        result: 'No Answer',
        legs: [
          legIn('sales', { at: 0, seconds: 30, result: 'No Answer', legType: 'Hunting', action: 'Hunting', master: true }),
          ...missedLegs('sales', ['ann', 'bob', 'cid'], 0.3, 29.7),
        ],
      }),
    ],
    expected: [untaken('missed', 'sales')],
  },
  {
    name: 'simultaneous-ring',
    title: 'Ann’s desk phone and her mobile ring at once; she answers the mobile',
    sessions: {
      a: {
        parties: {
          1: { is: 'customer', direction: 'Outbound', from: 'customer', to: 'ann' },
          2: { is: 'ann', direction: 'Inbound', from: 'customer', to: 'ann' },
          3: { is: 'ann', direction: 'Inbound', from: 'customer', to: 'ann' },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.2, 'a3', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [0.6, 'a3', 'Proceeding'],
      [8, 'a3', 'Answered'],
      [8.1, 'a1', 'Answered'],
      [8.2, 'a2', 'Disconnected', { reason: 'AgentAnswered', missed: true }],
      [58, 'a3', 'Disconnected'],
      [58.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 58,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 58, result: 'Accepted', master: true }),
          legIn('ann', { at: 0.1, seconds: 8, result: 'Answered Elsewhere', legType: 'PstnToSip', action: 'VoIP Call' }),
          legIn('ann', { at: 0.2, seconds: 58, result: 'Accepted', legType: 'FindMe', action: 'FindMe' }),
        ],
      }),
    ],
    expected: [talked('ann', 50)],
  },
];
