/** The state of a call is a function of the set of what was heard: a table of stories, and the laws of sets. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallState, fold } from '#calls/fold.ts';
import { hear, nothingHeard } from '#calls/heard.ts';
import type { CallEvent, Ending, Party } from '#kit/telephony.ts';
import { caller, calling, rung, STORIES, told } from './stories.ts';
import { ROSTER } from './telephone.ts';

const kindOf = (id: string) => ROSTER.find((extension) => extension.id === id)?.kind;

function stateOf(events: readonly CallEvent[], ownOnly = false): CallState | undefined {
  return fold(events.reduce(hear, nothingHeard('s-1')), kindOf, ownOnly);
}

type Expected = Partial<CallState>;

const TABLE: { readonly [name in keyof typeof STORIES]: Expected } = {
  answered: {
    direction: 'inbound',
    outcome: 'answered',
    talked: '1',
    over: true,
    ringSeconds: 9,
    talkSeconds: 50,
    holdSeconds: 10,
  },
  missed: { direction: 'inbound', outcome: 'missed', talked: null, over: true, ringSeconds: 24, talkSeconds: 0, people: ['1'] },
  voicemail: { outcome: 'voicemail', talked: null, over: true, talkSeconds: 0 },
  rejected: { outcome: 'rejected', talked: null, over: true },
  busy: { outcome: 'busy', over: true },
  menu: { outcome: 'answered', talked: '1', talkSeconds: 60, ringSeconds: 6, desk: '9', over: true },
  'dropped in the menu': { outcome: 'missed', talked: null, people: [], unheard: true, over: true, talkSeconds: 0 },
  'queue, the fifth answers': {
    outcome: 'answered',
    talked: '2',
    people: ['1', '3', '2'],
    desk: '8',
    talkSeconds: 60,
    over: true,
  },
  'queue, nobody': { outcome: 'missed', talked: null, people: ['1', '2'], desk: '8', over: true },
  'blind transfer': { outcome: 'answered', talked: '2', people: ['1', '2'], talkSeconds: 50, over: true },
  parked: { outcome: 'answered', talked: '2', talkSeconds: 30, holdSeconds: 0, over: true },
  flipped: { outcome: 'answered', talked: '1', talkSeconds: 30, over: true },
  'forwarded to a mobile': { direction: 'inbound', outcome: 'answered', talked: '1', talkSeconds: 30, over: true },
  'warm transfer': { outcome: 'answered', talked: '1', talkSeconds: 20, links: ['s-2'], over: true },
  fax: { fax: true, talkSeconds: 0 },
  outbound: {
    direction: 'outbound',
    outcome: 'answered',
    talked: '1',
    talkSeconds: 55,
    holdSeconds: 5,
    ringSeconds: 10,
    over: true,
  },
  'outbound, no answer': { direction: 'outbound', outcome: 'missed', talked: null, talkSeconds: 0, ringSeconds: 29, over: true },
  'outbound, busy': { direction: 'outbound', outcome: 'busy', over: true },
  internal: { direction: 'internal', outcome: 'answered', talked: '1', talkSeconds: 20, over: true },
  'internal, nobody': { direction: 'internal', outcome: 'missed', talked: null, talkSeconds: 0, over: true },
  anonymous: { direction: 'inbound', outcome: 'answered', talked: '1', talkSeconds: 10, over: true },
};

describe('stories', () => {
  test.each(Object.entries(TABLE))('%s', (name, expected) => {
    expect(stateOf(told(STORIES[name as keyof typeof STORIES]))).toMatchObject(expected);
  });

  test('who called whom is said from the outside: the outside caller, and the number that was dialled', () => {
    const state = stateOf(told(STORIES.menu))!;
    expect([state.from, state.to]).toEqual([
      { number: '+14155552671', name: 'ADA L' },
      { number: '+16505550100', extension: '1' },
    ]);
  });

  test('a call that rings is ringing, one that was answered goes on until everybody has left', () => {
    const events = told(STORIES['blind transfer']);
    expect(events.map((_, n) => stateOf(events.slice(0, n + 1))).map((state) => [state!.outcome, state!.over])).toEqual([
      ['ringing', false],
      ['ringing', false],
      ['answered', false],
      ['answered', false],
      ['answered', false],
      ['answered', false],
      ['answered', false],
      ['answered', true],
    ]);
  });

  describe('an outbound call of which only the caller’s own events are told', () => {
    const own = (...steps: Parameters<typeof told>[0]) => stateOf(told(steps), true);

    test('is answered when the caller’s own telephone says so, and has its talk', () => {
      const rings = [[0, calling('1', 'setup')] as const, [2, calling('1', 'ringing')] as const];
      expect(own(...rings)).toMatchObject({ direction: 'outbound', outcome: 'ringing', over: false });
      const talks = [...rings, [11, calling('1', 'answered')] as const];
      expect(own(...talks)).toMatchObject({ outcome: 'answered', talked: '1', over: false });
      const held = [[31, calling('1', 'held')] as const, [36, calling('1', 'answered')] as const];
      const over = [71, calling('1', 'ended', { why: 'finished' })] as const;
      expect(own(...talks, ...held, over)).toMatchObject({
        outcome: 'answered',
        over: true,
        talkSeconds: 55,
        holdSeconds: 5,
        ringSeconds: 11,
      });
    });

    test.each<[Ending | undefined, string]>([
      ['busy', 'busy'],
      ['rejected', 'rejected'],
      ['failed', 'failed'],
      ['no answer', 'missed'],
      ['cancelled', 'missed'],
      [undefined, 'ended'],
    ])('that ends with %s before it was answered is %s', (why, outcome) => {
      const events = [[0, calling('1', 'setup')] as const, [9, calling('1', 'ended', why && { why })] as const];
      expect(own(...events)).toMatchObject({ outcome, over: true, talkSeconds: 0, talked: null });
    });

    test('is not, where others’ events are only lost', () => {
      const events = told([
        [0, calling('1', 'setup')],
        [3, calling('1', 'answered')],
      ]);
      expect(stateOf(events)).toMatchObject({ outcome: 'ringing', talkSeconds: 0 });
    });

    test('is not, where an application placed it: then the caller’s telephone is taken up first', () => {
      const events = told(
        [
          [0, calling('1', 'setup')],
          [3, calling('1', 'answered')],
        ],
        { more: { placed: true } },
      );
      expect(stateOf(events, true)).toMatchObject({ outcome: 'ringing', talkSeconds: 0 });
    });
  });

  test('a transfer, or a menu that put the caller through, is no end though nobody else is known yet', () => {
    expect(
      stateOf(
        told([
          [0, rung('p-2', '1', 'answered')],
          [9, rung('p-2', '1', 'ended', { why: 'transferred' })],
        ]),
      )!.over,
    ).toBe(false);
    expect(
      stateOf(
        told([
          [0, rung('p-2', '9', 'answered')],
          [9, rung('p-2', '9', 'ended')],
        ]),
      )!.over,
    ).toBe(false);
  });

  test('an extension nobody knows is taken for a person', () => {
    expect(
      stateOf(
        told([
          [0, caller('setup')],
          [3, rung('p-2', '77', 'answered')],
        ]),
      )!.talked,
    ).toBe('77');
  });

  test('nothing heard is no call', () => expect(fold(nothingHeard('s-1'), kindOf)).toBeUndefined());
});

const endings: Ending[] = [
  'finished',
  'no answer',
  'busy',
  'rejected',
  'cancelled',
  'voicemail',
  'failed',
  'transferred',
  'forwarded',
  'flipped',
  'parked',
  'answered elsewhere',
];
const states: Party['state'][] = ['setup', 'ringing', 'answered', 'held', 'parked', 'voicemail', 'fax', 'moved', 'ended'];

/** What a party is never changes; how it stands does. */
const anyParty = fc.record({
  id: fc.constantFrom('p-1', 'p-2', 'p-3', 'p-4'),
  state: fc.constantFrom(...states),
  why: fc.option(fc.constantFrom(...endings), { nil: undefined }),
  peer: fc.option(fc.constantFrom({ session: 's-8' }, { session: 's-9' }), { nil: undefined }),
});
const WHO: { readonly [id: string]: Pick<Party, 'extension' | 'direction'> } = {
  'p-1': { direction: 'outbound' },
  'p-2': { extension: '9', direction: 'inbound' },
  'p-3': { extension: '1', direction: 'inbound' },
  'p-4': { extension: '2', direction: 'inbound' },
};
const OUTWARD: typeof WHO = {
  'p-1': { extension: '1', direction: 'outbound' },
  'p-2': { direction: 'inbound' },
  'p-3': { direction: 'inbound' },
  'p-4': { extension: '2', direction: 'inbound' },
};

