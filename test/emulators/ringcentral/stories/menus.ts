/** Calls to the company's own numbers: a menu answers them. */
import { legIn, type Role, recordIn, type SessionPlan, type Story, talked, untaken } from './story.ts';

/** The caller, the menu, and whom it leads to. */
function throughMenu(to?: Role, dialled: Role = 'main'): SessionPlan {
  const ends = { from: 'customer', to: dialled };
  return {
    parties: {
      1: { is: 'customer', direction: 'Outbound', ...ends },
      2: { is: 'menu', direction: 'Inbound', ...ends },
      ...(to === undefined ? {} : { 3: { is: to, direction: 'Inbound' as const, ...ends } }),
    },
  };
}

export const menus: readonly Story[] = [
  {
    name: 'menu-dropped',
    title: 'A customer calls the main number, hears the menu and hangs up',
    sessions: { a: throughMenu() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a1', 'Answered'],
      [14, 'a1', 'Disconnected'],
      [14.1, 'a2', 'Disconnected'],
    ],
    log: [
      recordIn('main', {
        seconds: 14,
        result: 'Hang Up',
        legs: [legIn('menu', { at: 0, seconds: 14, result: 'Hang Up', to: 'main', master: true })],
      }),
    ],
    expected: [untaken('missed', undefined)],
  },
  {
    name: 'menu-then-user',
    title: 'Through the menu to Ann, who answers and holds once; the recorded order, in which the menu answers the caller',
    sessions: { a: throughMenu('ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a1', 'Answered'],
      [18, 'a2', 'Disconnected'],
      [18.1, 'a3', 'Setup'],
      [18.4, 'a3', 'Proceeding'],
      [24, 'a3', 'Answered'],
      [44, 'a3', 'Hold'],
      [59, 'a3', 'Answered'],
      [119, 'a3', 'Disconnected'],
      [119.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('main', {
        seconds: 119,
        result: 'Accepted',
        legs: [
          legIn('menu', { at: 0, seconds: 119, result: 'Accepted', to: 'main', master: true }),
          legIn('ann', { at: 18.1, seconds: 101, result: 'Accepted' }),
        ],
      }),
    ],
    expected: [talked('ann', 80)],
  },
  {
    name: 'menu-then-missed',
    title: 'Through the menu to Ann, who does not answer; the customer hangs up',
    sessions: { a: throughMenu('ann') },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a1', 'Answered'],
      [12, 'a2', 'Disconnected'],
      [12.1, 'a3', 'Setup'],
      [12.4, 'a3', 'Proceeding'],
      [32, 'a3', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [32.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('main', {
        seconds: 32,
        result: 'Missed',
        legs: [
          legIn('menu', { at: 0, seconds: 32, result: 'Accepted', to: 'main', master: true }),
          legIn('ann', { at: 12.1, seconds: 20, result: 'Missed' }),
        ],
      }),
    ],
    expected: [untaken('missed', 'ann')],
  },
  {
    name: 'menu-then-queue',
    title: 'Through the menu into the support queue, where Cid answers after Bob has not',
    sessions: {
      a: {
        parties: {
          ...throughMenu('support').parties,
          4: { is: 'bob', direction: 'Inbound', from: 'customer', to: 'main', queue: true },
          5: { is: 'cid', direction: 'Inbound', from: 'customer', to: 'main', queue: true },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a1', 'Answered'],
      [9, 'a2', 'Disconnected'],
      [9.1, 'a3', 'Setup'],
      [9.3, 'a3', 'Answered'],
      [20, 'a4', 'Setup'],
      [20.2, 'a4', 'Proceeding'],
      [35, 'a4', 'Disconnected', { reason: 'NoAnswer', missed: true }],
      [35.1, 'a5', 'Setup'],
      [35.3, 'a5', 'Proceeding'],
      [41, 'a5', 'Answered'],
      [41.1, 'a3', 'Disconnected', { reason: 'AgentAnswered' }],
      [191, 'a5', 'Disconnected'],
      [191.1, 'a1', 'Disconnected'],
    ],
    log: [
      recordIn('main', {
        seconds: 191,
        result: 'Accepted',
        legs: [
          legIn('menu', { at: 0, seconds: 191, result: 'Accepted', to: 'main', master: true }),
          legIn('support', { at: 9.1, seconds: 182, result: 'Accepted' }),
          legIn('bob', { at: 20, seconds: 15, result: 'Missed', to: 'support' }),
          legIn('cid', { at: 35.1, seconds: 156, result: 'Accepted', to: 'support' }),
        ],
      }),
    ],
    expected: [talked('cid', 150)],
  },
  {
    name: 'toll-free',
    title: 'A call to the toll-free number that goes to Bob without a menu',
    sessions: {
      a: {
        parties: {
          1: { is: 'customer', direction: 'Outbound', from: 'customer', to: 'tollfree' },
          2: { is: 'bob', direction: 'Inbound', from: 'customer', to: 'tollfree' },
        },
      },
    },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.3, 'a2', 'Proceeding'],
      [7, 'a2', 'Answered'],
      [7.1, 'a1', 'Answered'],
      [67, 'a1', 'Disconnected'],
      [67, 'a2', 'Disconnected'],
    ],
    log: [
      recordIn('tollfree', {
        seconds: 67,
        result: 'Accepted',
        internalType: 'TollFreeNumber',
        legs: [legIn('bob', { at: 0, seconds: 67, result: 'Accepted', to: 'tollfree', master: true })],
      }),
    ],
    expected: [talked('bob', 60)],
  },
];
