/**
 * A service that rings: its deliveries are signed with a timestamp as the stricter services do, `bell-signature: v1=<hex>` over
 * `<seconds>.<body>`, and name themselves in a header. `bell` has one address; `chime` has one for each subscription.
 */
import type { Connector } from '#kit/connector.ts';
import { Changed } from '#kit/errors.ts';
import { ageProblem, isSigned, secondsOf, signatureOf } from '#kit/signature.ts';
import type { Stream } from '#kit/stream.ts';
import type { News, Verdict, Webhooks } from '#kit/webhook.ts';

const SIGNING = { encoding: 'hex', prefix: 'v1=' } as const;

const webhooks: Webhooks = {
  secrets: 'app',
  verify({ method, query, headers, body }, { secrets, now }): Verdict {
    const challenge = new URLSearchParams(query).get('challenge');
    if (method === 'GET' && challenge !== null) {
      return { is: 'greeting', answer: { status: 200, headers: { 'content-type': 'text/plain' }, body: challenge } };
    }
    const echo = headers['validation-token'];
    if (echo !== undefined && body.length === 0) {
      return { is: 'greeting', answer: { status: 200, headers: { 'validation-token': echo }, body: '' } };
    }
    const seconds = headers['bell-timestamp'];
    const aged = ageProblem(secondsOf(seconds), now);
    if (aged !== undefined) return { is: 'forged', reason: aged };
    return isSigned(headers['bell-signature'], secrets, [`${seconds}.`, body], SIGNING)
      ? { is: 'genuine' }
      : { is: 'forged', reason: 'wrong signature' };
  },
  identity: ({ headers }) => headers['bell-delivery'],
  parse({ body }) {
    const said = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as { news?: News[] };
    if (!Array.isArray(said.news)) throw new Changed('a delivery without news', 'Nothing was lost.');
    return said.news;
  },
};

/** A request's headers, as the service signs them. */
export function signed(secret: string, body: string | Uint8Array, at = Date.now(), id?: string): { [name: string]: string } {
  const seconds = String(Math.floor(at / 1_000));
  return {
    'content-type': 'application/json',
    'bell-timestamp': seconds,
    'bell-signature': signatureOf(secret, [`${seconds}.`, body], SIGNING),
    ...(id === undefined ? {} : { 'bell-delivery': id }),
  };
}

/** The connectors `bell` and `chime`. */
export function bells(stream?: Stream): { [name: string]: Connector } {
  const bell: Connector = {
    name: 'bell',
    title: 'Bell',
    docs: 'https://bell.example/docs',
    base: { api: 'https://bell.example' },
    auth: {
      kind: 'oauth2',
      authorize: { api: 'api', path: '/authorize' },
      token: { api: 'api', path: '/token' },
      scopes: { always: [], streams: {} },
      pkce: true,
      client: 'post',
      rotates: false,
    },
    limits: { groups: {}, timeout: 1_000 },
    streams: stream === undefined ? {} : { people: stream },
    webhooks,
    check: async () => ({ id: 'a', title: 'A' }),
    explain: (error) => new Changed(String(error), 'Nothing was lost.'),
  };
  return { bell, chime: { ...bell, name: 'chime', title: 'Chime', webhooks: { ...webhooks, secrets: 'subscription' } } };
}
