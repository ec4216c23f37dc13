/** Calls an application placed: RingOut, which rings the user first and then the other side, and calls from a device. */
import { legIn, legOut, outbound, recordIn, recordOut, type SessionPlan, type Story, talked, untaken } from './story.ts';

const RING_OUT: { readonly a: SessionPlan; readonly b: SessionPlan } = {
  a: { origin: 'RingOut', parties: { 1: { is: 'ann', direction: 'Inbound', from: 'customer', to: 'ann' } } },
  b: { origin: 'RingOut', parties: { 1: { is: 'customer', direction: 'Inbound', from: 'ann', to: 'customer' } } },
};

const WEB = { action: 'RingOut Web' } as const;
const LEG = {
  exception: { reason: 'ring-out leg', why: 'it rang the user’s own phone; the call is the other session' },
} as const;

export const placed: readonly Story[] = [
  {
    name: 'ring-out-answered',
    title: 'Ann clicks on a number: her phone rings, then the customer’s, and both talk',
    sessions: RING_OUT,
    events: [
      [0, 'a1', 'Setup'],
      [0.2, 'a1', 'Proceeding'],
      [4, 'a1', 'Answered'],
      [4.2, 'b1', 'Setup'],
      [4.5, 'b1', 'Proceeding'],
      [12, 'b1', 'Answered'],
      [72, 'b1', 'Disconnected'],
      [72.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        ...WEB,
        seconds: 72,
        result: 'Accepted',
        legs: [legIn('ann', { ...WEB, at: 0, seconds: 72, result: 'Accepted', legType: 'RingOutWebToSubscriber', master: true })],
      }),
      recordOut('ann', {
        ...WEB,
        session: 'b',
        at: 4.2,
        seconds: 67,
        result: 'Call connected',
        legs: [
          legOut('ann', { ...WEB, at: 4.2, seconds: 67, result: 'Call connected', legType: 'RingOutWebToCaller', master: true }),
        ],
      }),
    ],
    expected: [
      talked('ann', 60, { session: 'b', direction: 'outbound', linked: ['a'] }),
      talked('ann', 60, { direction: 'outbound', linked: ['b'], ...LEG }),
    ],
  },
  {
    name: 'ring-out-user-absent',
    title: 'Ann clicks on a number and does not take up her own phone; the customer is never rung',
    sessions: { a: RING_OUT.a },
    events: [
      [0, 'a1', 'Setup'],
      [0.2, 'a1', 'Proceeding'],
      [30, 'a1', 'Disconnected', { reason: 'NoAnswer', missed: true }],
    ],
    log: [
      recordIn('ann', {
        ...WEB,
        seconds: 30,
        result: 'No Answer',
        legs: [
          legIn('ann', { ...WEB, at: 0, seconds: 30, result: 'No Answer', legType: 'RingOutWebToSubscriber', master: true }),
        ],
      }),
    ],
    expected: [untaken('missed', 'ann', { direction: 'outbound', followUp: false, ...LEG })],
  },
  {
    name: 'ring-out-no-answer',
    title: 'Ann takes up her phone, the customer does not answer',
    sessions: RING_OUT,
    events: [
      [0, 'a1', 'Setup'],
      [0.2, 'a1', 'Proceeding'],
      [3, 'a1', 'Answered'],
      [3.2, 'b1', 'Setup'],
      [3.5, 'b1', 'Proceeding'],
      [33, 'b1', 'Disconnected', { reason: 'NoAnswer' }],
      [33.2, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        ...WEB,
        seconds: 33,
        result: 'Accepted',
        legs: [legIn('ann', { ...WEB, at: 0, seconds: 33, result: 'Accepted', legType: 'RingOutWebToSubscriber', master: true })],
      }),
      recordOut('ann', {
        ...WEB,
        session: 'b',
        at: 3.2,
        seconds: 30,
        result: 'No Answer',
        legs: [legOut('ann', { ...WEB, at: 3.2, seconds: 30, result: 'No Answer', legType: 'RingOutWebToCaller', master: true })],
      }),
    ],
    expected: [
      untaken('missed', 'ann', { session: 'b', direction: 'outbound', followUp: false, linked: ['a'] }),
      untaken('missed', 'ann', { direction: 'outbound', followUp: false, linked: ['b'], ...LEG }),
    ],
  },
  {
    name: 'ring-out-cancelled',
    title: 'Ann clicks on a number and thinks better of it while her own phone rings',
    sessions: { a: RING_OUT.a },
    events: [
      [0, 'a1', 'Setup'],
      [0.2, 'a1', 'Proceeding'],
      [3, 'a1', 'Disconnected', { reason: 'Cancelled' }],
    ],
    log: [
      recordIn('ann', {
        ...WEB,
        seconds: 3,
        result: 'Stopped',
        legs: [legIn('ann', { ...WEB, at: 0, seconds: 3, result: 'Stopped', legType: 'RingOutWebToSubscriber', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { direction: 'outbound', followUp: false, ...LEG })],
  },
  {
    name: 'call-out',
    title: 'An application dials on Ann’s desk phone; the customer answers',
    sessions: { a: { ...outbound(), origin: 'CallOut' } },
    events: [
      [0, 'a1', 'Setup'],
      [1.5, 'a1', 'Proceeding'],
      [2, 'a2', 'Setup'],
      [2.3, 'a2', 'Proceeding'],
      [9, 'a2', 'Answered'],
      [9, 'a1', 'Answered'],
      [54, 'a2', 'Disconnected'],
      [54.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordOut('ann', {
        action: 'CallOut-CallMe',
        seconds: 54,
        result: 'Call connected',
        legs: [
          legOut('ann', {
            at: 0,
            seconds: 54,
            action: 'CallOut-CallMe',
            result: 'Call connected',
            legType: 'CallMeCallOut',
            master: true,
          }),
        ],
      }),
    ],
    expected: [talked('ann', 45, { direction: 'outbound' })],
  },
];
