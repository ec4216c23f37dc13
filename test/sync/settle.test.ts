/** Settle is a table, and this is the table. Below it, the laws that hold whatever stands in it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, Json, Values } from '#kit/fields.ts';
import { equal, isBlank } from '#kit/values.ts';
import type { Winner } from '#mappings/format.ts';
import { type Base, type Pair, type Settled, type SettleRule, settle } from '#sync/settle.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const TEXT: Field = { kind: 'text', title: 'Text' };
const LIST: Field = {
  kind: 'list',
  title: 'List',
  identity: 'value',
  of: { value: { kind: 'text', title: 'Value' }, type: { kind: 'text', title: 'Type' } },
};
const LINES: Field = { kind: 'lines', title: 'Lines', of: { what: { kind: 'text', title: 'What' } } };

/** One pair with one field: `ours` on the record, `theirs` on the row, `was` what both held when they agreed (absent: they never met). */
interface Situation {
  ours?: Json;
  theirs?: Json;
  was?: Json;
  /** Theirs at the agreement, where the service held something else than we: a rendering. */
  wasTheirs?: Json;
  met?: false;
  rule?: Partial<SettleRule>;
  /** Whose value is younger. Default theirs. */
  newer?: 'ours' | 'theirs';
  pair?: Partial<Pair>;
}

/** What settle says of the field, and nothing that it does not say. */
interface Verdict {
  write?: Json;
  lost?: Json;
  tell?: true;
  ask?: 'conflict' | 'flipping';
  apart?: string;
  /** What ours is from now on agreed to be; absent: blank. */
  agreed?: Json;
  /** What theirs is agreed to be, where it is not the row as read. */
  lag?: Json;
  settling?: true;
}

function pairOf(situation: Situation): Pair {
  const rule: SettleRule = {
    crm: 'ours',
    field: TEXT,
    theirs: 'theirs',
    theirsField: situation.rule?.field ?? TEXT,
    way: 'both',
    winner: 'theirs',
    blank: 'erase',
    ...situation.rule,
  };
  const of = (name: string, value: Json | undefined): Values => (value === undefined || value === null ? {} : { [name]: value });
  const base: Base = {
    ours: of('ours', situation.was),
    theirs: of('theirs', situation.wasTheirs ?? situation.was),
    inward: () => of('ours', situation.wasTheirs ?? situation.was),
  };
  const ours = situation.newer === 'ours';
  return {
    rules: [rule],
    row: of('theirs', situation.theirs),
    inward: of('ours', situation.theirs),
    resting: new Set(),
    record: of('ours', situation.ours),
    base: situation.met === false ? null : base,
    edited: new Map(),
    leads: true,
    sourcedElsewhere: new Set(),
    outward: true,
    withheld: new Set(),
    owner: 'personal',
    cut: [],
    replaced: null,
    stale: false,
    rowTime: ours ? '2026-03-01T10:00:00.000Z' : '2026-03-01T11:00:00.000Z',
    recordTime: () => '2026-03-01T10:30:00.000Z',
    apart: null,
    flips: null,
    now: NOW,
    ...situation.pair,
  };
}

function verdictOf(out: Settled): Verdict {
  const verdict: Verdict = {};
  const change = out.changes.ours;
  if (change) verdict.write = change.to;
  if (change?.lost !== undefined) verdict.lost = change.lost;
  if (out.tells.length > 0) verdict.tell = true;
  if (out.questions[0]) verdict.ask = out.questions[0].kind;
  if (out.apart?.ours) verdict.apart = out.apart.ours;
  if (out.ours.ours !== undefined) verdict.agreed = out.ours.ours;
  if (out.lag && 'theirs' in out.lag) verdict.lag = out.lag.theirs as Json;
  if (out.settling) verdict.settling = true;
  return verdict;
}

const judge = (situation: Situation): Verdict => verdictOf(settle(pairOf(situation)));
const table = (rows: { [name: string]: [Situation, Verdict] }): void =>
  test.each(Object.entries(rows))('%s', (_name, [situation, verdict]) => expect(judge(situation)).toEqual(verdict));

