/** What a finished call has. */
import type { Field, Fields } from '#kit/fields.ts';
import type { CallRow } from '#kit/telephony.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096, readOnly: true });
const phone = (title: string): Field => ({ kind: 'phone', title, max: 4_096, readOnly: true });
const number = (title: string): Field => ({ kind: 'number', title, readOnly: true });
const instant = (title: string): Field => ({ kind: 'instant', title, readOnly: true });

const common = {
  direction: { kind: 'choice', title: 'Direction', options: ['inbound', 'outbound', 'internal'], readOnly: true },
  outcome: {
    kind: 'choice',
    title: 'Outcome',
    options: ['answered', 'missed', 'voicemail', 'busy', 'rejected', 'failed'],
    readOnly: true,
  },
  started: { ...instant('Started'), required: true },
  ended: instant('Ended'),
  from: phone('From'),
  to: phone('To'),
  fromName: text('Name of the caller'),
  toName: text('Name of the called'),
  extension: { kind: 'ref', title: 'Extension', to: 'ringcentral.extensions', readOnly: true },
  talkSeconds: number('Talking, seconds'),
  seconds: number('All of the call, seconds'),
  recordings: {
    kind: 'list',
    title: 'Recordings',
    of: {
      id: text('Recording'),
      type: text('Type'),
      link: { kind: 'link', title: 'Address of its sound, for whoever is signed in', max: 8_192 },
    },
    identity: 'id',
    max: 200,
    readOnly: true,
  },
  voicemail: { kind: 'ref', title: 'Voicemail', to: 'ringcentral.messages', readOnly: true },
} satisfies { [field in keyof CallRow]-?: Field };

export const callFields = {
  ...common,
  session: text('Telephony session'),
  alias: text('Session, as older parts of the service call it'),
  type: { kind: 'choice', title: 'Type', options: ['Voice', 'Fax'], readOnly: true },
  // What the service said, word for word: new words come with its releases.
  result: text('Result, as the service says'),
  reason: text('Reason, as the service says'),
  reasonText: text('Reason in words'),
  action: text('Action, as the service says'),
  fromPlace: text('Place of the caller'),
  toPlace: text('Place of the called'),
  // The half of a click-to-call that rings the person who clicked: the conversation stands in the other one.
  innerHalf: { kind: 'flag', title: 'Inner half of a click-to-call', readOnly: true },
  recording: { kind: 'link', title: 'Address of the recording, for whoever is signed in', max: 8_192, readOnly: true },
  shortRecording: { kind: 'flag', title: 'Recorded too briefly to be kept', readOnly: true },
  transferredTo: text('Session it was transferred to'),
  transferredFrom: text('Session it was transferred from'),
  delegate: text('On behalf of'),
  legs: {
    kind: 'lines',
    title: 'Legs',
    of: {
      party: text('Kind of leg'),
      extension: text('Extension'),
      name: text('Name'),
      number: phone('Number'),
      outcome: text('Result'),
      talkSeconds: number('Talking, seconds'),
    },
    max: 200,
    readOnly: true,
  },
} satisfies Fields;
