import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import { mix } from '../kit/random.ts';
import type { StoryCall } from './call.ts';
import type { End } from './cast.ts';
import type { Company, Extension } from './company.ts';
import type { Happening } from './filters.ts';
import { messageIdOf } from './record.ts';
import type { VoicemailPlan } from './stories/story.ts';

export type MessageType = 'SMS' | 'Pager' | 'VoiceMail' | 'Fax';
export type Transcription = 'NotAvailable' | 'InProgress' | 'TimedOut' | 'Completed' | 'Failed';

/** A message of one extension. */
export interface Message {
  id: number;
  owner: Extension;
  type: MessageType;
  direction: 'Inbound' | 'Outbound';
  from: End;
  to: readonly End[];
  created: number;
  modified: number;
  read: boolean;
  subject?: string;
  status: 'Queued' | 'Sent' | 'Delivered' | 'DeliveryFailed' | 'SendingFailed' | 'Received';
  availability: 'Alive' | 'Deleted' | 'Purged';
  /** A number of nineteen digits, as text. */
  conversation: string;
  /** Seconds of sound, of a voicemail. */
  seconds?: number;
  transcription?: Transcription;
  transcript?: string;
}

export type Mailboxes = ReturnType<typeof createMailboxes>;

/** The messages of all extensions. */
export function createMailboxes(clock: Clock, company: Company) {
  const messages = new Map<number, Message>();
  let serial = 0;

  function keep(message: Message): Message {
    messages.set(message.id, message);
    return message;
  }

  function touch(message: Message, changes: Partial<Message>): Message {
    return Object.assign(message, changes, { modified: Math.max(clock.now(), message.modified + 1) });
  }

  /** What the service tells of a new message: how much changed, and for some the message itself. */
  function news(message: Message, isNew: boolean): Happening[] {
    const extension = message.owner.id;
    const at = `/restapi/v1.0/account/${company.id}/extension/${extension}`;
    const changes = [{ type: message.type, newCount: isNew ? 1 : 0, updatedCount: isNew ? 0 : 1 }];
    const lastUpdated = new Date(message.modified).toISOString();
    const body = { extensionId: String(extension), lastUpdated, changes };
    const happenings: Happening[] = [{ subject: 'message-store', event: `${at}/message-store`, extension, body }];
    if (!isNew || message.direction !== 'Inbound') return happenings;
    const whole = inEvent(message, company);
    if (message.type === 'SMS')
      happenings.push({ subject: 'instant', event: `${at}/message-store/instant`, extension, body: whole });
    if (message.type === 'VoiceMail')
      happenings.push({ subject: 'voicemail', event: `${at}/voicemail`, extension, body: { ...whole, type: 'Voicemail' } });
    return happenings;
  }

  return {
    all: (owner: Extension): Message[] => [...messages.values()].filter((one) => one.owner === owner),
    find: (owner: Extension, id: number): Message | undefined => {
      const found = messages.get(id);
      return found?.owner === owner && found.availability !== 'Purged' ? found : undefined;
    },
    touch,
    news,
    /** Somebody writes to an extension, or an extension to somebody. */
    text(owner: Extension, given: { direction: Message['direction']; from: End; to: readonly End[]; text: string }): Message {
      const outside = (given.direction === 'Inbound' ? given.from.phoneNumber : given.to[0]?.phoneNumber) ?? '';
      const now = clock.now();
      return keep({
        id: 937_000_000_000 + ++serial * 1000 + 21,
        owner,
        type: 'SMS',
        ...{ direction: given.direction, from: given.from, to: given.to },
        ...{ created: now, modified: now, read: given.direction === 'Outbound', subject: given.text },
        status: given.direction === 'Inbound' ? 'Received' : 'Queued',
        availability: 'Alive',
        conversation: conversationOf(owner, outside),
      });
    },
    /** What a caller left behind; gives what is told of it. */
    voicemail(call: StoryCall, plan: VoicemailPlan): Happening[] {
      const owner = call.troupe.extension(plan.of);
      if (owner === undefined) throw new Error(`story ${call.story.name}: the voicemail is for ${plan.of}, who is no extension`);
      const created = call.begins + plan.at * 1000;
      const from = call.troupe.end(plan.from);
      const message = keep({
        id: messageIdOf(call),
        owner,
        type: 'VoiceMail',
        direction: 'Inbound',
        from,
        to: [{ phoneNumber: owner.direct[0], name: owner.name }],
        ...{ created, modified: created, read: false, status: 'Received', availability: 'Alive' },
        conversation: conversationOf(owner, from.phoneNumber ?? ''),
        seconds: plan.seconds,
        transcription: plan.transcript === undefined ? 'NotAvailable' : 'Completed',
        transcript: plan.transcript,
      });
      return news(message, true);
    },
  };
}

