/** Who is signed in. */
import type { Account } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { textOf } from '#kit/json.ts';
import { askUserinfo } from './client.ts';

/** The account, titled by its e-mail address. */
export async function accountOf(ctx: Context): Promise<Account> {
  const answer = await askUserinfo(ctx, { name: 'oauth2.userinfo.get', group: 'reads' }, (userinfo, sent) =>
    userinfo.get({}, sent),
  );
  const id = textOf(answer.id);
  if (id === undefined) {
    throw new Changed('oauth2.userinfo.get: no id in the answer', 'Google answers in a way we do not know. Tell the maintainer.');
  }
  return { id, title: textOf(answer.email) ?? id };
}
