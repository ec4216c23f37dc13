import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { e164, readFully, readPhone } from '#mappings/phone.ts';

describe('numbers are read', () => {
  test.each([
    ['+14155552671', undefined, '+14155552671'],
    ['+1 (415) 555-2671', undefined, '+14155552671'],
    ['(415) 555-2671', 'US', '+14155552671'],
    ['415.555.2671', 'CA', '+14155552671'],
    ['1 415 555 2671', 'US', '+14155552671'],
    ['415-555-2671 x12', 'US', '+14155552671;ext=12'],
    ['+14155552671;ext=12', undefined, '+14155552671;ext=12'],
    ['+49 (0)30 901820', undefined, '+4930901820'],
    ['030 901820', 'DE', '+4930901820'],
    ['020 7946 0958', 'GB', '+442079460958'],
    ['00 44 20 7946 0958', 'DE', '+442079460958'],
    ['+44 020 7946 0958', undefined, '+442079460958'],
    ['+39 06 6982', undefined, '+39066982'],
  ])('%s in %s is %s', (text, region, expected) => {
    expect(e164(text, region)).toBe(expected);
  });
});

describe('what cannot be read for sure is not guessed', () => {
  test.each([
    ['(415) 555-2671', undefined],
    ['555 2671', 'US'],
    ['12', 'DE'],
    ['call the desk', 'US'],
    ['', 'US'],
    ['+', undefined],
    ['+999 123456789', undefined],
    ['+1 555 0100', undefined],
    ['030 901820', 'XX'],
    ['1'.repeat(5_000), 'US'],
    ['٠١٢', 'US'],
  ])('%s in %s', (text, region) => {
    expect(readPhone(text, region)).toBeNull();
  });
});

test('the short reading agrees with the full one', () => {
  const codes = [
    '1',
    '31',
    '32',
    '33',
    '34',
    '41',
    '44',
    '45',
    '48',
    '49',
    '61',
    '65',
    '81',
    '91',
    '351',
    '353',
    '20',
    '30',
    '82',
    '84',
    '90',
    '359',
    '380',
    '972',
    '7',
    '39',
    '52',
    '54',
    '999',
  ];
  const digits = fc.integer({ min: 5, max: 12 }).chain((length) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`)));
  const separated = digits.chain((text) =>
    fc.constantFrom(text, `${text.slice(0, 3)} ${text.slice(3)}`, `(${text.slice(0, 3)}) ${text.slice(3)}`),
  );
  const number = fc.oneof(
    fc.record({ code: fc.constantFrom(...codes), rest: separated }).map(({ code, rest }) => `+${code} ${rest}`),
    separated,
  );
  fc.assert(
    fc.property(number, fc.constantFrom('US', 'CA', 'DE', 'GB', 'IT', undefined), (text, region) => {
      expect(readPhone(text, region)).toEqual(readFully(text, region));
    }),
    { numRuns: 10_000 },
  );
});

test('a number once read is read the same', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^[+0-9 ()x.-]{3,20}$/)),
      fc.constantFrom('US', 'DE', 'GB'),
      (text, region) => {
        const read = e164(text, region);
        if (read !== null) expect(e164(read, region)).toBe(read);
      },
    ),
    { numRuns: 1_000 },
  );
});
