import { type Random, random } from '../kit/random.ts';
import type { Cast } from './cast.ts';
import { storyOf } from './stories/corpus.ts';
import type { Outsider, Role, Story } from './stories/story.ts';

/** A call of the simulated month: what to ring, and when it began. */
export interface MonthCall {
  story: Story;
  cast: Cast;
  /** Milliseconds since the epoch. */
  begins: number;
}

export interface Month {
  /** When it begins, ms since the epoch. Default 2026-03-01T00:00:00Z. */
  from?: number;
  /** How many people outside there are. Default a fifth of the calls. */
  customers?: number;
}

/** How often each story happens among a thousand calls; the rest are answered calls, in and out. */
const SHARES: readonly (readonly [name: string, share: number])[] = [
  ...([
    ['missed', 70],
    ['voicemail-with-transcript', 30],
    ['voicemail-hung-up', 8],
    ['busy-inbound', 6],
    ['rejected', 8],
  ] as const),
  ...([
    ['busy-outbound', 14],
    ['no-answer-outbound', 60],
    ['cancelled-outbound', 15],
    ['wrong-number-outbound', 3],
  ] as const),
  ...([
    ['hold-and-resume', 25],
    ['recording-late', 40],
    ['very-short', 8],
    ['internal', 50],
    ['internal-missed', 8],
  ] as const),
  ...([
    ['self-call', 3],
    ['menu-dropped', 12],
    ['menu-then-user', 60],
    ['menu-then-missed', 12],
    ['menu-then-queue', 20],
  ] as const),
  ...([
    ['toll-free', 10],
    ['queue-answered', 45],
    ['queue-nobody', 10],
    ['queue-voicemail', 6],
    ['queue-abandoned', 6],
  ] as const),
  ...([
    ['queue-one-by-one', 10],
    ['ring-group', 20],
    ['ring-group-nobody', 4],
    ['simultaneous-ring', 15],
    ['find-me', 10],
  ] as const),
  ...([
    ['follow-me-nobody', 4],
    ['forwarded-outside', 3],
    ['picked-up-by-colleague', 4],
    ['parked-and-picked-up', 6],
  ] as const),
  ...([
    ['parked-and-abandoned', 1],
    ['flipped', 3],
    ['switched-device', 4],
    ['blind-transfer', 18],
    ['warm-transfer', 16],
  ] as const),
  ...([
    ['blind-transfer-unanswered', 3],
    ['warm-transfer-declined', 3],
    ['transfer-to-voicemail', 3],
    ['transfer-back', 2],
  ] as const),
  ...([
    ['transfer-outside', 2],
    ['outbound-transferred', 3],
    ['conference', 3],
    ['conference-merged', 2],
    ['monitored', 3],
  ] as const),
  ...([
    ['barge-in', 1],
    ['two-at-once', 6],
    ['second-caller-missed', 6],
    ['anonymous', 8],
    ['anonymous-missed', 4],
  ] as const),
  ...([
    ['masked', 2],
    ['national-form', 4],
    ['no-plus', 4],
    ['caller-with-extension', 3],
    ['ring-out-answered', 20],
  ] as const),
  ...([
    ['ring-out-no-answer', 6],
    ['ring-out-user-absent', 2],
    ['ring-out-cancelled', 2],
    ['call-out', 5],
    ['fax-inbound', 4],
  ] as const),
  ...([
    ['fax-outbound', 4],
    ['log-only', 3],
    ['end-never-told', 2],
    ['record-late', 3],
    ['record-deleted', 1],
  ] as const),
  ...([
    ['told-out-of-order', 4],
    ['failed-inbound', 2],
  ] as const),
];

const THOUSAND: readonly string[] = SHARES.flatMap(([name, share]) => Array<string>(share).fill(name));
const USUAL = ['answered-inbound', 'answered-outbound'];
const PEOPLE = ['ann', 'bob', 'cid', 'dee', 'eve', 'fay'];
const MONTH = 30 * 86_400_000;

/** The calls of a month in the order in which they begin, the same for the same seed; made one by one as they are taken. */
export function* calls(
  n: number,
  seed: number,
  { from = Date.parse('2026-03-01T00:00:00Z'), customers = Math.ceil(n / 5) }: Month = {},
) {
  const chance = random(seed);
  for (let i = 0; i < n; i++) {
    const drawn = chance.below(1000);
    const story = storyOf(THOUSAND[drawn] ?? chance.pick(USUAL));
    const call: MonthCall = { story, cast: castOf(story, chance, seed, customers), begins: from + Math.floor((i / n) * MONTH) };
    yield call;
  }
}

/** People change places at random, and everybody outside has a number of the month's own. */
function castOf(story: Story, chance: Random, seed: number, customers: number): Cast {
  const cast: { [role: Role]: string | Outsider } = {};
  const turn = chance.below(PEOPLE.length);
  for (const [n, role] of PEOPLE.entries()) cast[role] = PEOPLE[(n + turn) % PEOPLE.length] ?? role;
  for (const [role, { number, form, mobileOf }] of Object.entries(story.outside ?? { customer: { number: '' } })) {
    if (mobileOf !== undefined || form === 'anonymous' || (number !== undefined && number.length < 7 && number !== '')) continue;
    cast[role] = {
      number: form === 'national' ? american(seed, chance.below(customers)) : numberOf(seed, chance.below(customers)),
    };
  }
  return cast;
}

/** The number of the month's customer `n`, E.164: most in America, some in Britain, Germany and France. */
export function numberOf(seed: number, n: number): string {
  const luck = random(seed * 7919 + n);
  const digits = String(n).padStart(6, '0');
  switch (luck.below(20)) {
    case 0:
      return `+4420718${digits.slice(-5)}`;
    case 1:
      return `+4930${digits.padStart(8, '2')}`;
    case 2:
      return `+331${`4${digits}`.padStart(8, '4')}`;
    default:
      return american(seed, n);
  }
}

const AREAS = ['202', '212', '213', '303', '305', '312', '404', '415', '503', '512', '602', '617', '646', '702', '713', '801'];

function american(seed: number, n: number): string {
  const area = AREAS[(n + seed) % AREAS.length];
  return `+1${area}${200 + (Math.floor(n / 10_000) % 700)}${String(n % 10_000).padStart(4, '0')}`;
}
