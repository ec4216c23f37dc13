/** Sends one request to an address of our own, as a service would, and says what a service would have met. */
import { connect } from 'node:tls';
import type { Delivery } from './webhook.ts';

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: { readonly [name: string]: string };
  /** Its beginning. */
  body: string;
}

/** What kept a request from its answer: `certificate` and `expired` concern TLS, `plain` is HTTP where HTTPS was spoken. */
export type Obstacle = 'name' | 'connection' | 'silence' | 'certificate' | 'chain' | 'host name' | 'expired' | 'plain';

/** Nobody answered. */
export class Unreached extends Error {
  readonly obstacle: Obstacle;
  constructor(address: string, obstacle: Obstacle, code: string, cause: unknown) {
    super(`${new URL(address).origin} cannot be reached: ${code}`, { cause });
    this.name = 'Unreached';
    this.obstacle = obstacle;
  }
}

const PATIENCE_MS = 5_000;
const MOST = 4_096;

/** Without following. Throws Unreached. */
export async function knock(address: string, delivery: Delivery, signal: AbortSignal): Promise<Answer> {
  const url = delivery.query === '' ? address : `${address}?${delivery.query}`;
  try {
    const response = await fetch(url, {
      method: delivery.method,
      headers: delivery.headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      ...(delivery.method === 'POST' && { body: Buffer.from(delivery.body) }),
    });
    const body = (await response.text()).slice(0, MOST);
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  } catch (error) {
    const code = codeOf(error);
    throw new Unreached(address, obstacleOf(code), code, error);
  }
}

/** Until when the certificate of an https address is good, ms since the epoch; undefined where TLS does not come about. */
export function certificateEnd(address: string, signal: AbortSignal): Promise<number | undefined> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 443), servername: hostname, timeout: PATIENCE_MS }, () => {
      const end = Date.parse(socket.getPeerCertificate().valid_to);
      socket.destroy();
      resolve(Number.isNaN(end) ? undefined : end);
    });
    const giveUp = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.on('error', giveUp).on('timeout', giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** The codes of Node, OpenSSL (X509_V_ERR_…) and undici. */
const OBSTACLES: { readonly [code: string]: Obstacle } = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ECONNREFUSED: 'connection',
  EHOSTUNREACH: 'connection',
  ENETUNREACH: 'connection',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'chain',
  UNABLE_TO_GET_ISSUER_CERT: 'chain',
  EPROTO: 'plain',
  ERR_SSL_WRONG_VERSION_NUMBER: 'plain',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'plain',
};

export function obstacleOf(code: string): Obstacle {
  return OBSTACLES[code] ?? (code.includes('TIMEOUT') || code === 'TimeoutError' ? 'silence' : 'connection');
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string') return code;
    if (at.cause === undefined) return at.name === 'Error' ? at.message : at.name;
  }
  return String(error);
}