const neither = { was: 'b', ours: 'b', theirs: 'b' };
const theirsChanged = { was: 'b', ours: 'b', theirs: 't' };
const oursChanged = { was: 'b', ours: 'o', theirs: 'b' };
const bothSame = { was: 'b', ours: 'x', theirs: 'x' };
const bothDiffer = { was: 'b', ours: 'o', theirs: 't' };

const NOTHING: Verdict = { agreed: 'b' };
const TAKEN: Verdict = { write: 't', agreed: 't' };
const WON: Verdict = { write: 't', lost: 'o', agreed: 't' };
const TOLD: Verdict = { tell: true, agreed: 't' };
const OWED: Verdict = { tell: true, agreed: 'b' };
const OURS_APART: Verdict = { apart: 'one way', agreed: 'o' };
const ASKED: Verdict = { ask: 'conflict', agreed: 'b', lag: 'b' };

/** way → winner → what becomes of: only theirs changed, only ours, both differently with theirs newer, with ours newer. */
const RULES: { [way in SettleRule['way']]: { [winner in Winner]: [Verdict, Verdict, Verdict, Verdict] } } = {
  both: {
    crm: [TAKEN, OWED, TOLD, TOLD],
    theirs: [TAKEN, OWED, WON, WON],
    newest: [TAKEN, OWED, WON, TOLD],
    ask: [TAKEN, OWED, ASKED, ASKED],
  },
  in: {
    crm: [TAKEN, { ...NOTHING, apart: 'one way' }, OURS_APART, OURS_APART],
    theirs: [TAKEN, { ...NOTHING, apart: 'one way' }, WON, WON],
    newest: [TAKEN, { ...NOTHING, apart: 'one way' }, WON, OURS_APART],
    ask: [TAKEN, { ...NOTHING, apart: 'one way' }, WON, WON],
  },
  out: {
    crm: [TOLD, OWED, TOLD, TOLD],
    theirs: [{ apart: 'one way', agreed: 'b' }, OWED, OURS_APART, OURS_APART],
    newest: [TOLD, OWED, OURS_APART, TOLD],
    ask: [TOLD, OWED, TOLD, TOLD],
  },
};

describe('who changed × winner × way', () => {
  for (const way of ['both', 'in', 'out'] as const)
    for (const winner of ['crm', 'theirs', 'newest', 'ask'] as const) {
      const rule = { way, winner };
      const [onlyTheirs, onlyOurs, theirsNewer, oursNewer] = RULES[way][winner];
      table({
        [`${way}, ${winner}: neither changed`]: [{ ...neither, rule }, NOTHING],
        [`${way}, ${winner}: both, to the same`]: [{ ...bothSame, rule }, { agreed: 'x' }],
        [`${way}, ${winner}: only theirs`]: [{ ...theirsChanged, rule }, onlyTheirs],
        [`${way}, ${winner}: only ours`]: [{ ...oursChanged, rule }, onlyOurs],
        [`${way}, ${winner}: both differently, theirs newer`]: [{ ...bothDiffer, rule }, theirsNewer],
        [`${way}, ${winner}: both differently, ours newer`]: [{ ...bothDiffer, rule, newer: 'ours' }, oursNewer],
      });
    }
});

