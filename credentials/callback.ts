/** What a service says beside the code when the person comes back: which account they chose. */
import type { OAuth2 } from '#kit/connector.ts';
import { Changed } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import type { Service } from './service.ts';

/** Longest such value: they are ids. */
const MOST = 200;

/** Settings of the connection to be made. Throws where a parameter that the connector counts on did not come. */
export function settingsIn({ title, auth }: Pick<Service<OAuth2>, 'title' | 'auth'>, back: URLSearchParams): Values {
  const settings: Values = {};
  for (const [parameter, setting] of Object.entries(auth.callback ?? {})) {
    const value = back.get(parameter) ?? '';
    if (value === '' || value.length > MOST) {
      const found = value === '' ? 'without it' : `with ${value.length} characters of it`;
      throw new Changed(
        `${title} says by ${parameter} which account was chosen, and sent the person back ${found}.`,
        'Start again from the hub, and choose the account when asked.',
      );
    }
    settings[setting] = value;
  }
  return settings;
}
