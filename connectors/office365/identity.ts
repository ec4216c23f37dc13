/** Who is connected. */
import type { Account } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { textOf } from '#kit/json.ts';
import { ask } from './client.ts';

/** The id is that of the directory: names and addresses change. */
export async function whoAmI(ctx: Context): Promise<Account> {
  const name = 'me.get';
  const me = await ask(ctx, { name, group: 'mailbox', path: '/me?$select=id,displayName,mail,userPrincipalName' });
  const id = textOf(me.id);
  if (id === undefined) {
    throw new Changed(`${name}: no id in the answer`, 'Microsoft answers in a way we do not know. Tell the maintainer.');
  }
  return { id, title: textOf(me.mail) ?? textOf(me.userPrincipalName) ?? id };
}