describe('first meeting', () => {
  const met = false as const;
  table({
    'equal agrees': [{ met, ours: 'x', theirs: 'x' }, { agreed: 'x' }],
    'both blank': [{ met }, {}],
    'ours blank is filled': [
      { met, theirs: 't' },
      { write: 't', agreed: 't' },
    ],
    'ours blank, in': [
      { met, theirs: 't', rule: { way: 'in' } },
      { write: 't', agreed: 't' },
    ],
    'ours blank, out': [{ met, theirs: 't', rule: { way: 'out' } }, { apart: 'one way' }],
    'theirs blank is told': [{ met, ours: 'o' }, { tell: true }],
    'theirs blank, in': [
      { met, ours: 'o', rule: { way: 'in' } },
      { apart: 'one way', agreed: 'o' },
    ],
    'theirs blank, out': [{ met, ours: 'o', rule: { way: 'out' } }, { tell: true }],
    'theirs blank, service read-only': [
      { met, ours: 'o', pair: { outward: false } },
      { apart: 'one way', agreed: 'o' },
    ],
    'differ, crm': [
      { met, ours: 'o', theirs: 't', rule: { winner: 'crm' } },
      { tell: true, agreed: 't' },
    ],
    'differ, theirs': [
      { met, ours: 'o', theirs: 't' },
      { write: 't', lost: 'o', agreed: 't' },
    ],
    'differ, newest is theirs': [
      { met, ours: 'o', theirs: 't', rule: { winner: 'newest' } },
      { write: 't', lost: 'o', agreed: 't' },
    ],
    'differ, newest is ours': [
      { met, ours: 'o', theirs: 't', rule: { winner: 'newest' }, newer: 'ours' },
      { tell: true, agreed: 't' },
    ],
    'differ, ask': [
      { met, ours: 'o', theirs: 't', rule: { winner: 'ask' } },
      { ask: 'conflict', lag: null },
    ],
    'differ, ask, in: nobody to ask for, theirs stands': [
      { met, ours: 'o', theirs: 't', rule: { winner: 'ask', way: 'in' } },
      { write: 't', lost: 'o', agreed: 't' },
    ],
    'a new rule of an old pair meets for the first time': [
      { ...bothDiffer, pair: { edited: new Map([['ours', 'new']]) } },
      { write: 't', lost: 'o', agreed: 't' },
    ],
    'lists, out: only ours is said, whoever wins': [
      { met, ours: [{ value: 'a' }], theirs: [{ value: 'b' }], rule: { field: LIST, way: 'out', winner: 'crm' } },
      { tell: true, agreed: [{ value: 'b' }] },
    ],
    'lists, a follower that has more than we': [
      { met, ours: [{ value: 'a' }], theirs: [{ value: 'a' }, { value: 'b' }], rule: { field: LIST }, pair: { leads: false } },
      { apart: 'one way', agreed: [{ value: 'a' }] },
    ],
    'an item of a list that was cut is not believed': [
      { met, theirs: [{ value: 'a' }], rule: { field: LIST }, pair: { cut: ['theirs'] } },
      { apart: 'cut' },
    ],
  });
});

describe('blanks', () => {
  const keep = { blank: 'keep' as const };
  table({
    'theirs erased, erase': [{ was: 'b', ours: 'b' }, { write: null }],
    'theirs erased, keep': [
      { was: 'b', ours: 'b', rule: keep },
      { apart: 'blank kept', agreed: 'b' },
    ],
    'ours erased, erase': [
      { was: 'b', theirs: 'b' },
      { tell: true, agreed: 'b' },
    ],
    'ours erased, keep': [{ was: 'b', theirs: 'b', rule: keep }, { apart: 'blank kept' }],
    'theirs erased and ours edited, theirs wins, erase': [
      { was: 'b', ours: 'o' },
      { write: null, lost: 'o' },
    ],
    'theirs erased and ours edited, theirs wins, keep: the blank says nothing': [
      { was: 'b', ours: 'o', rule: keep },
      { tell: true },
    ],
    'theirs erased and ours edited, in, keep': [
      { was: 'b', ours: 'o', rule: { ...keep, way: 'in' } },
      { apart: 'blank kept', agreed: 'o' },
    ],
    'ours erased and theirs edited, crm wins, keep: the blank says nothing': [
      { was: 'b', theirs: 't', rule: { ...keep, winner: 'crm' } },
      { write: 't', agreed: 't' },
    ],
    'ours blank, theirs edited, out, keep: no blank is told': [
      { theirs: 't', rule: { ...keep, way: 'out', winner: 'crm' } },
      { apart: 'blank kept' },
    ],
    'theirs emptied a list that we added to, keep': [
      { was: [{ value: 'a' }], ours: [{ value: 'a' }, { value: 'o' }], rule: { ...keep, field: LIST } },
      { tell: true },
    ],
  });
});

