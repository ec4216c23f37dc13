/** Asking PayPal whether a notification is its own. Its answer counts only where its certificate cannot be judged here. */
import type { Context } from '#kit/context.ts';
import { ask } from './client.ts';

/** What a notification is signed with. */
export interface Signed {
  id: string;
  time: string;
  signature: Buffer;
  certificate: string;
}

/**
 * The event goes back letter by letter: another spelling of the same JSON is another text, and is refused. Throws what the call threw.
 */
export async function postback(ctx: Context, signed: Signed, webhook: string, body: Uint8Array): Promise<boolean> {
  const question = {
    auth_algo: 'SHA256withRSA',
    cert_url: signed.certificate,
    transmission_id: signed.id,
    transmission_sig: signed.signature.toString('base64'),
    transmission_time: signed.time,
    webhook_id: webhook,
  };
  const event = new TextDecoder('utf-8', { fatal: true }).decode(body);
  JSON.parse(event); // what is no JSON would end our own object early
  const answer = await ask(
    ctx,
    {
      name: 'verify-webhook-signature.post',
      group: 'proof',
      method: 'POST',
      path: '/v1/notifications/verify-webhook-signature',
      text: `${JSON.stringify(question).slice(0, -1)},"webhook_event":${event}}`,
    },
    { repeatable: true },
  );
  return answer.verification_status === 'SUCCESS';
}
