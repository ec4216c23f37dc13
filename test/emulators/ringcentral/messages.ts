import type { Visit, World } from './desk.ts';
import { ApiError, badParameter, json, notFound, nothing } from './errors.ts';
import { uriOf } from './log-reads.ts';
import { attachmentsOf, type Message, writeMessage } from './mailbox.ts';
import { pageOf } from './paging.ts';
import { bodyOf, flag, instant, natural, object, one, said, several } from './query.ts';
import { openToken, sealToken } from './sync-token.ts';

const DAY = 86_400_000;
const KEPT = 30 * DAY;
/** Frames overlap by so much. */
const OVERLAP = 5000;

function filterOf(query: URLSearchParams): (message: Message) => boolean {
  const types = several(query, 'messageType', ['Fax', 'SMS', 'VoiceMail', 'Pager'] as const);
  const directions = several(query, 'direction', ['Inbound', 'Outbound'] as const);
  const read = several(query, 'readStatus', ['Read', 'Unread'] as const);
  const conversation = query.get('conversationId');
  const number = query.get('phoneNumber')?.replace(/\D/g, '');
  return (message) =>
    (types.length === 0 || types.includes(message.type)) &&
    (directions.length === 0 || directions.includes(message.direction)) &&
    (read.length === 0 || read.includes(message.read ? 'Read' : 'Unread')) &&
    (conversation === null || conversation === message.conversation) &&
    (number === undefined || [message.from, ...message.to].some((end) => end.phoneNumber?.replace(/\D/g, '') === number));
}

export function listMessages(world: World, visit: Visit) {
  const { query } = visit.call;
  const to = instant(query, 'dateTo') ?? world.clock.now();
  const from = instant(query, 'dateFrom') ?? to - DAY;
  const wanted = several(query, 'availability', ['Alive', 'Deleted', 'Purged'] as const);
  const availability = wanted.length === 0 ? ['Alive'] : wanted;
  const fits = filterOf(query);
  const found = world.mailboxes
    .all(visit.extension)
    .filter((one) => one.created >= from && one.created <= to && availability.includes(one.availability) && fits(one))
    .sort(newestFirst);
  const uri = uriOf(world, visit, 'extension', 'message-store');
  return json(pageOf(found, { uri, query, totals: true }, (one) => writeMessage(one, world.company, world.places)));
}

export function syncMessages(world: World, visit: Visit) {
  const { query } = visit.call;
  const now = world.clock.now();
  const type = one(query, 'syncType', ['FSync', 'ISync'] as const) ?? 'FSync';
  const count = natural(query, 'recordCount', { most: 250 }) ?? 250;
  const state = type === 'ISync' ? openToken('message-sync', query.get('syncToken') ?? '') : undefined;
  if (type === 'ISync' && (state === undefined || state.owner !== visit.extension.id || Number(state.at) + KEPT <= now))
    throw new ApiError(400, {
      errorCode: 'MSG-333',
      message: 'Parameter [syncToken] value is invalid',
      parameterName: 'syncToken',
    });
  const to = instant(query, 'dateTo') ?? now;
  const from = state === undefined ? (instant(query, 'dateFrom') ?? to - DAY) : Number(state.from);
  const filters = state === undefined ? filtersIn(query) : new URLSearchParams(String(state.filters));
  const fits = filterOf(filters);
  const found = world.mailboxes
    .all(visit.extension)
    .filter((one) => one.created >= from && fits(one))
    .filter((one) => (state === undefined ? one.availability === 'Alive' : one.modified > Number(state.at) - OVERLAP))
    .sort(newestFirst);
  return json({
    uri: `${uriOf(world, visit, 'extension', 'message-sync')}?${query}`,
    records: found.slice(0, count).map((one) => writeMessage(one, world.company, world.places)),
    syncInfo: {
      syncType: type,
      syncToken: sealToken('message-sync', { at: now, from, owner: visit.extension.id, filters: String(filters) }),
      syncTime: new Date(now).toISOString(),
      olderRecordsExist: found.length > count,
    },
  });
}

