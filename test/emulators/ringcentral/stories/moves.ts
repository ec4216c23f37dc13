/** Calls that move: forwarded, parked, picked up, flipped to another phone. */
import { inbound, legIn, recordIn, type SessionPlan, type Story, talked, untaken } from './story.ts';

/** The caller and two parties inside, one after the other. */
function passed(first: string, second: string): SessionPlan {
  const to = first;
  return {
    parties: {
      1: { is: 'customer', direction: 'Outbound', from: 'customer', to },
      2: { is: first, direction: 'Inbound', from: 'customer', to },
      3: { is: second, direction: 'Inbound', from: 'customer', to },
    },
  };
}

export const moves: readonly Story[] = [
  {
    name: 'find-me',
    title: 'Ann’s desk phone rings in vain, then her mobile, where she answers',
    sessions: { a: passed('ann', 'ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [15, 'a2', 'Disconnected', { reason: 'CallRedirected' }],
      [15.1, 'a3', 'Setup'],
      [15.4, 'a3', 'Proceeding'],
      [22, 'a3', 'Answered'],
      [22.1, 'a1', 'Answered'],
      [82, 'a3', 'Disconnected'],
      [82.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 82,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 82, result: 'Accepted', master: true }),
          legIn('ann', { at: 15.1, seconds: 67, result: 'Accepted', legType: 'FindMe', action: 'FindMe' }),
        ],
      }),
    ],
    expected: [talked('ann', 60)],
  },
  {
    name: 'follow-me-nobody',
    title: 'Desk phone, then mobile: both ring in vain and the customer gives up',
    sessions: { a: passed('ann', 'ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [15, 'a2', 'Disconnected', { reason: 'CallRedirected' }],
      [15.1, 'a3', 'Setup'],
      [15.4, 'a3', 'Proceeding'],
      [38, 'a3', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [38.1, 'a1', 'Disconnected', { reason: 'Cancelled' }],
    ],
    log: [
      recordIn('ann', {
        seconds: 38,
        result: 'Missed',
        legs: [
          legIn('ann', { at: 0, seconds: 38, result: 'Missed', master: true }),
          legIn('ann', { at: 15.1, seconds: 23, result: 'No Answer', legType: 'FollowMe', action: 'FollowMe' }),
        ],
      }),
    ],
    expected: [untaken('missed', 'ann')],
  },
  {
    name: 'forwarded-outside',
    title: 'Cid is away: all his calls go to an outside number at once, where they are answered for him',
    sessions: { a: passed('cid', 'cid') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.2, 'a2', 'Disconnected', { reason: 'CallRedirected' }],
      [0.3, 'a3', 'Setup'],
      [1.5, 'a3', 'Proceeding'],
      [9, 'a3', 'Answered'],
      [9.1, 'a1', 'Answered'],
      [99, 'a3', 'Disconnected'],
      [99.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('cid', {
        seconds: 99,
        result: 'Accepted',
        legs: [
          legIn('cid', { at: 0, seconds: 99, result: 'Accepted', master: true }),
          legIn('cid', { at: 0.3, seconds: 99, result: 'Accepted', legType: 'SipForwarding', action: 'Sip Forwarding' }),
        ],
      }),
    ],
    expected: [talked('cid', 90)],
  },
  {
    name: 'picked-up-by-colleague',
    title: 'Ann’s phone rings; Bob picks the call up from his desk',
    sessions: { a: passed('ann', 'bob') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [10, 'a3', 'Setup'],
      [10.2, 'a3', 'Answered'],
      [10.3, 'a1', 'Answered'],
      [10.4, 'a2', 'Disconnected', { reason: 'Pickup', missed: true }],
      [55.2, 'a3', 'Disconnected'],
      [55.3, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 55,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 10, result: 'Answered Elsewhere', master: true }),
          legIn('bob', { at: 10, seconds: 45, result: 'Accepted', legType: 'Pickup', action: 'Pickup', to: 'ann' }),
        ],
      }),
    ],
    expected: [talked('bob', 45)],
  },
  {
    name: 'parked-and-picked-up',
    title: 'Ann answers, parks the call, and Bob picks it up half a minute later',
    sessions: { a: passed('ann', 'bob') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [20, 'a2', 'Disconnected', { reason: 'CallPark' }],
      [20.1, 'a1', 'Parked', { park: '*801' }],
      [50, 'a3', 'Setup'],
      [50.2, 'a3', 'Answered'],
      [50.3, 'a1', 'Answered'],
      [170.2, 'a3', 'Disconnected'],
      [170.3, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 170,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 20, result: 'Accepted', master: true }),
          legIn('shelf', { at: 20, seconds: 30, result: 'Accepted', legType: 'ParkLocation', action: 'Park Location' }),
          legIn('bob', { at: 50, seconds: 120, result: 'Accepted', legType: 'Pickup', action: 'Pickup', to: 'ann' }),
        ],
      }),
    ],
    expected: [talked('bob', 135)],
  },
  {
    name: 'parked-and-abandoned',
    title: 'Ann parks the call, nobody picks it up, and the customer hangs up',
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [5, 'a2', 'Answered'],
      [5.1, 'a1', 'Answered'],
      [35, 'a2', 'Disconnected', { reason: 'ParkLocation' }],
      [35.1, 'a1', 'Parked', { park: '801' }],
      [95, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 95,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 35, result: 'Accepted', master: true }),
          legIn('shelf', { at: 35, seconds: 60, result: 'Abandoned', legType: 'ParkLocation', action: 'Park Location' }),
        ],
      }),
    ],
    expected: [talked('ann', 30)],
  },
  {
    name: 'flipped',
    title: 'Ann answers at her desk and flips the call to her mobile while she leaves the house',
    sessions: { a: passed('ann', 'ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [4, 'a2', 'Answered'],
      [4.1, 'a1', 'Answered'],
      [60, 'a3', 'Setup'],
      [61, 'a3', 'Proceeding'],
      [64, 'a2', 'Disconnected', { reason: 'CallFlip' }],
      [64, 'a3', 'Answered'],
      [244, 'a3', 'Disconnected'],
      [244.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 244,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 244, result: 'Accepted', master: true }),
          legIn('ann', { at: 60, seconds: 184, result: 'Accepted', legType: 'TransferCall', action: 'Move' }),
        ],
      }),
    ],
    expected: [talked('ann', 240)],
  },
  {
    name: 'switched-device',
    title: 'Ann takes the running call over from the desk phone to the application on her computer',
    sessions: { a: passed('ann', 'ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [3, 'a2', 'Answered'],
      [3.1, 'a1', 'Answered'],
      [33, 'a3', 'Setup'],
      [33.2, 'a3', 'Answered'],
      [33.2, 'a2', 'Disconnected', { reason: 'CallSwitch' }],
      [93, 'a1', 'Disconnected'],
      [93, 'a3', 'Disconnected'],
    ],
    log: [
      recordIn('ann', {
        seconds: 93,
        result: 'Accepted',
        legs: [
          legIn('ann', { at: 0, seconds: 93, result: 'Accepted', master: true }),
          legIn('ann', { at: 33, seconds: 60, result: 'Accepted', legType: 'MobileApp', action: 'Move' }),
        ],
      }),
    ],
    expected: [talked('ann', 90)],
  },
];
