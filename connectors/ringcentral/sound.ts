/** What can be heard: recordings of calls, and what was said to a mailbox. Both lie on the host for contents. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { objectsOf } from '#kit/json.ts';
import type { Sound, SoundOf } from '#kit/telephony.ts';
import { ACCOUNT, ask, askStream } from './client.ts';
import { isForbiddenToPerson, isMissing } from './faults.ts';
import { idOf } from './records.ts';

export async function sound(ctx: Context, what: SoundOf, range?: string): Promise<Sound> {
  if ('recording' in what) {
    const path = `${ACCOUNT}/recording/${encodeURIComponent(what.recording)}/content`;
    return askStream(ctx, { name: 'readCallRecordingContent', group: 'heavy', path }, range);
  }
  for (const extension of new Set([...what.extensions, '~'])) {
    const found = await voicemail(ctx, extension, what.voicemail, range).catch((error: unknown) => {
      // Another one's mailbox, which whoever is connected may not see into: perhaps it is in their own.
      if (isMissing(error) || isForbiddenToPerson(error)) return undefined;
      throw error;
    });
    if (found !== undefined) return found;
  }
  throw new Refused(
    `message ${what.voicemail}: in none of the mailboxes that can be read`,
    'The voicemail was deleted, or it is in the mailbox of somebody else: whoever it is for can connect their own account.',
  );
}

/** Undefined: the message is there and has no sound. */
async function voicemail(ctx: Context, extension: string, message: string, range?: string): Promise<Sound | undefined> {
  const path = `${ACCOUNT}/extension/${encodeURIComponent(extension)}/message-store/${encodeURIComponent(message)}`;
  const { attachments } = await ask(ctx, { name: 'readMessage', group: 'light', path });
  const attachment = idOf(objectsOf(attachments).find(({ type }) => type === 'AudioRecording')?.id);
  if (attachment === undefined) return undefined;
  const content = `${path}/content/${encodeURIComponent(attachment)}`;
  return askStream(ctx, { name: 'readMessageContent', group: 'medium', path: content }, range);
}