describe('lists merge as sets, lines as one value', () => {
  const field = { field: LIST };
  const [a, b, c] = [{ value: 'a' }, { value: 'b' }, { value: 'c' }];
  table({
    'order is no value': [{ was: [a, b], ours: [a, b], theirs: [b, a], rule: field }, { agreed: [a, b] }],
    'each added one': [
      { was: [a], ours: [a, b], theirs: [a, c], rule: field },
      { write: [a, b, c], tell: true, agreed: [a, c] },
    ],
    'each removed what the other kept': [
      { was: [a, b], ours: [a], theirs: [b], rule: field },
      { write: null, tell: true, agreed: [b] },
    ],
    'each removed what the other kept, and no blank may erase': [
      { was: [a, b], ours: [a], theirs: [b], rule: { ...field, blank: 'keep' } },
      { apart: 'blank kept', agreed: [a] },
    ],
    'one added, the other removed': [
      { was: [a], ours: [a, b], rule: field },
      { write: [b], tell: true },
    ],
    'both added the same': [{ was: [a], ours: [a, b], theirs: [b, a], rule: field }, { agreed: [a, b] }],
    'ours is contained in theirs': [
      { was: [a], ours: [a, b], theirs: [a, b, c], rule: field },
      { write: [a, b, c], agreed: [a, b, c] },
    ],
    'first meeting: the union': [
      { met: false, ours: [a], theirs: [b], rule: field },
      { write: [a, b], tell: true, agreed: [b] },
    ],
    'in: ours takes theirs and keeps its own': [
      { was: [a], ours: [a, b], theirs: [a, c], rule: { ...field, way: 'in' } },
      { write: [a, b, c], apart: 'one way', agreed: [a, b, c] },
    ],
    'both edited one item: the winner’s part': [
      { was: [{ value: 'a', type: '1' }], ours: [{ value: 'a', type: '2' }], theirs: [{ value: 'a', type: '3' }], rule: field },
      { write: [{ value: 'a', type: '3' }], agreed: [{ value: 'a', type: '3' }] },
    ],
    'a cut list that seems to have lost items has not changed': [
      { was: [a, b], ours: [a, b], theirs: [a], rule: field, pair: { cut: ['theirs'] } },
      { agreed: [a, b] },
    ],
    'lines, only theirs': [
      { was: [{ what: '1' }], ours: [{ what: '1' }], theirs: [{ what: '2' }], rule: { field: LINES } },
      { write: [{ what: '2' }], agreed: [{ what: '2' }] },
    ],
    'lines, both: always asked': [
      { was: [{ what: '1' }], ours: [{ what: '2' }], theirs: [{ what: '3' }], rule: { field: LINES } },
      { ask: 'conflict', agreed: [{ what: '1' }], lag: [{ what: '1' }] },
    ],
  });
});

describe('followers, services that are only read, formulas', () => {
  const follower = { leads: false };
  const formula = { theirs: null, theirsField: null, way: 'in' as const };
  table({
    'a follower’s edit stays its own': [
      { ...theirsChanged, rule: { winner: 'crm' }, pair: follower },
      { apart: 'one way', agreed: 'b' },
    ],
    'a follower’s edit beside ours': [{ ...bothDiffer, rule: { winner: 'crm' }, pair: follower }, TOLD],
    'a follower never wins': [{ ...bothDiffer, pair: follower }, OURS_APART],
    'a follower is told': [{ ...oursChanged, pair: follower }, OWED],
    'a follower does not fill': [{ met: false, theirs: 't', pair: follower }, { apart: 'one way' }],
    'only read: ours changed': [
      { ...oursChanged, pair: { outward: false } },
      { apart: 'one way', agreed: 'b' },
    ],
    'only read: crm wins and cannot say so': [{ ...bothDiffer, rule: { winner: 'crm' }, pair: { outward: false } }, OURS_APART],
    'a formula that gives something new': [{ ...theirsChanged, rule: formula }, TAKEN],
    'a formula that gives the same': [{ ...neither, rule: formula }, NOTHING],
    'a formula over an edited record: ours stays': [
      { ...oursChanged, rule: formula },
      { apart: 'one way', agreed: 'b' },
    ],
  });
});

