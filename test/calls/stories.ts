/** Calls as a telephone service tells them: events of one session, in the order in which they happened. */
import type { CallEvent, Party } from '#kit/telephony.ts';

/** A step: seconds after the call began, and the parties of which it speaks. */
export type Step = readonly [seconds: number, ...parties: Party[]];

export interface Teller {
  session?: string;
  began?: number;
  more?: Partial<CallEvent>;
}

export function told(
  steps: readonly Step[],
  { session = 's-1', began = Date.parse('2026-03-02T12:00:00.000Z'), more = {} }: Teller = {},
): CallEvent[] {
  return steps.map(([seconds, ...parties], at) => ({
    session,
    alias: `alias of ${session}`,
    sequence: at + 2,
    at: began + seconds * 1_000,
    parties,
    ...more,
  }));
}

export const ADA = '+14155552671';
export const MAIN = '+16505550100';

/** The outside caller of an inbound call: its own view is outbound. */
export const caller = (state: Party['state'], more: Partial<Party> = {}): Party => ({
  ...{ id: 'p-1', direction: 'outbound', from: { number: ADA, name: 'ADA L' }, to: { number: MAIN }, state },
  ...more,
});

/** An extension that is rung from outside. */
export const rung = (id: string, extension: string, state: Party['state'], more: Partial<Party> = {}): Party => ({
  ...{ id, extension, direction: 'inbound', from: { number: ADA, name: 'ADA L' }, to: { number: MAIN, extension }, state },
  ...more,
});

/** An extension that calls out. */
export const calling = (extension: string, state: Party['state'], more: Partial<Party> = {}): Party => ({
  ...{ id: 'p-1', extension, direction: 'outbound', from: { number: MAIN, extension }, to: { number: ADA }, state },
  ...more,
});

/** Whoever is called outside. */
export const called = (state: Party['state'], more: Partial<Party> = {}): Party => ({
  ...{ id: 'p-2', direction: 'inbound', from: { number: MAIN }, to: { number: ADA }, state },
  ...more,
});

