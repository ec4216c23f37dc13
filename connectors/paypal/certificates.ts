/**
 * The certificate that signs PayPal's messages. Its address comes with each message, chosen by whoever sends it: only PayPal's own hosts
 * and folder are asked, its chain must lead to an authority that this process trusts, and its name must be the one PayPal uses.
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';

/** What is at an address of a certificate: PEM, the signer first. Rejects where it cannot be had now. */
export type Download = (path: string) => Promise<string>;

/**
 * `good`: of PayPal, at that time. `incomplete`: nothing is wrong, but who issued it is not known here, so that somebody else has to be
 * asked. `bad`: of somebody else, with the reason.
 */
export type Judged = { is: 'good'; key: KeyObject } | { is: 'incomplete' } | { is: 'bad'; reason: string };

interface House {
  hosts: readonly string[];
  name: string;
}

const LIVE: House = { hosts: ['api.paypal.com', 'api-m.paypal.com'], name: 'messageverificationcerts.paypal.com' };
const SANDBOX: House = {
  hosts: ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'],
  name: 'messageverificationcerts.sandbox.paypal.com',
};
const FOLDER = /^\/v1\/notifications\/certs\/[\w-]{1,120}$/;

/** Path and house of an address that may be asked; undefined: it is not PayPal's. */
export function placeOf(url: string | undefined): { path: string; house: House } | undefined {
  if (url === undefined || url.length > 500 || !URL.canParse(url)) return undefined;
  const { protocol, username, password, port, hostname, pathname, search, hash, href } = new URL(url);
  const plain = protocol === 'https:' && username === '' && password === '' && port === '' && search === '' && hash === '';
  const house = [LIVE, SANDBOX].find(({ hosts }) => hosts.includes(hostname));
  // What reads otherwise once parsed was not meant for us.
  return plain && house !== undefined && href === url && FOLDER.test(pathname) ? { path: pathname, house } : undefined;
}

/** The longest chain that is read. */
const MOST = 6;

/** Is the chain PayPal's, at that time (ms since the epoch)? */
export function judge(pem: string, name: string, at: number): Judged {
  let chain: X509Certificate[];
  try {
    chain = (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
      .slice(0, MOST)
      .map((one) => new X509Certificate(one));
  } catch {
    return { is: 'bad', reason: 'an unreadable certificate' };
  }
  const [signer, ...others] = chain;
  if (signer === undefined) return { is: 'bad', reason: 'no certificate' };
  if (signer.checkHost(name, { subject: 'never' }) === undefined) return { is: 'bad', reason: 'a certificate of another name' };
  if (!isOf(signer, at)) return { is: 'bad', reason: 'a certificate of another time' };
  if (signer.ca) return { is: 'bad', reason: 'a certificate of an authority' };
  const led = leads(signer, others, at);
  return led === 'trusted'
    ? { is: 'good', key: signer.publicKey }
    : led === 'open'
      ? { is: 'incomplete' }
      : { is: 'bad', reason: 'a certificate nobody vouches for' };
}

/** From a certificate to one that is trusted; `open` where the next issuer is missing, `astray` where the chain ends in itself. */
function leads(from: X509Certificate, others: readonly X509Certificate[], at: number): 'trusted' | 'open' | 'astray' {
  let under = from;
  for (let n = 0; n < MOST; n++) {
    if (trusted(at).some((root) => root.ca && isIssuedBy(under, root))) return 'trusted';
    if (isIssuedBy(under, under)) return 'astray';
    const above = others.find((one) => one.ca && one !== under && isOf(one, at) && isIssuedBy(under, one));
    if (above === undefined) return 'open';
    under = above;
  }
  return 'astray';
}

function isIssuedBy(one: X509Certificate, by: X509Certificate): boolean {
  return one.issuer === by.subject && one.checkIssued(by) && one.verify(by.publicKey);
}

function isOf({ validFromDate, validToDate }: X509Certificate, at: number): boolean {
  return validFromDate.getTime() <= at && at <= validToDate.getTime();
}

let authorities: { of: readonly string[]; read: readonly X509Certificate[] } | undefined;

/** What this process trusts: Node's own list, with what `NODE_EXTRA_CA_CERTS` adds. */
function trusted(at: number): readonly X509Certificate[] {
  const now = getCACertificates('default');
  if (authorities === undefined || authorities.of.length !== now.length || authorities.of.at(-1) !== now.at(-1)) {
    authorities = { of: now, read: now.map((pem) => new X509Certificate(pem)) };
  }
  return authorities.read.filter((one) => isOf(one, at));
}

/** A certificate changes about once a year, with its address: what was read is kept. Failures are kept for a moment, too. */
export function openCertificates({ most = 50, failureMs = 60_000, abreast = 4 } = {}) {
  const known = new Map<string, { pem: Promise<string>; until: number }>();
  let under = 0;
  return async function read(path: string, download: Download): Promise<string> {
    const before = known.get(path);
    if (before !== undefined && before.until > performance.now()) return before.pem;
    if (under >= abreast) throw new Error(`${under} certificates are being fetched already`);
    const entry = { pem: Promise.resolve(''), until: Number.POSITIVE_INFINITY };
    under += 1;
    entry.pem = download(path).finally(() => {
      under -= 1;
    });
    entry.pem.catch(() => {
      entry.until = performance.now() + failureMs;
    });
    known.delete(path);
    known.set(path, entry);
    if (known.size > most) known.delete(known.keys().next().value!);
    return entry.pem;
  };
}
