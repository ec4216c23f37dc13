/**
 * Tries out the way a service takes to us: from the hub to its own public address, with what the service would send. What is well here
 * need not be well from outside, but what is wrong here is wrong there too.
 */
import { type Answer, certificateEnd, knock, type Obstacle, Unreached } from '#kit/knock.ts';
import type { Delivery, Proof, Webhooks } from '#kit/webhook.ts';

export interface Trial {
  state: 'well' | 'warning' | 'wrong';
  found: string;
  /** What to do; absent where all is well. */
  advice?: string;
}

const ADVICE: { readonly [obstacle in Obstacle]: string } = {
  name: 'PUBLIC_URL names a host that nobody knows: correct it, or add the name to the DNS.',
  connection: 'Start the hub (npm start), open the port in the firewall, or set PUBLIC_URL to where the hub is reached.',
  silence: 'Something swallows the request: look at the firewall and at the proxy before the hub.',
  certificate: 'The certificate is signed by nobody whom services trust: use one of a public authority.',
  chain: 'The server sends its certificate without those between it and the authority: configure the full chain (fullchain.pem).',
  'host name': 'The certificate is for other names than the host of PUBLIC_URL: get one that names it.',
  expired: 'Renew the certificate, and see that the server loads the new one.',
  plain: 'HTTPS was spoken to a server of plain HTTP: put a TLS proxy before the hub, or correct the port in PUBLIC_URL.',
};

const SOON_MS = 14 * 24 * 3_600_000;
const LOCAL =
  /^(localhost|.*\.(local|internal|test|invalid)|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(1[6-9]|2\d|3[01])\.[\d.]+|\[::1\]|\[f[cd].*)$/;

/** Can services come to this address at all? `outside`: some of them are not on this machine. */
export async function tryAddress(publicUrl: string, outside: boolean, now: number, signal: AbortSignal): Promise<Trial[]> {
  const trials: Trial[] = [];
  const { protocol, hostname } = new URL(publicUrl);
  if (outside && LOCAL.test(hostname)) {
    const advice = 'Set PUBLIC_URL to an address on the internet that leads here; for trying out, one of a tunnel.';
    trials.push({ state: 'wrong', found: `${hostname} is known on this machine or network only`, advice });
  }
  if (outside && protocol !== 'https:') {
    const advice = 'Services call https only: put a TLS proxy before the hub and begin PUBLIC_URL with https://.';
    trials.push({ state: 'wrong', found: `${publicUrl} is not https`, advice });
  }
  const { status, trial } = await healthOf(publicUrl, signal);
  if (trial) return [...trials, trial];
  if (status !== 200) {
    const advice = `Set PUBLIC_URL to where this hub is reached; a proxy must pass on /healthz and /webhooks/ as they are.`;
    return [...trials, { state: 'wrong', found: `${publicUrl}/healthz answers ${status}`, advice }];
  }
  trials.push({ state: 'well', found: `${publicUrl} answers` });
  const end = protocol === 'https:' ? await certificateEnd(publicUrl, signal) : undefined;
  if (end !== undefined && end - now < SOON_MS)
    trials.push({ state: 'warning', found: `its certificate ends on ${new Date(end).toISOString()}`, advice: ADVICE.expired });
  return trials;
}

async function healthOf(publicUrl: string, signal: AbortSignal): Promise<{ status?: number; trial?: Trial }> {
  const health: Delivery = { method: 'GET', headers: {}, query: '', body: new Uint8Array() };
  try {
    return { status: (await knock(`${publicUrl}/healthz`, health, signal)).status };
  } catch (error) {
    return { trial: unreached(error) };
  }
}

/** Does the gate answer as the service expects it: to its greeting where it has one, else to a forgery? */
export async function tryGate(webhooks: Webhooks, url: string, proof: Proof, signal: AbortSignal): Promise<Trial> {
  const sent = webhooks.greeting?.('switchboard-doctor', proof) ?? forgery();
  const verdict = await webhooks.verify(sent, proof);
  try {
    const answer = await knock(url, sent, signal);
    if (verdict.is === 'greeting') return greeted(answer, verdict.answer);
    return refused(answer, webhooks.answers?.forged ?? 401);
  } catch (error) {
    return unreached(error);
  }
}

function greeted(answer: Answer, wanted: Answer): Trial {
  const wrong = [
    ...(answer.status === wanted.status ? [] : [`status ${answer.status} in place of ${wanted.status}`]),
    ...Object.entries(wanted.headers).flatMap(([name, value]) =>
      answer.headers[name.toLowerCase()] === value ? [] : [`no header ${name} as it should be`],
    ),
    ...(wanted.body === '' || answer.body === wanted.body ? [] : ['another body']),
  ];
  if (wrong.length === 0) return { state: 'well', found: 'its greeting is answered as the service wants it' };
  return { state: 'wrong', found: `its greeting is answered with ${wrong.join(', ')}`, advice: ALTERED };
}

function refused({ status }: Answer, wanted: number): Trial {
  if (status === wanted) return { state: 'well', found: `a forgery is refused with ${status}, so deliveries come to the gate` };
  return { state: 'wrong', found: `a forgery is answered with ${status} in place of ${wanted}`, advice: ALTERED };
}

const ALTERED =
  'Something between alters what passes, or this is another hub: let the proxy pass on /webhooks/ with method, headers and body as they are, without a sign-in and without redirecting.';

function forgery(): Delivery {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    query: '',
    body: new TextEncoder().encode('{"from":"switchboard doctor"}'),
  };
}

function unreached(error: unknown): Trial {
  if (!(error instanceof Unreached)) throw error;
  return { state: 'wrong', found: error.message, advice: ADVICE[error.obstacle] };
}
