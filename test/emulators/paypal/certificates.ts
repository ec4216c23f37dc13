/** An authority of the emulator's own, and certificates it issues, as DigiCert issues those that PayPal signs its messages with. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, der, natural, octets, oid, sequence, text, time, truth } from './der.ts';

export interface Certificate {
  pem: string;
  key: KeyObject;
  name: string;
}

export interface Wish {
  name: string;
  /** Who signs; absent: it signs itself. */
  by?: Certificate;
  /** May it issue others? */
  authority?: true;
  /** Names of hosts it is good for. */
  hosts?: readonly string[];
  /** ms since the epoch. */
  from?: number;
  until?: number;
  /** Keys of authorities are of the curve P-256, which are made in no time; PayPal signs messages by RSA. */
  rsa?: true;
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const RSA_SHA256 = sequence(oid('1.2.840.113549.1.1.11'), der(0x05));

export function issue(wish: Wish): Certificate {
  const { name, by, authority = false, hosts = [], from = Date.UTC(2020, 0), until = Date.UTC(2050, 0) } = wish;
  const { publicKey, privateKey } = wish.rsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = by?.key ?? privateKey;
  const algorithm = signer.asymmetricKeyType === 'rsa' ? RSA_SHA256 : ECDSA_SHA256;
  const body = sequence(
    der(0xa0, natural(Buffer.from([2]))), // version 3
    natural(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    nameOf(by?.name ?? name),
    sequence(time(from), time(until)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(authority, hosts))),
  );
  const bytes = sequence(body, algorithm, bits(sign('sha256', body, signer)));
  const lines = bytes
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return { pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key: privateKey, name };
}

function nameOf(name: string): Buffer {
  return sequence(der(0x31, sequence(oid('2.5.4.3'), text(name))));
}

function extensions(authority: boolean, hosts: readonly string[]): Buffer[] {
  const basic = sequence(oid('2.5.29.19'), truth, octets(sequence(...(authority ? [truth] : []))));
  if (hosts.length === 0) return [basic];
  const names = hosts.map((host) => der(0x82, Buffer.from(host)));
  return [basic, sequence(oid('2.5.29.17'), octets(sequence(...names)))];
}

export interface Authority {
  root: Certificate;
  between: Certificate;
  /** What messages are signed with. */
  signer: Certificate;
}

export const SIGNER = 'messageverificationcerts.paypal.com';

let made: Authority | undefined;

/** One for the whole process: keys take time to make. */
export function authority(): Authority {
  if (made !== undefined) return made;
  const root = issue({ name: 'Emulated Root CA', authority: true });
  const between = issue({ name: 'Emulated EV Server CA', by: root, authority: true });
  made = { root, between, signer: issue({ name: SIGNER, by: between, hosts: [SIGNER], rsa: true }) };
  return made;
}
