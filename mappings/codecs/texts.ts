/** Codecs of texts: trim, lower, upper, spaces, e164, prefix, suffix. */

import { z } from 'zod';
import type { Field } from '#kit/fields.ts';
import { e164 as toE164 } from '../phone.ts';
import { asText, type Codec, codec, textKinds } from './step.ts';

const none = z.strictObject({});
const same = (theirs: Field): Field => theirs;
const orBlank = (text: string): string | undefined => (text === '' ? undefined : text);

/** A codec that tidies on the way in and leaves alone on the way out. `tidy` must be idempotent. */
function tidying(name: string, does: string, tidy: (text: string) => string, examples: Codec['examples']): Codec {
  return codec({
    does,
    args: none,
    takes: textKinds,
    gives: same,
    make: () => ({
      name,
      in: (value) => orBlank(tidy(asText(value, name))),
      out: (value) => orBlank(asText(value, name)),
    }),
    examples,
  });
}

export const trim = tidying('trim', 'Takes away space around the text.', (text) => text.trim(), [
  { use: 'trim', theirs: '  Ada ', ours: 'Ada', back: 'Ada' },
]);

export const lower = tidying('lower', 'Small letters.', (text) => text.toLowerCase(), [
  { use: 'lower', theirs: 'Ada@Firma.Example', ours: 'ada@firma.example', back: 'ada@firma.example' },
]);

export const upper = tidying('upper', 'Capital letters.', (text) => text.toUpperCase(), [
  { use: 'upper', theirs: 'eur', ours: 'EUR', back: 'EUR' },
]);

export const spaces = tidying(
  'spaces',
  'One space where there were several, none around.',
  (text) => text.replace(/\s+/gu, ' ').trim(),
  [{ use: 'spaces', theirs: 'Ada   Lovelace\n', ours: 'Ada Lovelace', back: 'Ada Lovelace' }],
);

export const e164 = codec({
  does: 'Phone numbers as E.164, national ones read by region. A number that cannot be read for sure stays as it is.',
  args: z.strictObject({
    region: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .optional(),
  }),
  takes: textKinds,
  gives: (theirs) => ({ ...theirs, kind: 'phone' }),
  make({ region }, place) {
    const meant = region ?? place.region;
    return {
      name: region === undefined ? 'e164' : `e164 of ${region}`,
      in(value) {
        const text = asText(value, 'e164');
        return orBlank(toE164(text, meant) ?? text.trim());
      },
      out: (value) => orBlank(asText(value, 'e164')),
    };
  },
  examples: [
    { use: { e164: { region: 'US' } }, theirs: '(415) 555-2671', ours: '+14155552671', back: '+14155552671' },
    { use: { e164: { region: 'DE' } }, theirs: '030 901820', ours: '+4930901820', back: '+4930901820' },
    { use: { e164: { region: 'US' } }, theirs: '415-555-2671 x12', ours: '+14155552671;ext=12', back: '+14155552671;ext=12' },
    { use: 'e164', theirs: 'call the desk', ours: 'call the desk' },
  ],
});

const decoration = z.strictObject({ text: z.string().min(1) });

/** A decoration is written outward and taken away inward, once: it never leaks into the CRM. */
export const suffix = codec({
  does: 'Ends their text with this; ours is without. For services that want names to be unique.',
  args: decoration,
  takes: textKinds,
  gives: same,
  make: ({ text }) => ({
    name: `suffix ${JSON.stringify(text)}`,
    in(value) {
      const theirs = asText(value, 'suffix');
      return orBlank(theirs.endsWith(text) ? theirs.slice(0, -text.length) : theirs);
    },
    out: (value) => asText(value, 'suffix') + text,
  }),
  examples: [
    { use: { suffix: { text: ' (C)' } }, theirs: 'Acme (C)', ours: 'Acme' },
    { use: { suffix: { text: ' (C)' } }, theirs: 'Acme', ours: 'Acme', back: 'Acme (C)' },
  ],
});

export const prefix = codec({
  does: 'Begins their text with this; ours is without.',
  args: decoration,
  takes: textKinds,
  gives: same,
  make: ({ text }) => ({
    name: `prefix ${JSON.stringify(text)}`,
    in(value) {
      const theirs = asText(value, 'prefix');
      return orBlank(theirs.startsWith(text) ? theirs.slice(text.length) : theirs);
    },
    out: (value) => text + asText(value, 'prefix'),
  }),
  examples: [{ use: { prefix: { text: 'CRM-' } }, theirs: 'CRM-0042', ours: '0042' }],
});
