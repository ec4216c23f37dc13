/** The webhook of the app that calls us. Its id is what notifications are signed for: that proves them, and no secret of ours. */
import type { Context } from '#kit/context.ts';
import { Changed, Refused } from '#kit/errors.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import type { Subscribed, Wanted } from '#kit/webhook.ts';
import { ask } from './client.ts';
import { isMissing } from './faults.ts';

const PATH = '/v1/notifications/webhooks';

export async function subscribe(ctx: Context, { url, streams }: Wanted): Promise<Subscribed> {
  if (textOf(ctx.settings.seller) !== undefined) {
    throw new Refused(
      'Webhooks belong to the app, and this account is one of several it acts for.',
      'Changes are read at intervals instead; nothing is to be done.',
    );
  }
  const body = { url, event_types: eventsFor(streams) };
  return subscribed(await ask(ctx, { name: 'webhooks.post', method: 'POST', path: PATH, body }));
}

/** The same webhook, with other events: its id stays. */
export async function renew(ctx: Context, id: string, { url, streams }: Wanted): Promise<Subscribed> {
  const body = [
    { op: 'replace', path: '/url', value: url },
    { op: 'replace', path: '/event_types', value: eventsFor(streams) },
  ];
  return subscribed(
    await ask(
      ctx,
      { name: 'webhooks.update', method: 'PATCH', path: `${PATH}/${encodeURIComponent(id)}`, body },
      { repeatable: true },
    ),
  );
}

export async function look(ctx: Context, id: string): Promise<Subscribed | undefined> {
  try {
    return subscribed(await ask(ctx, { name: 'webhooks.get', path: `${PATH}/${encodeURIComponent(id)}` }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function find(ctx: Context, url: string): Promise<Subscribed | undefined> {
  const answer = await ask(ctx, { name: 'webhooks.list', path: PATH });
  const found = objectsOf(answer.webhooks).find((one) => textOf(one.url) === url);
  return found && subscribed(found);
}

export async function unsubscribe(ctx: Context, id: string): Promise<void> {
  try {
    await ask(
      ctx,
      { name: 'webhooks.delete', method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` },
      { repeatable: true },
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

const EVENTS: { readonly [stream: string]: readonly string[] } = {
  invoices: ['CREATED', 'SCHEDULED', 'UPDATED', 'PAID', 'REFUNDED', 'CANCELLED'].map((one) => `INVOICING.INVOICE.${one}`),
  transactions: [
    ...['COMPLETED', 'PENDING', 'DENIED', 'DECLINED', 'REFUNDED', 'REVERSED'].map((one) => `PAYMENT.CAPTURE.${one}`),
    ...['COMPLETED', 'PENDING', 'DENIED', 'REFUNDED', 'REVERSED'].map((one) => `PAYMENT.SALE.${one}`),
  ],
  disputes: ['CREATED', 'UPDATED', 'RESOLVED'].map((one) => `CUSTOMER.DISPUTE.${one}`),
  products: ['CREATED', 'UPDATED'].map((one) => `CATALOG.PRODUCT.${one}`),
};

export function eventsFor(streams: readonly string[]): JsonObject[] {
  return streams.flatMap((stream) => EVENTS[stream] ?? []).map((name) => ({ name }));
}

function subscribed(answer: JsonObject): Subscribed {
  const id = textOf(answer.id);
  if (id !== undefined) return { id, secret: id };
  throw new Changed(
    `webhook: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'id'`,
    'PayPal answers in a way we do not know. Tell the maintainer.',
  );
}