const anyEvents = fc
  .tuple(
    fc.constantFrom(WHO, OUTWARD),
    // An event has a sequence of its own, and speaks of a party once.
    fc.uniqueArray(
      fc.tuple(
        fc.integer({ min: 1, max: 14 }),
        fc.uniqueArray(anyParty, { minLength: 1, maxLength: 2, selector: (party) => party.id }),
      ),
      { minLength: 1, maxLength: 14, selector: ([sequence]) => sequence },
    ),
  )
  .map(([who, steps]) =>
    steps.map(
      ([sequence, parties]): CallEvent => ({
        session: 's-1',
        sequence,
        at: 1_772_000_000_000 + sequence * 1_500,
        parties: parties.map(({ id, state, why, peer }) => ({
          ...{ id, state, from: { number: '+14155552671' }, to: { number: '+16505550100' } },
          ...who[id]!,
          ...(why !== undefined && { why }),
          ...(peer !== undefined && { peer }),
        })),
      }),
    ),
  );

describe('laws', () => {
  test('in any order and however often, the same events give the same state', () => {
    fc.assert(
      fc.property(
        anyEvents.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events, ...events], { minLength: events.length * 3 })),
        ),
        ([events, again]) => {
          expect(stateOf(again)).toEqual(stateOf(events));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('what was lost leaves the state poorer, never richer', () => {
    fc.assert(
      fc.property(
        anyEvents.chain((events) => fc.tuple(fc.constant(events), fc.subarray(events, { minLength: 1 }))),
        ([events, some]) => {
          const [whole, part] = [stateOf(events)!, stateOf(some)!];
          const within = (few: readonly string[], many: readonly string[]) =>
            expect(many).toEqual(expect.arrayContaining([...few]));
          within(
            part.legs.map((leg) => leg.party),
            whole.legs.map((leg) => leg.party),
          );
          within(part.people, whole.people);
          within(part.links, whole.links);
          if (part.fax) expect(whole.fax).toBe(true);
          // Who was called is known by the direction, which what was lost may have told otherwise.
          if (part.direction !== whole.direction) return;
          if (part.outcome === 'answered') expect(whole.outcome).toBe('answered');
          if (part.talked !== null) expect(whole.talked).not.toBeNull();
        },
      ),
      { numRuns: 400 },
    );
  });

  test('heard twice, it is the very same object: nothing is to be done', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const heard = events.reduce(hear, nothingHeard('s-1'));
        for (const event of events) expect(hear(heard, event)).toBe(heard);
      }),
    );
  });
});
