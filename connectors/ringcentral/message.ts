/** From a message of the message store (SMS, voicemail, fax, pager) to our row: pure. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import type { Voicemail } from '#kit/telephony.ts';
import { put } from '#kit/values.ts';
import { idOf, instantOf, type RecordShape, without } from './records.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096, readOnly: true });
const phone = (title: string): Field => ({ kind: 'phone', title, max: 4_096, readOnly: true });

export const messageFields = {
  message: text('Message'),
  type: { kind: 'choice', title: 'Type', options: ['SMS', 'VoiceMail', 'Fax', 'Pager', 'Text'], readOnly: true },
  direction: { kind: 'choice', title: 'Direction', options: ['inbound', 'outbound'], readOnly: true },
  from: phone('From, number'),
  fromName: text('From'),
  to: phone('To, number'),
  toName: text('To'),
  recipients: {
    kind: 'list',
    title: 'All recipients',
    of: { number: phone('Number'), name: text('Name'), status: text('Status') },
    max: 500,
    readOnly: true,
  },
  // The text of an SMS is what RingCentral calls its subject; of a voicemail, what was understood of it.
  text: { kind: 'text', title: 'Text', max: 1_000_000, readOnly: true },
  sent: { kind: 'instant', title: 'Sent', required: true, readOnly: true },
  status: text('Status, as the service says'),
  read: { kind: 'flag', title: 'Read', readOnly: true },
  thread: text('Conversation'),
  voicemailSeconds: { kind: 'number', title: 'Length of the voicemail, seconds', readOnly: true },
  transcription: text('State of the transcription'),
  attachments: {
    kind: 'list',
    title: 'Attachments',
    of: {
      id: text('Attachment'),
      type: text('Type'),
      mime: text('Media type'),
      name: text('Name'),
      size: { kind: 'number', title: 'Size, bytes' },
      link: { kind: 'link', title: 'Address, for whoever is signed in', max: 8_192 },
    },
    identity: 'id',
    max: 100,
    readOnly: true,
  },
} satisfies Fields;

/** Member of a kept raw message: the text of its transcription, which lies apart. */
export const TRANSCRIPT = 'transcript';

export function toRow(raw: Json): Row {
  const message = isObject(raw) ? raw : {};
  const id = idOf(message.id);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? message.id : raw, 'the id of a message')]);
  const fields: Values = { message: id };
  put(fields, 'type', message.type);
  put(fields, 'direction', DIRECTIONS.get(textOf(message.direction) ?? '') ?? message.direction);
  const [from, to] = [objectOf(message.from) ?? {}, objectsOf(message.to)];
  put(fields, 'from', numberIn(from));
  put(fields, 'fromName', from.name);
  put(fields, 'to', to[0] && numberIn(to[0]));
  put(fields, 'toName', to[0]?.name);
  if (to.length > 1) put(fields, 'recipients', to.map(toRecipient));
  put(fields, 'text', message[TRANSCRIPT] ?? message.subject);
  put(fields, 'sent', instantOf(message.creationTime));
  put(fields, 'status', message.messageStatus);
  if (message.readStatus !== undefined) fields.read = message.readStatus === 'Read';
  // `conversationId` is a number beyond 2^53, rounded by whoever has read it as one.
  put(fields, 'thread', idOf(objectOf(message.conversation)?.id));
  put(fields, 'transcription', message.vmTranscriptionStatus);
  const attachments = objectsOf(message.attachments);
  put(
    fields,
    'voicemailSeconds',
    attachments.map((one) => numberOf(one.vmDuration)).find((one) => one !== undefined),
  );
  put(fields, 'attachments', attachments.map(toAttachment));
  const problems = checkValues(messageFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const time = instantOf(message.lastModifiedTime);
  return { id, fields, raw, ...(typeof time === 'string' && { time }) };
}

export const messageShape: RecordShape = {
  trim: (message) => without(message, new Set(['conversationId'])),
  toRow,
  idOf: (message) => idOf(message.id),
};

/** Pure. Of one that somebody else left for us; until it is transcribed the text is none of it. */
export function voicemailOf({ id, fields }: Row): Voicemail | undefined {
  const { type, direction, from, sent, text: said, transcription } = fields;
  if (type !== 'VoiceMail' || direction !== 'inbound' || typeof sent !== 'string') return undefined;
  const understood = typeof said === 'string' && said !== '' && /^Completed/.test(String(transcription));
  return { message: id, ...(typeof from === 'string' && { from }), at: sent, ...(understood && { transcript: said }) };
}

const DIRECTIONS = new Map(Object.entries<string>({ Inbound: 'inbound', Outbound: 'outbound' }));

function numberIn(party: JsonObject): Json | undefined {
  return textOf(party.phoneNumber) ?? idOf(party.extensionNumber);
}

function toRecipient(party: JsonObject): Values {
  const item: Values = {};
  put(item, 'number', numberIn(party));
  put(item, 'name', party.name);
  put(item, 'status', party.messageStatus);
  return item;
}

function toAttachment({ id, type, contentType, fileName, size, uri }: JsonObject): Values {
  const item: Values = {};
  put(item, 'id', idOf(id));
  put(item, 'type', type);
  put(item, 'mime', contentType);
  put(item, 'name', fileName);
  put(item, 'size', size);
  put(item, 'link', uri);
  return item;
}
