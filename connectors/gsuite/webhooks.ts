/**
 * Push messages: a POST without a body, and without a signature. What proves one is the token that was given with the channel; what it
 * says is that something changed.
 */
import { isSecret } from '#kit/signature.ts';
import type { Delivery, News, Proof, Verdict, Webhooks } from '#kit/webhook.ts';
import { accountOfChannel, renew, subscribe, unsubscribe } from './channels.ts';

export const webhooks: Webhooks = {
  secrets: 'subscription',
  // People and tasks have no channels.
  tells: ['events', 'files'],
  ...{ verify, identity, greeting, parse, subscribe, renew, unsubscribe },
};

const TOKEN = 'x-goog-channel-token';
const CHANNEL = 'x-goog-channel-id';
const STATE = 'x-goog-resource-state';
const NUMBER = 'x-goog-message-number';
const RESOURCE = 'x-goog-resource-uri';

/** The first message of a channel is its greeting, and may come before the call that opened it has been answered. */
function verify({ method, headers }: Delivery, { secrets }: Proof): Verdict {
  if (method !== 'POST') return { is: 'forged', reason: `a ${method}; Google sends POST` };
  if (!isSecret(headers[TOKEN], secrets))
    return { is: 'forged', reason: headers[TOKEN] === undefined ? `no ${TOKEN} header` : `the ${TOKEN} is another` };
  return headers[STATE] === 'sync' ? { is: 'greeting', answer: { status: 200, headers: {}, body: '' } } : { is: 'genuine' };
}

/** Numbers of a channel's messages grow, with gaps. */
function identity({ headers }: Delivery): string | undefined {
  const [channel, number] = [headers[CHANNEL], headers[NUMBER]];
  return channel === undefined || number === undefined ? undefined : `${channel}/${number}`;
}

function greeting(token: string, { secrets }: Proof): Delivery {
  return {
    method: 'POST',
    headers: { [STATE]: 'sync', [NUMBER]: '1', [CHANNEL]: token, [TOKEN]: secrets[0] ?? '' },
    query: '',
    body: new Uint8Array(),
  };
}

/** Bodies are passed over: older texts show one. Throws where it cannot be told whose channel it is. */
function parse({ headers }: Delivery): News[] {
  const [channel = '', state = ''] = [headers[CHANNEL], headers[STATE]];
  const account = accountOfChannel(channel);
  if (account === undefined)
    throw new Error(`a push message: found the channel ${JSON.stringify(channel.slice(0, 80))}, none of ours`);
  const stream = headers[RESOURCE]?.includes('/drive/') ? 'files' : 'events';
  return state === 'sync' ? [] : [{ account, is: 'touched', stream }];
}
