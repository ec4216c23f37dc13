/** Whose a stream's rows are, where they are not simply the firm's: a person's, or one account's books. */
import type { CrmCore } from '#crm/core.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { keyOf } from '#mappings/keys.ts';
import { getConnection } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import type { Reason } from './reasons.ts';

export type Owner = Extract<Reason, 'personal' | 'other books'>;

/** By the reason for which nothing goes from one such account to another; null where everything does. */
export const ownerOf = ({ personal, books }: Pick<Stream, 'personal' | 'books'>): Owner | null =>
  personal ? 'personal' : books ? 'other books' : null;

export const mayShare = ({ people, books }: Mapping, stream: Stream): boolean =>
  stream.personal ? people === 'together' : books === 'together' || books === 'open';

/** Of other books only what is still owed goes over. */
export const sharesOpen = ({ books }: Mapping, stream: Stream): boolean => !stream.personal && books === 'open';

/** The users whose account a connection is: those who bear the e-mail address that is its title. */
export async function homeOf(tx: Tx, crm: Pick<CrmCore, 'find'>, connection: number): Promise<ReadonlySet<string>> {
  const key = keyOf('email', (await getConnection(tx, connection))?.title ?? '');
  return new Set(key === null ? [] : (await crm.find(tx, 'user', [key])).map(({ record }) => record));
}
