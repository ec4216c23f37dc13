/** Call, event, task, email, message, note, file: what happens, and what is kept of it. */
import type { Field, Fields, Values } from '#kit/fields.ts';
import { choice, date, email, flag, instant, json, list, longText, number, phone, ref, text, url, zoned } from './field.ts';
import { firstOf, type ObjectShape, textOf } from './shape.ts';

const none = (): string => '';
const excerpt = (values: Values, field: string): string => textOf(values, field).split('\n', 1)[0]!.slice(0, 80).toWellFormed();

/** What an activity can be about. */
const about = {
  contact: ref('Contact', 'contact'),
  company: ref('Company', 'company'),
  lead: ref('Lead', 'lead'),
  opportunity: ref('Opportunity', 'opportunity'),
} satisfies Fields;

/** Whom it concerns, as those who take part in it tell: derived, one reference an item. */
const concerns: Field = {
  kind: 'list',
  title: 'Concerns',
  of: {
    contact: ref('Contact', 'contact'),
    company: ref('Company', 'company'),
    lead: ref('Lead', 'lead'),
    opportunity: ref('Opportunity', 'opportunity'),
    address: email('Found by this address'),
  },
  max: 5_000,
  readOnly: true,
};

const people = (title: string) =>
  list(title, 'address', {
    address: email('Address', { required: true }),
    name: text('Name'),
    contact: ref('Contact', 'contact'),
  });

/** What a person says came of a call. */
export const dispositions = [
  'connected',
  'left voicemail',
  'no answer',
  'busy',
  'wrong number',
  'call back',
  'not interested',
  'do not call',
] as const;

