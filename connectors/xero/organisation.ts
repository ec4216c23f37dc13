/** Which organisations a sign-in has opened, and what each is like. */
import type { Account, Accounts } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed, Reconnect } from '#kit/errors.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { ask, askConnections, tenantOf } from './client.ts';
import { isMissing } from './faults.ts';
import { dayOf } from './wire.ts';

export const settings = {
  tenant: { kind: 'text', title: 'Organisation', readOnly: true },
  currency: { kind: 'text', title: 'Currency of the organisation', max: 3, readOnly: true },
  country: { kind: 'text', title: 'Country', readOnly: true },
  locked: { kind: 'date', title: 'Locked up to and including', readOnly: true },
  shortCode: { kind: 'text', title: 'Short code, for links into Xero', readOnly: true },
} satisfies Fields;

/** The organisation of the connection. */
export async function check(ctx: Context): Promise<Account> {
  const name = 'getOrganisations';
  const answer = await ask(ctx, { name }, (api, tenant) => api.getOrganisations(tenant));
  const [organisation] = objectsOf(answer.Organisations);
  const currency = textOf(organisation?.BaseCurrency);
  if (organisation === undefined || currency === undefined) {
    throw new Changed(`${name}: no organisation in the answer`, 'Xero answers in a way we do not know. Tell the maintainer.');
  }
  const id = tenantOf(ctx);
  const found: Values = { tenant: id, currency };
  put(found, 'country', organisation.CountryCode);
  put(found, 'locked', dayOf(organisation.PeriodLockDate));
  put(found, 'shortCode', organisation.ShortCode);
  return { id, title: textOf(organisation.Name) ?? id, settings: found };
}

/**
 * The organisations that were chosen in this sign-in, and those the same person had connected to this app before: they too live on the
 * new tokens from now on.
 */
export async function accounts(ctx: Context): Promise<Accounts> {
  const connected = await connections(ctx);
  const event = textOf(claimsOf(await ctx.token()).authentication_event_id);
  const isChosen = ({ authEventId }: JsonObject) => event === undefined || authEventId === event;
  const chosen: Account[] = [];
  for (const one of connected.filter(isChosen)) {
    chosen.push(await check({ ...ctx, settings: { tenant: textOf(one.tenantId)! } }));
  }
  if (chosen.length === 0) {
    throw new Reconnect(
      'getConnections: no organisation was chosen in this sign-in',
      'Connect again and choose an organisation.',
    );
  }
  const before = connected.filter((one) => !isChosen(one));
  return {
    chosen,
    before: before.map(({ tenantId, tenantName }) => ({ id: textOf(tenantId)!, title: textOf(tenantName) ?? '' })),
  };
}

/** Ends the access to the connection's organisation; the others of the sign-in stay. */
export async function leave(ctx: Context): Promise<void> {
  const tenant = tenantOf(ctx);
  const id = textOf((await connections(ctx)).find((one) => one.tenantId === tenant)?.id);
  if (id === undefined) return;
  await askConnections(ctx, 'DELETE', id).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** Practices and the like are no organisations. */
async function connections(ctx: Context): Promise<JsonObject[]> {
  const answer = await askConnections(ctx, 'GET');
  if (!Array.isArray(answer)) {
    throw new Changed(
      `getConnections: answered ${isObject(answer) ? 'an object' : typeof answer}; expected a list`,
      'Xero answers in a way we do not know. Tell the maintainer.',
    );
  }
  return objectsOf(answer).filter((one) => one.tenantType === 'ORGANISATION' && textOf(one.tenantId) !== undefined);
}

/** What an access token says of itself: a JWT that we only read, since the service judges it. */
function claimsOf(token: string): JsonObject {
  try {
    return objectOf(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())) ?? {};
  } catch {
    return {};
  }
}
