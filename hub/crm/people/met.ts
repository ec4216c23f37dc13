/** Whom one has met: addresses in meetings, mails and files that nobody here bears. Noted only where the workspace wants to review them. */
import { domainToken } from '#mappings/keys.ts';
import type { Tx } from '#store/database.ts';
import { noteStrangers } from '#store/strangers.ts';
import { timeOf } from '../imprint.ts';
import { type Circle, isOpen, type Regarded } from './concerns.ts';
import { participantsIn } from './participants.ts';

/** Addresses behind which nobody reads. */
const MACHINES = /^(no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?|notifications?)([+._-].*)?@/;

/** Notes the strangers among those who take part. Whoever is of the firm's own domain is a colleague, not a stranger. */
export async function noteMet(tx: Tx, entries: readonly Regarded[], circle: Circle | null, at: string): Promise<void> {
  if (circle === null) return;
  const met = new Map<string, { address: string; name: string; last: string }>();
  for (const entry of entries) {
    if (!isOpen(entry)) continue;
    const last = timeOf(entry.object, entry.after) ?? at;
    for (const { address, name } of participantsIn(entry.object, entry.after)) {
      if (isKnown(address, circle) || MACHINES.test(address)) continue;
      const known = met.get(address);
      if (known === undefined) met.set(address, { address, name, last });
      else if (last >= known.last) met.set(address, { address, name: name || known.name, last });
    }
  }
  await noteStrangers(tx, [...met.values()]);
}

const isKnown = (address: string, { contacts, leads, companies, colleagues, domains }: Circle): boolean =>
  contacts.has(address) ||
  leads.has(address) ||
  companies.has(address) ||
  colleagues.has(address) ||
  domains.has(domainToken(address));
