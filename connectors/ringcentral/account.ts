/** Who is connected: one extension of an account, and whether it may read the calls of all of it. */
import type { Account } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed, Refused } from '#kit/errors.ts';
import type { Fields } from '#kit/fields.ts';
import { objectOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { ask, EXTENSION } from './client.ts';
import { idOf } from './records.ts';

export const settings = {
  backfillDays: { kind: 'number', title: 'Days of calls to read at first (29)' },
  ownCallsOnly: { kind: 'flag', title: 'Read only the calls of whoever connected, also where all could be read' },
  calls: { kind: 'choice', title: 'Whose calls can be read', options: ['company', 'own'], readOnly: true },
  account: { kind: 'text', title: 'Account at RingCentral', readOnly: true },
  extension: { kind: 'text', title: 'Extension', readOnly: true },
} satisfies Fields;

/** Notifications name the extension that subscribed, so that is who an account is to us. */
export async function check(ctx: Context): Promise<Account> {
  const name = 'readExtension';
  const extension = await ask(ctx, { name, group: 'light', path: EXTENSION });
  const id = idOf(extension.id);
  if (id === undefined) {
    throw new Changed(`${name}: no id in the answer`, 'RingCentral answers in a way we do not know. Tell the maintainer.');
  }
  const found: Account['settings'] = {};
  put(found, 'account', idOf(objectOf(extension.account)?.id));
  put(found, 'extension', extension.extensionNumber);
  put(found, 'calls', await whoseCalls(ctx));
  const contact = objectOf(extension.contact);
  const title = textOf(contact?.email) ?? textOf(extension.name) ?? id;
  return { id, title, settings: found };
}

/** Undefined where RingCentral does not say: reading will show. */
async function whoseCalls(ctx: Context): Promise<'company' | 'own' | undefined> {
  const query = { permissionId: 'FullCompanyCallLog' };
  const sending = { name: 'checkUserPermission', group: 'light', path: `${EXTENSION}/authz-profile/check`, query } as const;
  try {
    const { successful } = await ask(ctx, sending);
    return successful === undefined ? undefined : successful === true ? 'company' : 'own';
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
