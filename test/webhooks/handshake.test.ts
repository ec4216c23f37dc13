/** The doctor's trials: an address as services would meet it, and why they would not. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { obstacleOf } from '#kit/knock.ts';
import { tryAddress, tryGate } from '#webhooks/handshake.ts';
import { webhooksOf } from './service.ts';

const never = new AbortController().signal;
const NOW = Date.parse('2026-11-25T10:00:00Z');
const proof = { secrets: ['secret'], now: NOW };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  afterAll(() => server.close());
  return (server.address() as AddressInfo).port;
}

const serve = async (answer: RequestListener): Promise<string> => `http://127.0.0.1:${await listen(createServer(answer))}`;

/** A key and a certificate for `localhost` alone, signed by itself: made for this test, of no use anywhere else. */
const SELF_SIGNED = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIhPscdctwjEdkTJV
7Brtn9XWWMmdDskiLLo8ygtbzWmhRANCAAR1HedhcXKzGzKTID4WCZ1fP42bT6SC
rbeRBI8ovJDz+8kaEyhjReth9HSGf9ojaUd34P12N0j3JzjYuxwWrGMr
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUWfh3hu1678geDdo0FqCGAbnUTPwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTEwMjI1OFoYDzIxMjYxMTAx
MTAyMjU4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR1HedhcXKzGzKTID4WCZ1fP42bT6SCrbeRBI8ovJDz+8kaEyhjReth
9HSGf9ojaUd34P12N0j3JzjYuxwWrGMro2kwZzAdBgNVHQ4EFgQUTKvDTMXnimVM
5bdw6MqKvH3ccK8wHwYDVR0jBBgwFoAUTKvDTMXnimVM5bdw6MqKvH3ccK8wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAIoUsbVdu/jUKyGqN+KuZ7FkdpMu+NEKDntTxRGiXja6AiEAwtI5ksEW
K9EN6gnAJzMAx0crPCESTztYO1Lypxtb/2s=
-----END CERTIFICATE-----`,
};

describe('an address', () => {
  test('that answers is well, from this machine for what stands in for services here', async () => {
    const url = await serve((_, response) => response.end());
    expect(await tryAddress(url, false, NOW, never)).toEqual([{ state: 'well', found: `${url} answers` }]);
  });

  test('of this machine, or without TLS, is none for services elsewhere', async () => {
    const url = await serve((_, response) => response.end());
    const [local, plain] = await tryAddress(url, true, NOW, never);
    expect(local).toMatchObject({ state: 'wrong', found: '127.0.0.1 is known on this machine or network only' });
    expect(plain).toMatchObject({ state: 'wrong', advice: expect.stringContaining('https only') });
  });

  test('behind which another program answers is told', async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    expect(await tryAddress(url, false, NOW, never)).toMatchObject([{ state: 'wrong', found: `${url}/healthz answers 404` }]);
  });

  test('where nobody listens says so', async () => {
    expect(await tryAddress('http://127.0.0.1:9', false, NOW, never)).toMatchObject([
      { state: 'wrong', found: expect.stringContaining('cannot be reached'), advice: expect.stringContaining('npm start') },
    ]);
  });

  test('whose certificate nobody trusts says so', async () => {
    const port = await listen(createSecureServer(SELF_SIGNED, (_, response) => response.end()));
    expect(await tryAddress(`https://localhost:${port}`, false, NOW, never)).toMatchObject([
      {
        state: 'wrong',
        found: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
        advice: expect.stringContaining('authority'),
      },
    ]);
  });

  test('of plain HTTP that is spoken to as HTTPS says so', async () => {
    const url = await serve((_, response) => response.end());
    expect(await tryAddress(url.replace('http:', 'https:'), false, NOW, never)).toMatchObject([
      { state: 'wrong', advice: expect.stringContaining('plain HTTP') },
    ]);
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'expired'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'chain'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'host name'],
    ['ENOTFOUND', 'name'],
    ['UND_ERR_CONNECT_TIMEOUT', 'silence'],
    ['TimeoutError', 'silence'],
    ['ECONNRESET', 'connection'],
  ] as const)('%s is an obstacle of its kind: %s', (code, obstacle) => {
    expect(obstacleOf(code)).toBe(obstacle);
  });
});

describe('a gate', () => {
  const greeting = (change: (header: string) => string, status = 200): RequestListener => {
    return (request, response) => {
      const given = request.headers.greeting;
      if (typeof given === 'string') response.writeHead(status, { greeting: change(given) }).end();
      else response.writeHead(401).end();
    };
  };

  test('that greets as the service wants it is well', async () => {
    const url = await serve(greeting((header) => header));
    expect(await tryGate(webhooksOf(true), url, proof, never)).toMatchObject({ state: 'well' });
  });

  test('whose answer something alters is told, with what is altered', async () => {
    const url = await serve(greeting(() => 'another', 204));
    const { state, found, advice } = await tryGate(webhooksOf(true), url, proof, never);
    expect({ state, found }).toEqual({
      state: 'wrong',
      found: 'its greeting is answered with status 204 in place of 200, no header greeting as it should be',
    });
    expect(advice).toContain('let the proxy pass on');
  });

  test('of a service without a greeting must refuse a forgery', async () => {
    const { greeting: _, ...silent } = webhooksOf(true);
    expect(await tryGate(silent, await serve(greeting((header) => header)), proof, never)).toMatchObject({ state: 'well' });
    const signIn = await serve((_, response) => response.writeHead(302, { location: '/login' }).end());
    expect(await tryGate(silent, signIn, proof, never)).toMatchObject({
      state: 'wrong',
      found: 'a forgery is answered with 302 in place of 401',
    });
  });

  test('that nobody reaches says why', async () => {
    expect(await tryGate(webhooksOf(true), 'http://127.0.0.1:9/x', proof, never)).toMatchObject({ state: 'wrong' });
  });
});
