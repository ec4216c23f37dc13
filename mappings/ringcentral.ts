/** RingCentral's calls, messages, contacts and extensions, and what the CRM has of them. */
import type { callFields } from '#connectors/ringcentral/call-fields.ts';
import type { contactFields } from '#connectors/ringcentral/contact-fields.ts';
import type { extensionFields } from '#connectors/ringcentral/extension.ts';
import type { messageFields } from '#connectors/ringcentral/message.ts';
import { mapping } from './mapping.ts';

/**
 * A finished call completes the record that its events began, which bears the same session. Whom it concerns, whose it is, where it
 * can be heard, and what people wrote about it is decided elsewhere: no rule here touches it. Faxes are no calls; of a click-to-call the half that rings
 * whoever clicked is none either.
 */
export const calls = mapping<typeof callFields, 'call'>({
  from: 'ringcentral.calls',
  to: 'call',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'session', theirs: 'session', strength: 'strong' }],
  only: { theirs: '= row.type != "Fax" && row.innerHalf != true' },
  fields: [
    { crm: 'session', theirs: 'session' },
    { crm: 'direction', theirs: 'direction' },
    { crm: 'outcome', theirs: 'outcome' },
    { crm: 'started', theirs: 'started' },
    { crm: 'ended', theirs: 'ended', blank: 'keep' },
    { crm: 'from', theirs: 'from', via: 'e164', blank: 'keep' },
    { crm: 'to', theirs: 'to', via: 'e164', blank: 'keep' },
    { crm: 'fromName', theirs: 'fromName', blank: 'keep' },
    { crm: 'toName', theirs: 'toName', blank: 'keep' },
    // The log counts legs, ringing included: what events told is nearer.
    { crm: 'talkSeconds', theirs: 'talkSeconds', winner: 'crm', blank: 'keep' },
    { crm: 'legs', theirs: 'legs', blank: 'keep' },
  ],
});

/** Voicemails and text messages; pagers are talk among colleagues, and faxes are paper. */
export const messages = mapping<typeof messageFields, 'message'>({
  from: 'ringcentral.messages',
  to: 'message',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'messageId', theirs: 'message', strength: 'strong' }],
  only: { theirs: '= row.type == "SMS" || row.type == "VoiceMail"' },
  fields: [
    { crm: 'messageId', theirs: 'message' },
    { crm: 'medium', theirs: 'type', via: { table: { map: { SMS: 'sms', VoiceMail: 'voicemail' } } } },
    { crm: 'direction', theirs: 'direction' },
    { crm: 'from', theirs: 'fromName' },
    { crm: 'fromPhone', theirs: 'from', via: 'e164' },
    { crm: 'to', theirs: 'toName' },
    { crm: 'toPhone', theirs: 'to', via: 'e164' },
    { crm: 'text', theirs: 'text', blank: 'keep' },
    { crm: 'thread', theirs: 'thread' },
    { crm: 'sent', theirs: 'sent' },
  ],
});

/** Nothing says when a contact changed, so whoever wins is named: the CRM. */
export const contacts = mapping<typeof contactFields, 'contact'>({
  from: 'ringcentral.contacts',
  to: 'contact',
  winner: 'crm',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [
    { crm: 'email', theirs: 'emails' },
    { crm: 'phone', theirs: 'phones' },
  ],
  fields: [
    { crm: 'givenName', theirs: 'firstName', via: 'trim' },
    { crm: 'middleName', theirs: 'middleName', via: 'trim' },
    { crm: 'familyName', theirs: 'lastName', via: 'trim' },
    { crm: 'nickname', theirs: 'nickName' },
    { crm: 'emails', theirs: 'emails', via: { each: { field: 'value', via: 'trim' } } },
    { crm: 'phones', theirs: 'phones', via: { each: { field: 'value', via: 'e164' } } },
    { crm: 'addresses', theirs: 'addresses' },
    { crm: 'company', theirs: 'company', via: ['spaces', { find: { object: 'company', by: 'name', create: true } }] },
    { crm: 'jobTitle', theirs: 'jobTitle' },
    { crm: 'birthday', theirs: 'birthday' },
    { crm: 'websites', theirs: 'webPage', via: { item: { set: { type: 'other' }, field: 'value' } } },
    { crm: 'notes', theirs: 'notes' },
  ],
});

/** The people of the account, by their e-mail address, so that a call finds whose it is. */
export const extensions = mapping<typeof extensionFields, 'user'>({
  from: 'ringcentral.extensions',
  to: 'user',
  winner: 'crm',
  gone: 'unlink',
  create: 'crm',
  match: [{ crm: 'email', theirs: 'email', strength: 'strong' }],
  only: { theirs: '= row.kind == "person" && row.email != ""' },
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'email', theirs: 'email' },
    { crm: 'phone', theirs: 'businessPhone', via: 'e164', blank: 'keep' },
    { crm: 'extension', theirs: 'number', winner: 'theirs' },
    { crm: 'jobTitle', theirs: 'jobTitle', blank: 'keep' },
    { crm: 'active', theirs: 'active' },
  ],
});