describe('fields whose source is another connection', () => {
  const pair = { sourcedElsewhere: new Set(['ours']) };
  const deaf = { ...pair, outward: false };
  const keep = { blank: 'keep' as const };
  const [a, b] = [{ value: 'a' }, { value: 'b' }];
  table({
    'only theirs changed: ours is told': [{ ...theirsChanged, pair }, TOLD],
    'only theirs changed, in': [
      { ...theirsChanged, rule: { way: 'in' }, pair },
      { apart: 'one way', agreed: 'b' },
    ],
    'only theirs changed, only read': [
      { ...theirsChanged, pair: deaf },
      { apart: 'one way', agreed: 'b' },
    ],
    'only theirs changed, and the source has said nothing yet': [{ theirs: 't', pair }, { apart: 'one way' }],
    'only theirs erased': [{ was: 'b', ours: 'b', pair }, { tell: true }],
    'only ours changed': [{ ...oursChanged, pair }, OWED],
    'ours erased': [
      { was: 'b', theirs: 'b', pair },
      { tell: true, agreed: 'b' },
    ],
    'both, to the same': [{ ...bothSame, pair }, { agreed: 'x' }],
    'both differently, theirs wins elsewhere': [{ ...bothDiffer, pair }, TOLD],
    'both differently, newest is theirs': [{ ...bothDiffer, rule: { winner: 'newest' }, pair }, TOLD],
    'both differently, ask: nothing to ask': [{ ...bothDiffer, rule: { winner: 'ask' }, pair }, TOLD],
    'both differently, in': [{ ...bothDiffer, rule: { way: 'in' }, pair }, OURS_APART],
    'both differently, only read': [{ ...bothDiffer, pair: deaf }, OURS_APART],
    'ours erased and theirs edited, erase': [
      { was: 'b', theirs: 't', pair },
      { tell: true, agreed: 't' },
    ],
    'ours erased and theirs edited, keep: the blank says nothing': [
      { was: 'b', theirs: 't', rule: keep, pair },
      { apart: 'one way' },
    ],
    'first meeting, differ': [{ met: false, ours: 'o', theirs: 't', pair }, TOLD],
    'first meeting, ours blank: nothing is filled': [{ met: false, theirs: 't', pair }, { apart: 'one way' }],
    'first meeting, theirs blank': [{ met: false, ours: 'o', pair }, { tell: true }],
    'a list is not merged': [
      { was: [a], ours: [a], theirs: [a, b], rule: { field: LIST }, pair },
      { tell: true, agreed: [a, b] },
    ],
    'lists at the first meeting': [
      { met: false, ours: [a], theirs: [b], rule: { field: LIST }, pair },
      { tell: true, agreed: [b] },
    ],
    'lines, both: not asked': [
      { was: [{ what: '1' }], ours: [{ what: '2' }], theirs: [{ what: '3' }], rule: { field: LINES }, pair },
      { tell: true, agreed: [{ what: '3' }] },
    ],
    'put back twice within an hour: told, not asked': [
      {
        was: 'o',
        ours: 'o',
        theirs: 't',
        pair: { ...pair, replaced: { theirs: 't' }, flips: { ours: ['2026-03-01T11:30:00.000Z'] } },
      },
      TOLD,
    ],
    'a row that follows': [{ ...theirsChanged, pair: { ...pair, leads: false } }, TOLD],
  });
});