/** Beyond 2^53, as the real ones are. */
function conversationOf(owner: Extension, outside: string): string {
  const digits = Number(outside.replace(/\D/g, '').slice(-9) || '0');
  const mixed = BigInt(mix(owner.id % 0xffffffff, digits));
  return String(7_000_000_000_000_000_001n + mixed * 200_000_003n);
}

/** As REST gives it: ids are numbers. */
export function writeMessage(message: Message, company: Company, { platform, media }: { platform: string; media: string }): Json {
  const path = `restapi/v1.0/account/${company.id}/extension/${message.owner.id}/message-store/${message.id}`;
  const uri = `${platform}${path}`;
  if (message.availability !== 'Alive') return { uri, id: message.id, availability: message.availability };
  return {
    uri,
    id: message.id,
    ...content(message),
    attachments: attachmentsOf(message).map((one) => ({ ...one, uri: `${media}${path}/content/${one.id}` })),
    ...(message.type === 'SMS' || message.type === 'Pager'
      ? {
          conversationId: exact(message.conversation),
          conversation: { id: message.conversation, uri: `${platform}restapi/v1.0/conversation/${message.conversation}` },
        }
      : {}),
  };
}

/** As events give it: ids are texts. */
function inEvent(message: Message, company: Company): { [name: string]: Json } {
  const path = `/restapi/v1.0/account/${company.id}/extension/${message.owner.id}/message-store/${message.id}`;
  return {
    id: String(message.id),
    ...content(message),
    attachments: attachmentsOf(message).map((one) => ({ ...one, id: String(one.id), uri: `${path}/content/${one.id}` })),
    ...(message.type === 'SMS' ? { conversationId: message.conversation } : {}),
  };
}

function content(message: Message): { [name: string]: Json } {
  return {
    from: caller(message.from),
    to: message.to.map(caller),
    type: message.type,
    creationTime: new Date(message.created).toISOString(),
    lastModifiedTime: new Date(message.modified).toISOString(),
    readStatus: message.read ? 'Read' : 'Unread',
    priority: 'Normal',
    direction: message.direction,
    availability: message.availability,
    ...(message.subject === undefined ? {} : { subject: message.subject }),
    messageStatus: message.status,
    ...(message.transcription ? { vmTranscriptionStatus: message.transcription } : {}),
  };
}

export interface Attachment {
  id: number;
  type: 'AudioRecording' | 'AudioTranscription' | 'Text';
  contentType: string;
  size?: number;
  vmDuration?: number;
}

/** The sound of a voicemail and, once it is transcribed, its text; the text of any other. */
export function attachmentsOf({ id, type, seconds, transcription, transcript, subject = '' }: Message): Attachment[] & Json[] {
  if (type !== 'VoiceMail') return [{ id, type: 'Text', contentType: 'text/plain', size: Buffer.byteLength(subject) }];
  const sound = { id, type: 'AudioRecording' as const, contentType: 'audio/mpeg', vmDuration: seconds ?? 0 };
  if (transcription !== 'Completed') return [sound];
  const size = Buffer.byteLength(transcript ?? '');
  return [sound, { id: id + 1, type: 'AudioTranscription', contentType: 'text/plain', size }];
}

function caller({ phoneNumber, extensionNumber, name, location }: End): Json {
  return Object.fromEntries(
    Object.entries({ phoneNumber, extensionNumber, name, location }).filter(([, value]) => value !== undefined),
  ) as Json;
}

/** A number of JSON with all its digits, which a JavaScript number would round. */
function exact(digits: string): Json {
  return (JSON as unknown as { rawJSON(text: string): Json }).rawJSON(digits);
}
