/** Calls that are remarkable for the numbers they show. */
import {
  type Expected,
  inbound,
  legIn,
  legOut,
  type Outsider,
  outbound,
  recordIn,
  recordOut,
  type Step,
  type Story,
  talked,
  untaken,
} from './story.ts';

const ANSWERED: readonly Step[] = [
  [0, 'a1', 'Setup'],
  [0.1, 'a2', 'Setup'],
  [0.4, 'a2', 'Proceeding'],
  [5, 'a2', 'Answered'],
  [5.1, 'a1', 'Answered'],
  [50, 'a2', 'Disconnected'],
  [50.1, 'a1', 'Disconnected'],
];

/** A customer calls Ann, who answers: only the number differs. */
function answered(name: string, title: string, customer: Outsider, rest: Partial<Expected> = {}): Story {
  return {
    ...{ name, title, outside: { customer }, sessions: { a: inbound() }, events: ANSWERED },
    log: [
      recordIn('ann', {
        seconds: 50,
        result: 'Accepted',
        legs: [legIn('ann', { at: 0, seconds: 50, result: 'Accepted', master: true })],
      }),
    ],
    expected: [talked('ann', 45, rest)],
  };
}

/** Ann dials, and somebody answers. */
function dialled(
  name: string,
  title: string,
  customer: Outsider,
  expected: Expected,
  how: { result?: string; action?: string; internalType?: string } = {},
): Story {
  const { result = 'Call connected', action = 'VoIP Call', internalType } = how;
  return {
    ...{ name, title, outside: { customer }, sessions: { a: outbound() } },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Proceeding'],
      [2, 'a1', 'Proceeding'],
      [6, 'a2', 'Answered'],
      [6, 'a1', 'Answered'],
      [36, 'a1', 'Disconnected'],
      [36.1, 'a2', 'Disconnected'],
    ],
    log: [
      recordOut('ann', {
        seconds: 36,
        result,
        action,
        internalType,
        legs: [legOut('ann', { at: 0, seconds: 36, result, action, master: true })],
      }),
    ],
    expected: [expected],
  };
}

export const numbers: readonly Story[] = [
  answered('anonymous', 'The caller shows no number; Ann answers', { form: 'anonymous' }, { outside: undefined }),
  {
    name: 'anonymous-missed',
    title: 'The caller shows no number and nobody answers: there is no one to call back',
    outside: { customer: { form: 'anonymous' } },
    sessions: { a: inbound() },
    events: [
      [0, 'a1', 'Setup'],
      [0.1, 'a2', 'Setup'],
      [0.4, 'a2', 'Proceeding'],
      [22, 'a2', 'Disconnected', { reason: 'Cancelled', missed: true }],
      [22.1, 'a1', 'Disconnected', { reason: 'Cancelled' }],
    ],
    log: [
      recordIn('ann', {
        seconds: 22,
        result: 'Missed',
        legs: [legIn('ann', { at: 0, seconds: 22, result: 'Missed', master: true })],
      }),
    ],
    expected: [untaken('missed', 'ann', { outside: undefined, followUp: false })],
  },
  answered(
    'masked',
    'The service hides the last four digits of the caller',
    { number: '+14155550142', form: 'masked' },
    { outside: undefined },
  ),
  answered('national-form', 'The service shows the caller’s number as it is written at home', {
    number: '+18665550142',
    form: 'national',
  }),
  answered('no-plus', 'The service shows the caller’s number without its plus', { number: '+14155550142', form: 'no plus' }),
  answered('caller-with-extension', 'The caller’s number carries an extension of their own', {
    number: '+13125550188',
    form: 'with extension',
    name: 'ACME SWITCHBOARD',
  }),
  answered('from-abroad', 'A call from London', { number: '+442071838750', name: 'LONDON', location: 'London, United Kingdom' }),
  answered('toll-free-caller', 'The caller calls from a toll-free number', { number: '+18005550177', name: 'TOLL FREE CALL' }),
  {
    ...answered('from-a-colleagues-mobile', 'Bob calls Ann’s direct number from his own mobile phone', {
      mobileOf: 'bob',
      name: 'WIRELESS CALLER',
    }),
    expected: [
      talked('ann', 45, {
        direction: 'internal',
        outside: undefined,
        exception: { reason: 'internal', why: 'the number is the mobile phone of an extension: no customer' },
      }),
    ],
  },
  dialled(
    'abroad-outbound',
    'Ann calls Berlin',
    { number: '+493012345678', name: 'BERLIN', location: 'Berlin, Germany' },
    talked('ann', 30, { direction: 'outbound' }),
    { internalType: 'International' },
  ),
  dialled(
    'toll-free-outbound',
    'Ann calls a toll-free number',
    { number: '+18885550155' },
    talked('ann', 30, { direction: 'outbound' }),
    { internalType: 'TollFreeNumber' },
  ),
  dialled(
    'emergency-test',
    'Ann dials 933, which reads her address back',
    { number: '933' },
    talked('ann', 30, {
      direction: 'outbound',
      outside: undefined,
      exception: { reason: 'emergency test', why: '933 is a machine that reads the address back' },
    }),
    { result: '933', action: 'Emergency' },
  ),
];