/** What a token remembers of the first query. */
function filtersIn(query: URLSearchParams): URLSearchParams {
  const kept = ['messageType', 'direction', 'conversationId'];
  return new URLSearchParams([...query].filter(([name]) => kept.includes(name)));
}

function newestFirst(a: Message, b: Message): number {
  return b.created - a.created || b.id - a.id;
}

function messageOf(world: World, visit: Visit): Message {
  const found = world.mailboxes.find(visit.extension, Number(visit.params[0]));
  if (found === undefined) throw notFound('messageId');
  return found;
}

export function getMessage(world: World, visit: Visit) {
  return json(writeMessage(messageOf(world, visit), world.company, world.places));
}

export function updateMessage(world: World, visit: Visit) {
  const message = messageOf(world, visit);
  const status = said(bodyOf(visit.call), 'readStatus');
  if (status !== 'Read' && status !== 'Unread') throw badParameter('readStatus');
  world.mailboxes.touch(message, { read: status === 'Read' });
  world.publish(world.mailboxes.news(message, false));
  return json(writeMessage(message, world.company, world.places));
}

/** Deleted at first, purged when it is deleted again or `purge` is asked. */
export function deleteMessage(world: World, visit: Visit) {
  const message = messageOf(world, visit);
  const purge = flag(visit.call.query, 'purge') || message.availability === 'Deleted';
  world.mailboxes.touch(message, { availability: purge ? 'Purged' : 'Deleted' });
  world.publish(world.mailboxes.news(message, false));
  return nothing;
}

/** Text of a message or a transcript; the sound of a voicemail, which is silence. */
export function messageContent(world: World, visit: Visit) {
  const message = messageOf(world, visit);
  const attachment = attachmentsOf(message).find((one) => String(one.id) === visit.params[1]);
  if (attachment === undefined) throw notFound('attachmentId');
  if (attachment.type === 'AudioRecording')
    return { status: 200, headers: { 'content-type': attachment.contentType }, body: silence(message.seconds ?? 1) };
  const text = attachment.type === 'Text' ? (message.subject ?? '') : (message.transcript ?? '');
  return { status: 200, headers: { 'content-type': 'text/plain;charset=utf-8' }, body: text };
}

/** Frames of MPEG audio that hold silence: ten a second, enough to be recognised as sound. */
export function silence(seconds: number): Buffer {
  const frame = Buffer.concat([Buffer.from([0xff, 0xfb, 0x10, 0xc4]), Buffer.alloc(100)]);
  return Buffer.concat(Array.from({ length: Math.max(1, Math.min(600, Math.round(seconds * 10))) }, () => frame));
}

/** Sends from a number of the extension. */
export function sendSms(world: World, visit: Visit) {
  const body = bodyOf(visit.call);
  const from = said(body, 'from', 'phoneNumber');
  const given = Array.isArray(body.to) ? body.to : [];
  const to = given.map((one) => said(object(one) ?? {}, 'phoneNumber'));
  const text = said(body, 'text');
  if (from === undefined || !visit.extension.direct.includes(from))
    throw new ApiError(403, { errorCode: 'MSG-304', message: "Phone number doesn't belong to extension", parameterName: 'from' });
  if (to.length === 0 || to.some((one) => one === undefined || !/^\+?\d{7,15}$/.test(one))) throw badParameter('to');
  if (text === undefined || text === '') throw badParameter('text');
  if (text.length > 1000) throw badParameter('text', 'maximum length is 1000');
  const ends = to.map((phoneNumber) => ({ phoneNumber }));
  const made = world.mailboxes.text(visit.extension, {
    direction: 'Outbound',
    from: { phoneNumber: from, name: visit.extension.name },
    to: ends,
    text,
  });
  world.publish(world.mailboxes.news(made, true));
  return json(writeMessage(made, world.company, world.places));
}