export const call = {
  title: 'Call',
  plural: 'Calls',
  fields: {
    ...about,
    direction: choice('Direction', ['inbound', 'outbound', 'internal']),
    outcome: choice('Outcome', ['ringing', 'answered', 'missed', 'voicemail', 'busy', 'rejected', 'failed', 'ended']),
    from: phone('From'),
    to: phone('To'),
    fromName: text('Name of the caller'),
    toName: text('Name of the called'),
    started: instant('Started'),
    answered: instant('Answered'),
    ended: instant('Ended'),
    ringSeconds: number('Ringing, seconds'),
    talkSeconds: number('Talking, seconds'),
    holdSeconds: number('On hold, seconds'),
    recording: url('Recording'),
    voicemail: url('Voicemail'),
    transcript: longText('Transcript'),
    notes: longText('Notes'),
    session: text('Telephony session'),
    legs: {
      kind: 'lines',
      title: 'Legs',
      of: {
        party: text('Party'),
        extension: text('Extension'),
        name: text('Name'),
        number: phone('Number'),
        outcome: text('Outcome'),
        talkSeconds: number('Talking, seconds'),
      },
      max: 200,
    },
    disposition: choice('Disposition', dispositions),
    linked: list('Parts of the same conversation', 'call', { call: ref('Call', 'call', { required: true }) }),
    evidence: json('Why it belongs to whom'),
    owner: ref('Agent', 'user'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => {
    const other = values.direction === 'outbound' ? ['toName', 'to'] : ['fromName', 'from'];
    const party = textOf(values, other[0]!) || textOf(values, other[1]!);
    const way = values.direction === 'outbound' ? 'Call to' : 'Call from';
    return party === '' ? 'Call' : `${way} ${party}`;
  },
  keys: [
    { kind: 'phone', field: 'from' },
    { kind: 'phone', field: 'to' },
    { kind: 'number', field: 'session' },
    { kind: 'word', field: 'fromName' },
    { kind: 'word', field: 'toName' },
  ],
} satisfies ObjectShape;

export const event = {
  title: 'Event',
  plural: 'Events',
  fields: {
    ...about,
    concerns,
    uid: text('UID in every calendar'),
    title: text('Title'),
    description: longText('Description'),
    location: text('Location'),
    allDay: flag('All day'),
    startDate: date('First day, of an all-day event'),
    endDate: date('Last day, of an all-day event'),
    start: zoned('Start'),
    end: zoned('End'),
    recurrence: longText('Recurrence: RRULE, RDATE and EXDATE, a line each'),
    series: ref('Series that this is an occurrence of', 'event'),
    occurrence: instant('When this occurrence was to begin'),
    organizer: email('Organizer'),
    organizerName: text('Name of the organizer'),
    attendees: list('Attendees', 'address', {
      address: email('Address', { required: true }),
      name: text('Name'),
      answer: choice('Answer', ['accepted', 'declined', 'tentative', 'none']),
      organizer: flag('Organizer'),
      optional: flag('Optional'),
      contact: ref('Contact', 'contact'),
    }),
    status: choice('Status', ['confirmed', 'tentative', 'cancelled']),
    private: flag('Private'),
    meetingLink: url('Meeting link'),
    calendar: text('Calendar'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => textOf(values, 'title') || (values.private === true ? 'Busy' : 'Event'),
  keys: [
    { kind: 'uid', field: 'uid' },
    { kind: 'email', field: 'attendees', most: 5_000 },
    { kind: 'email', field: 'organizer' },
    { kind: 'word', field: 'title' },
  ],
} satisfies ObjectShape;

export const task = {
  title: 'Task',
  plural: 'Tasks',
  fields: {
    ...about,
    concerns,
    title: text('Title', { required: true }),
    description: longText('Description'),
    due: date('Due'),
    remind: instant('Reminder'),
    status: choice('Status', ['open', 'in progress', 'waiting', 'done', 'cancelled']),
    priority: choice('Priority', ['low', 'normal', 'high']),
    done: instant('Done'),
    list: text('List'),
    parent: ref('Part of', 'task'),
    call: ref('Call', 'call'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => textOf(values, 'title') || 'Task',
  keys: [{ kind: 'word', field: 'title' }],
} satisfies ObjectShape;

export const mail = {
  title: 'E-mail',
  plural: 'E-mails',
  fields: {
    ...about,
    concerns,
    subject: text('Subject'),
    from: email('From'),
    fromName: text('Name of the sender'),
    to: people('To'),
    cc: people('Copies'),
    bcc: people('Blind copies'),
    sent: instant('Sent'),
    direction: choice('Direction', ['inbound', 'outbound']),
    snippet: text('Beginning'),
    body: longText('Body'),
    thread: text('Thread: Message-ID of its first mail'),
    messageId: text('Message-ID'),
    labels: list('Labels', 'value', { value: text('Label', { required: true }) }),
    link: url('Link'),
    attachments: list('Attachments', 'name', {
      name: text('Name', { required: true }),
      size: number('Size, bytes'),
      mime: text('Media type'),
      file: ref('File', 'file'),
    }),
    private: flag('Private'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => textOf(values, 'subject') || excerpt(values, 'snippet') || 'E-mail',
  keys: [
    { kind: 'email', field: 'from' },
    { kind: 'email', field: 'to', most: 5_000 },
    { kind: 'email', field: 'cc', most: 5_000 },
    { kind: 'email', field: 'bcc', most: 5_000 },
    { kind: 'uid', field: 'messageId' },
    { kind: 'word', field: 'subject' },
  ],
} satisfies ObjectShape;

export const message = {
  title: 'Message',
  plural: 'Messages',
  fields: {
    ...about,
    medium: choice('Medium', ['chat', 'sms', 'voicemail', 'fax', 'other']),
    channel: text('Channel'),
    thread: text('Thread'),
    direction: choice('Direction', ['inbound', 'outbound']),
    from: text('From'),
    fromPhone: phone('From, number'),
    to: text('To'),
    toPhone: phone('To, number'),
    text: longText('Text'),
    sent: instant('Sent'),
    edited: instant('Edited'),
    link: url('Link'),
    messageId: text('Message at the service'),
    author: ref('Author', 'user'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => excerpt(values, 'text') || 'Message',
  keys: [
    { kind: 'number', field: 'messageId' },
    { kind: 'phone', field: 'fromPhone' },
    { kind: 'phone', field: 'toPhone' },
    { kind: 'word', field: 'text' },
  ],
} satisfies ObjectShape;

export const note = {
  title: 'Note',
  plural: 'Notes',
  fields: {
    ...about,
    title: text('Title'),
    text: longText('Text'),
    pinned: flag('Pinned'),
    author: ref('Author', 'user'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => textOf(values, 'title') || excerpt(values, 'text') || 'Note',
  keys: [
    { kind: 'word', field: 'title' },
    { kind: 'word', field: 'text' },
  ],
} satisfies ObjectShape;

export const file = {
  title: 'File',
  plural: 'Files',
  fields: {
    ...about,
    concerns,
    invoice: ref('Invoice', 'invoice'),
    name: text('Name', { required: true }),
    uid: text('Identity where it is kept'),
    path: text('Path', { max: 8_192 }),
    mime: text('Media type'),
    size: number('Size, bytes'),
    hash: text('Content hash, with its algorithm in front'),
    link: url('Link'),
    revision: text('Revision'),
    modified: instant('Modified'),
    tags: list('Tags', 'value', { value: text('Tag', { required: true }) }),
    sharedWith: people('Shared with'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name') || textOf(values, 'path') || firstOf(values, 'tags', 'value'),
  keys: [
    { kind: 'uid', field: 'uid' },
    { kind: 'uid', field: 'hash' },
    { kind: 'email', field: 'sharedWith', most: 5_000 },
    { kind: 'word', field: 'path' },
  ],
} satisfies ObjectShape;