describe('fields whose value came from another person’s account', () => {
  const pair = { withheld: new Set(['ours']) };
  const [a, b] = [{ value: 'a' }, { value: 'b' }];
  table({
    'only ours changed': [
      { ...oursChanged, pair },
      { apart: 'personal', agreed: 'b' },
    ],
    'only theirs changed': [{ ...theirsChanged, pair }, TAKEN],
    'both differently, crm': [
      { ...bothDiffer, rule: { winner: 'crm' }, pair },
      { apart: 'personal', agreed: 'o' },
    ],
    'both differently, theirs': [{ ...bothDiffer, pair }, WON],
    'both differently, ask': [{ ...bothDiffer, rule: { winner: 'ask' }, pair }, ASKED],
    'first meeting, theirs blank': [
      { met: false, ours: 'o', pair },
      { apart: 'personal', agreed: 'o' },
    ],
    'first meeting, ours blank': [{ met: false, theirs: 't', pair }, TAKEN],
    'lists: theirs is taken, ours is kept back': [
      { met: false, ours: [a], theirs: [b], rule: { field: LIST }, pair },
      { write: [a, b], apart: 'personal', agreed: [a, b] },
    ],
    'a rule that never goes out': [
      { ...oursChanged, rule: { way: 'in' }, pair },
      { apart: 'one way', agreed: 'b' },
    ],
    'kept back before, and shared now': [
      { was: 'o', wasTheirs: 't', ours: 'o', theirs: 't', pair: { apart: { ours: 'personal' } } },
      { tell: true, agreed: 't' },
    ],
    'kept back before and still': [
      { was: 'o', wasTheirs: 't', ours: 'o', theirs: 't', pair: { ...pair, apart: { ours: 'personal' } } },
      { apart: 'personal', agreed: 'o' },
    ],
  });
});

describe('renderings, edited rules, resting rules', () => {
  const rendered = { was: 'Bartholomew', wasTheirs: 'Barth', ours: 'Bartholomew', theirs: 'Barth' };
  const changed = { edited: new Map([['ours', 'changed' as const]]) };
  const anew = (why?: 'rendering' | 'parted') => ({
    edited: new Map([['ours', 'anew' as const]]),
    ...(why ? { apart: { ours: why } } : {}),
  });
  table({
    'a rendering does not move': [
      { ...rendered, pair: { apart: { ours: 'rendering' } } },
      { apart: 'rendering', agreed: 'Bartholomew' },
    ],
    'a rendering edited over there is a change': [
      { ...rendered, theirs: 'Bart' },
      { write: 'Bart', agreed: 'Bart' },
    ],
    'a rendering edited here is told': [
      { ...rendered, ours: 'Barney' },
      { tell: true, agreed: 'Bartholomew' },
    ],
    'parted stays parted': [
      { was: 'o', wasTheirs: 't', ours: 'o', theirs: 't', pair: { apart: { ours: 'parted' } } },
      { apart: 'parted', agreed: 'o' },
    ],
    'parted and then edited is settled like any other': [
      { was: 'o', wasTheirs: 't', ours: 'o', theirs: 'u', pair: { apart: { ours: 'parted' } } },
      { write: 'u', agreed: 'u' },
    ],
    'an edited rule makes theirs count as changed': [{ was: 'b', wasTheirs: 't', ours: 'b', theirs: 't', pair: changed }, TAKEN],
    'an edited rule that gives the same changes nothing': [{ ...neither, pair: changed }, NOTHING],
    'an edited rule beside an edit of ours: the winner': [{ ...bothDiffer, rule: { winner: 'crm' }, pair: changed }, TOLD],
    'to be decided anew, theirs counts as changed': [{ was: 'b', wasTheirs: 't', ours: 'b', theirs: 't', pair: anew() }, TAKEN],
    'to be decided anew, equal sides agree': [{ ...neither, pair: anew('rendering') }, NOTHING],
    'to be decided anew, a rendering is no news': [
      { ...rendered, pair: anew('rendering') },
      { apart: 'rendering', agreed: 'Bartholomew' },
    ],
    'to be decided anew, what an undo left is no news': [
      { was: 'o', wasTheirs: 't', ours: 'o', theirs: 't', pair: anew('parted') },
      { apart: 'parted', agreed: 'o' },
    ],
    'a resting rule keeps the agreement': [
      { ...bothDiffer, pair: { resting: new Set(['ours']) } },
      { agreed: 'b', lag: 'b' },
    ],
    'a resting rule of strangers agrees on nothing, and leaves theirs as news': [
      { met: false, ours: 'o', theirs: 't', pair: { resting: new Set(['ours']) } },
      { lag: null },
    ],
    'an edited rule that rests leaves theirs as news': [
      { was: 'b', wasTheirs: 't', ours: 'b', theirs: 't', pair: { ...changed, resting: new Set(['ours']) } },
      { agreed: 'b', lag: null },
    ],
  });
});