export const STORIES = {
  answered: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'setup')],
    [2, rung('p-2', '1', 'ringing')],
    [10, rung('p-2', '1', 'answered')],
    [10, caller('answered')],
    [30, rung('p-2', '1', 'held')],
    [40, rung('p-2', '1', 'answered')],
    [70, rung('p-2', '1', 'ended', { why: 'finished' })],
    [70, caller('ended', { why: 'finished' })],
  ],
  missed: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'ringing')],
    [25, caller('ended', { why: 'cancelled' })],
    [25, rung('p-2', '1', 'ended', { why: 'no answer' })],
  ],
  voicemail: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'ringing')],
    [20, rung('p-2', '1', 'voicemail')],
    [50, rung('p-2', '1', 'ended', { why: 'voicemail' })],
    [50, caller('ended', { why: 'finished' })],
  ],
  rejected: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'ringing')],
    [5, rung('p-2', '1', 'ended', { why: 'rejected' })],
    [5, caller('ended', { why: 'finished' })],
  ],
  busy: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'setup')],
    [1, rung('p-2', '1', 'ended', { why: 'busy' })],
    [2, caller('ended')],
  ],
  /** Through a menu that answers, as recorded: its end has no reason. */
  menu: [
    [0, caller('setup')],
    [0, rung('p-2', '9', 'setup')],
    [1, caller('answered')],
    [1, rung('p-2', '9', 'answered')],
    [8, rung('p-2', '9', 'ended')],
    [9, rung('p-3', '1', 'ringing')],
    [15, rung('p-3', '1', 'answered')],
    [75, rung('p-3', '1', 'ended', { why: 'finished' })],
    [75, caller('ended')],
  ],
  'dropped in the menu': [
    [0, caller('setup')],
    [0, rung('p-2', '9', 'setup')],
    [1, caller('answered')],
    [1, rung('p-2', '9', 'answered')],
    [12, caller('ended', { why: 'finished' })],
    [12, rung('p-2', '9', 'ended')],
  ],
  'queue, the fifth answers': [
    [0, caller('setup')],
    [0, rung('p-2', '8', 'answered')],
    [1, rung('p-3', '1', 'ringing', { queue: true })],
    [1, rung('p-4', '3', 'ringing', { queue: true })],
    [1, rung('p-5', '2', 'ringing', { queue: true })],
    [20, rung('p-5', '2', 'answered', { queue: true })],
    [20, rung('p-3', '1', 'ended', { why: 'answered elsewhere' })],
    [20, rung('p-4', '3', 'ended', { why: 'answered elsewhere' })],
    [20, rung('p-2', '8', 'ended', { why: 'transferred' })],
    [80, rung('p-5', '2', 'ended', { why: 'finished' })],
    [80, caller('ended')],
  ],
  'queue, nobody': [
    [0, caller('setup')],
    [0, rung('p-2', '8', 'answered')],
    [1, rung('p-3', '1', 'ringing', { queue: true })],
    [1, rung('p-4', '2', 'ringing', { queue: true })],
    [30, rung('p-3', '1', 'ended', { why: 'no answer' })],
    [30, rung('p-4', '2', 'ended', { why: 'no answer' })],
    [31, rung('p-2', '8', 'ended', { why: 'no answer' })],
    [31, caller('ended')],
  ],
  'blind transfer': [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'ringing')],
    [5, rung('p-2', '1', 'answered')],
    [25, rung('p-2', '1', 'ended', { why: 'transferred' })],
    [26, rung('p-3', '2', 'ringing')],
    [36, rung('p-3', '2', 'answered')],
    [66, rung('p-3', '2', 'ended', { why: 'finished' })],
    [66, caller('ended')],
  ],
  parked: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'answered')],
    [11, rung('p-2', '1', 'ended', { why: 'parked' })],
    [11, rung('p-3', '1', 'parked')],
    [41, rung('p-3', '1', 'ended', { why: 'parked' })],
    [41, rung('p-4', '2', 'answered')],
    [61, rung('p-4', '2', 'ended', { why: 'finished' })],
    [61, caller('ended')],
  ],
  flipped: [
    [0, caller('setup')],
    [2, rung('p-2', '1', 'answered')],
    [12, rung('p-2', '1', 'ended', { why: 'flipped' })],
    [12, rung('p-3', '1', 'answered')],
    [32, rung('p-3', '1', 'ended', { why: 'finished' })],
    [32, caller('ended')],
  ],
  'forwarded to a mobile': [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'ringing')],
    [6, rung('p-2', '1', 'ended', { why: 'forwarded' })],
    [6, { id: 'p-3', direction: 'inbound', from: { number: ADA }, to: { number: '+14155550999' }, state: 'ringing' }],
    [12, { id: 'p-3', direction: 'inbound', from: { number: ADA }, to: { number: '+14155550999' }, state: 'answered' }],
    [
      42,
      { id: 'p-3', direction: 'inbound', from: { number: ADA }, to: { number: '+14155550999' }, state: 'ended', why: 'finished' },
    ],
    [42, caller('ended')],
  ],
  'warm transfer': [
    [0, caller('setup')],
    [2, rung('p-2', '1', 'answered')],
    [22, rung('p-2', '1', 'held')],
    [40, rung('p-2', '1', 'ended', { why: 'transferred' })],
    [40, caller('moved', { peer: { session: 's-2', party: 'p-9' } })],
  ],
  fax: [
    [0, caller('setup')],
    [1, rung('p-2', '1', 'fax')],
    [40, rung('p-2', '1', 'ended', { why: 'finished' })],
    [40, caller('ended')],
  ],
  outbound: [
    [0, calling('1', 'setup')],
    [1, called('ringing')],
    [2, calling('1', 'ringing')],
    [11, called('answered')],
    [11, calling('1', 'answered')],
    [31, calling('1', 'held')],
    [36, calling('1', 'answered')],
    [71, calling('1', 'ended', { why: 'finished' })],
    [71, called('ended')],
  ],
  'outbound, no answer': [
    [0, calling('1', 'setup')],
    [1, called('ringing')],
    [30, called('ended', { why: 'no answer' })],
    [30, calling('1', 'ended', { why: 'cancelled' })],
  ],
  'outbound, busy': [
    [0, calling('1', 'setup')],
    [2, called('ended', { why: 'busy' })],
    [2, calling('1', 'ended', { why: 'busy' })],
  ],
  /** As recorded: the caller is "answered" seven seconds before anybody answers. */
  internal: [
    [0, inside('p-1', '1', 'outbound', 'setup')],
    [0, inside('p-2', '2', 'inbound', 'setup')],
    [1, inside('p-1', '1', 'outbound', 'answered')],
    [2, inside('p-2', '2', 'inbound', 'ringing')],
    [8, inside('p-2', '2', 'inbound', 'answered')],
    [28, inside('p-1', '1', 'outbound', 'ended', 'finished')],
    [28, inside('p-2', '2', 'inbound', 'ended', 'finished')],
  ],
  'internal, nobody': [
    [0, inside('p-1', '1', 'outbound', 'setup')],
    [1, inside('p-1', '1', 'outbound', 'answered')],
    [2, inside('p-2', '2', 'inbound', 'ringing')],
    [20, inside('p-2', '2', 'inbound', 'ended', 'no answer')],
    [20, inside('p-1', '1', 'outbound', 'ended', 'cancelled')],
  ],
  anonymous: [
    [0, caller('setup', { from: {}, to: { number: MAIN } })],
    [1, rung('p-2', '1', 'ringing', { from: {} })],
    [6, rung('p-2', '1', 'answered', { from: {} })],
    [16, rung('p-2', '1', 'ended', { why: 'finished', from: {} })],
    [16, caller('ended', { from: {} })],
  ],
} as const satisfies { [name: string]: readonly Step[] };

function inside(id: string, extension: string, direction: Party['direction'], state: Party['state'], why?: Party['why']): Party {
  return { id, extension, direction, from: { extension: '1' }, to: { extension: '2' }, state, ...(why && { why }) };
}
