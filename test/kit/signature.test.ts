import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ageProblem, isSecret, isSigned, type Signing, secondsOf, signatureOf, WINDOW_MS } from '#kit/signature.ts';

const HEX: Signing = { encoding: 'hex' };

describe('A signature', () => {
  test('is the HMAC that the standard says', () => {
    // RFC 4231, test case 2.
    expect(signatureOf('Jefe', ['what do ya want ', 'for nothing?'], HEX)).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    // RFC 2202, test case 2 for SHA-1.
    expect(signatureOf('Jefe', ['what do ya want for nothing?'], { ...HEX, algorithm: 'sha1', prefix: 'sha1=' })).toBe(
      'sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    );
  });

  const signing = fc.record({
    encoding: fc.constantFrom('hex' as const, 'base64' as const, 'base64url' as const),
    algorithm: fc.constantFrom('sha1' as const, 'sha256' as const, 'sha512' as const),
    prefix: fc.constantFrom('', 'v0=', 'sha256='),
  });

  test('is good for its secret, its bytes and its form, and for no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array(), signing, (secret, other, body, how) => {
        const right = signatureOf(secret, [body], how);
        expect(isSigned(right, [other, secret], [body], how)).toBe(true);
        expect(isSigned(right, [secret, other], [body], how)).toBe(true);
        expect(isSigned(right, [], [body], how)).toBe(false);
        expect(isSigned(`${right} `, [secret], [body], how)).toBe(false);
        expect(isSigned(right.slice(0, -1), [secret], [body], how)).toBe(false);
        expect(isSigned(right, [secret], [body, 'x'], how)).toBe(false);
        expect(isSigned(undefined, [secret], [body], how)).toBe(false);
        // HMAC pads a key with zeros: a secret with one more is the same key.
        const same = (text: string) => text.replace(/\0+$/, '');
        if (same(other) !== same(secret)) expect(isSigned(right, [other], [body], how)).toBe(false);
      }),
    );
  });

  test('of a form with another prefix or encoding is none', () => {
    const right = signatureOf('s', ['x'], { ...HEX, prefix: 'v1=' });
    expect(isSigned(right.toUpperCase(), ['s'], ['x'], { ...HEX, prefix: 'v1=' })).toBe(false);
    expect(isSigned(right, ['s'], ['x'], HEX)).toBe(false);
  });
});

test('A secret that is sent as it is: one of those there are, whole, and never an empty one', () => {
  expect(isSecret('b', ['a', 'b'])).toBe(true);
  for (const given of ['', undefined, 'ab', 'a ', 'A']) expect(isSecret(given, ['a', 'b', ''])).toBe(false);
});

describe('A signed time', () => {
  test('may lie five minutes off on either side, to the millisecond', () => {
    const now = 1_000_000_000;
    expect(ageProblem(now - WINDOW_MS, now)).toBeUndefined();
    expect(ageProblem(now + WINDOW_MS, now)).toBeUndefined();
    expect(ageProblem(now - WINDOW_MS - 1, now)).toBe('stale timestamp');
    expect(ageProblem(now + WINDOW_MS + 1, now)).toBe('future timestamp');
    for (const none of [undefined, Number.NaN, Number.POSITIVE_INFINITY]) expect(ageProblem(none, now)).toBe('no timestamp');
  });

  test('in seconds is digits and nothing else', () => {
    expect(secondsOf('1795600961')).toBe(1_795_600_961_000);
    for (const text of [undefined, '', '1.5', '-1', '1e3', ' 1', '0x1', '1234567890123']) expect(secondsOf(text)).toBeUndefined();
  });
});
