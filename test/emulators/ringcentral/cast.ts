import type { Company, Extension } from './company.ts';
import { CUSTOMER, type Outsider, type Role, type Story } from './stories/story.ts';

/** Who plays the roles of a story: extensions by whatever finds them, people outside by their numbers. */
export interface Cast {
  readonly [role: Role]: string | Outsider;
}

/** One end of a call as the service shows it. */
export interface End {
  phoneNumber?: string;
  extensionNumber?: string;
  extensionId?: string;
  name?: string;
  location?: string;
  device?: string;
}

export type Troupe = ReturnType<typeof castStory>;

/** Makes the roles of a story people of a company. */
export function castStory(story: Story, company: Company, cast: Cast = {}) {
  const given = (role: Role): string | Outsider | undefined => cast[role];

  /** The extension behind a role; undefined for people outside. */
  function extension(role: Role): Extension | undefined {
    const bare = role.replace(/#$/, '');
    if (bare === 'main' || bare === 'tollfree') return undefined;
    const chosen = given(bare);
    if (typeof chosen === 'object') return undefined;
    return company.find(chosen ?? bare);
  }

  function outsider(role: Role): Outsider {
    const chosen = given(role);
    const planned = story.outside?.[role] ?? (role === 'customer' ? CUSTOMER : undefined);
    if (typeof chosen === 'object') return { ...planned, ...chosen };
    if (typeof chosen === 'string') return { ...planned, number: chosen };
    if (planned === undefined) throw new Error(`story ${story.name}: nobody plays ${role}`);
    return planned;
  }

  /** The number of somebody outside in E.164, whatever the service shows; undefined for the company's own people. */
  function number(role: Role): string | undefined {
    if (role === 'main') return company.mainNumber;
    if (role === 'tollfree') return company.companyNumbers[0];
    if (extension(role)) return undefined;
    const { number: known, mobileOf, form } = outsider(role);
    if (form === 'anonymous' || form === 'masked') return undefined;
    return mobileOf === undefined ? known : extension(mobileOf)?.mobile;
  }

  function end(role: Role): End {
    if (role === 'main' || role === 'tollfree') return { phoneNumber: number(role), name: company.name };
    const inside = extension(role);
    if (inside) {
      const short = role.endsWith('#') || inside.direct.length === 0;
      return {
        ...(short ? { extensionNumber: inside.number } : { phoneNumber: inside.direct[0] }),
        extensionId: String(inside.id),
        name: inside.name,
        device: inside.device,
      };
    }
    const { number: written, form = 'e164', name, location, mobileOf } = outsider(role);
    const e164 = mobileOf === undefined ? written : number(role);
    return { phoneNumber: e164 && shown(e164, form), name: form === 'anonymous' ? 'Anonymous' : name, location };
  }

  return { extension, number, end };
}

function shown(e164: string, form: NonNullable<Outsider['form']>): string | undefined {
  switch (form) {
    case 'anonymous':
      return undefined;
    case 'masked':
      return `${e164.slice(0, -4)}XXXX`;
    case 'with extension':
      return `${e164}x77`;
    case 'no plus':
      return e164.slice(1);
    case 'national':
      return e164.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1)$2-$3');
    default:
      return e164;
  }
}
