/** What mails belong together, in every mailbox: services' own thread ids are each mailbox's own. */

export interface MailHeaders {
  messageId: string;
  references?: string | undefined;
  inReplyTo?: string | undefined;
}

/** The Message-ID of the mail that a thread began with, as the headers say it (RFC 5322, 3.6.4): `References` tells the oldest first. */
export function threadOf({ messageId, references, inReplyTo }: MailHeaders): string {
  return firstId(references) ?? firstId(inReplyTo) ?? firstId(messageId) ?? messageId.trim();
}

const firstId = (header: string | undefined): string | undefined => /<[^<>\s]+>/.exec(header ?? '')?.[0];