describe('reads that lag, values that are put back', () => {
  const reversal = { was: 'o', ours: 'o', theirs: 't' };
  const replaced = { replaced: { theirs: 't' } };
  const before = { ours: ['2026-03-01T11:30:00.000Z'] };
  const longAgo = { ours: ['2026-03-01T10:30:00.000Z'] };
  table({
    'a stale read shows what we replaced: no change, look again': [
      { ...reversal, pair: { ...replaced, stale: true } },
      { agreed: 'o', lag: 'o', settling: true },
    ],
    'a stale read shows something else: a change': [
      { ...reversal, theirs: 'u', pair: { ...replaced, stale: true } },
      { write: 'u', agreed: 'u' },
    ],
    'reads are reliable again: what we replaced was put back': [
      { ...reversal, pair: replaced },
      { write: 't', agreed: 't' },
    ],
    'put back twice within an hour: asked': [
      { ...reversal, pair: { ...replaced, flips: before } },
      { ask: 'flipping', agreed: 'o', lag: 'o' },
    ],
    'put back long ago does not count': [
      { ...reversal, pair: { ...replaced, flips: longAgo } },
      { write: 't', agreed: 't' },
    ],
    'a value never replaced is no reversal': [
      { ...reversal, theirs: 'u', pair: { ...replaced, flips: before } },
      { write: 'u', agreed: 'u' },
    ],
  });

  test('a reversal is counted under its field', () => {
    expect(settle(pairOf({ ...reversal, pair: replaced })).flips).toEqual({ ours: [new Date(NOW).toISOString()] });
  });
});

describe('the question says what a person needs', () => {
  test('both values and the agreed one', () => {
    expect(settle(pairOf({ ...bothDiffer, rule: { winner: 'ask' } })).questions).toEqual([
      { field: 'ours', kind: 'conflict', ours: 'o', theirs: 't', base: 'b' },
    ]);
  });
});

// ── Laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const scalar = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });
const items = fc.option(
  fc.uniqueArray(fc.record({ value: fc.constantFrom('a', 'b', 'c') }, { requiredKeys: ['value'] }), {
    selector: (item) => item.value,
    minLength: 1,
  }),
  { nil: undefined },
);
const rule = fc.record({
  way: fc.constantFrom('both' as const, 'in' as const, 'out' as const),
  winner: fc.constantFrom('crm' as const, 'theirs' as const, 'newest' as const, 'ask' as const),
  blank: fc.constantFrom('keep' as const, 'erase' as const),
});
const sides = <T extends Json>(field: Field, value: fc.Arbitrary<T | undefined>): fc.Arbitrary<Situation> =>
  fc
    .record({
      ours: value,
      theirs: value,
      was: value,
      wasTheirs: value,
      met: fc.boolean(),
      rule,
      newer: fc.constantFrom('ours' as const, 'theirs' as const),
      leads: fc.boolean(),
      elsewhere: fc.boolean(),
      withheld: fc.boolean(),
      outward: fc.boolean(),
    })
    .map(({ ours, theirs, was, wasTheirs, met, rule, newer, leads, elsewhere, withheld, outward }) => ({
      newer,
      rule: { ...rule, field, theirsField: field },
      pair: {
        leads,
        outward,
        sourcedElsewhere: new Set(elsewhere ? ['ours'] : []),
        withheld: new Set(withheld ? ['ours'] : []),
      },
      ...(ours === undefined ? {} : { ours }),
      ...(theirs === undefined ? {} : { theirs }),
      ...(was === undefined ? {} : { was }),
      ...(wasTheirs === undefined ? {} : { wasTheirs }),
      ...(met ? {} : { met: false as const }),
    }));
const situation = fc.oneof(sides(TEXT, scalar), sides(LIST, items));
const law = (name: string, holds: (situation: Situation, pair: Pair, out: Settled) => void): void =>
  test(name, () =>
    fc.assert(
      fc.property(situation, (one) => {
        const pair = pairOf(one);
        holds(one, pair, settle(pair));
      }),
      { numRuns: 5_000 },
    ),
  );

/** Both sides after everything settle said was done: the record changed, the service told. */
function carriedOut(pair: Pair, out: Settled): Pair {
  const record: Values = { ...pair.record };
  for (const [field, change] of Object.entries(out.changes)) {
    if (isBlank(change.to)) delete record[field];
    else record[field] = change.to;
  }
  const told = out.tells.length > 0;
  const value = told ? record.ours : pair.row.theirs;
  const row: Values = isBlank(value) ? {} : { theirs: value! };
  const ours = told ? record : out.ours;
  const theirs = told ? row : { ...row, ...out.lag };
  return {
    ...pair,
    record,
    row,
    inward: isBlank(value) ? {} : { ours: value! },
    apart: out.apart,
    flips: out.flips,
    base: { ours, theirs, inward: () => ours },
  };
}

describe('laws', () => {
  law('whatever it says, done once, leaves nothing to do', (_one, pair, out) => {
    const again = settle(carriedOut(pair, out));
    expect({ changes: again.changes, tells: again.tells }).toEqual({ changes: {}, tells: [] });
    expect(again.questions.map((q) => q.field)).toEqual(out.questions.map((q) => q.field));
  });

  law('what it owes is still owed when it is settled again at delivery', (_one, pair, out) => {
    const written = carriedOut(pair, { ...out, tells: [] });
    expect(settle({ ...written, stale: false }).tells).toEqual(out.tells);
  });

  law('afterwards both sides are equal, apart for a reason, or asked about', (_one, pair, out) => {
    const after = carriedOut(pair, out);
    const field = pair.rules[0]!.field;
    const settled =
      equal(field, after.record.ours, after.row.theirs) || out.questions.length > 0 || out.apart?.ours !== undefined;
    const stillApart = pair.base !== null && equal(field, pair.base.ours.ours, pair.record.ours);
    expect(settled || stillApart).toBe(true);
  });

  law('what neither side changed does not move', (one, pair) => {
    if (pair.base === null) return;
    const still = settle({ ...pair, record: pair.base.ours, row: pair.base.theirs, inward: pair.base.inward() });
    expect([still.changes, still.tells, still.questions, one.met]).toEqual([{}, [], [], undefined]);
  });

  law(
    'a field that goes one way is never written the other way; a follower, and who is no source, gives nothing',
    (_one, pair, out) => {
      const { way } = pair.rules[0]!;
      if (way === 'out' || !pair.leads || pair.sourcedElsewhere.size > 0) expect(out.changes).toEqual({});
      if (way === 'in' || !pair.outward || pair.withheld.size > 0) expect(out.tells).toEqual([]);
    },
  );

  law('where blanks are kept, none erases a value on either side', (_one, pair, out) => {
    if (pair.rules[0]!.blank !== 'keep') return;
    const after = carriedOut(pair, out);
    if (!isBlank(pair.record.ours)) expect(after.record.ours).toBeDefined();
    if (!isBlank(pair.row.theirs)) expect(after.row.theirs).toBeDefined();
  });

  law('a lone edit is never lost', (_one, pair, out) => {
    if (pair.base === null) return;
    const { field } = pair.rules[0]!;
    const theirsStood = equal(field, pair.row.theirs, pair.base.theirs.theirs);
    const oursStood = equal(field, pair.record.ours, pair.base.ours.ours);
    const after = carriedOut(pair, out);
    if (theirsStood && !oursStood) expect(equal(field, after.record.ours, pair.record.ours)).toBe(true);
    const heard = pair.rules[0]!.way !== 'out' && pair.leads && pair.sourcedElsewhere.size === 0;
    if (oursStood && !theirsStood && heard) expect(equal(field, after.row.theirs, pair.row.theirs)).toBe(true);
  });

  law('the same pair settles the same way, and nothing of it is changed', (_one, pair, out) => {
    const frozen = JSON.stringify([pair.record, pair.row, pair.inward, pair.base?.ours, pair.base?.theirs]);
    expect(settle(pair)).toEqual(out);
    expect(JSON.stringify([pair.record, pair.row, pair.inward, pair.base?.ours, pair.base?.theirs])).toBe(frozen);
  });
});
