import type { Decision } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import { truthsOf } from './call.ts';
import type { Extension } from './company.ts';
import type { Controlled } from './contract.ts';
import type { World } from './desk.ts';
import { storyOf } from './stories/corpus.ts';
import type { Post } from './weather.ts';

export interface Handles {
  faults: Faults;
  counters: Counters;
  credentials: Map<string, string>;
  post: Post;
  consent(authoriseUrl: string, decision?: Decision): Promise<string>;
  setPermissions(permissions: readonly string[]): void;
  clientId: string;
}

/** What a test does to the company: its people, its calls, its weather. */
export function createControl(world: World, { faults, counters, credentials, post, ...handles }: Handles): Controlled {
  const { clock, company, grants, log, mailboxes, books, subscriptions, telephony, rates, ringOuts } = world;

  function person(who?: string): Extension {
    const found = who === undefined ? company.extensions()[0] : company.find(who);
    if (found === undefined)
      throw new Error(
        `there is no extension ${who}; there are ${company
          .extensions()
          .map(({ name }) => name)
          .join(', ')}`,
      );
    return found;
  }

  function messageOf(id: number) {
    const found = company
      .extensions()
      .flatMap((one) => mailboxes.all(one))
      .find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no message ${id}`);
    return found;
  }

  function contactOf(id: number) {
    const found = company
      .extensions()
      .flatMap((one) => books.all(one))
      .find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no contact ${id}`);
    return found;
  }

  /** Tells everybody who listens to the company's extensions. */
  function tellOf(extension: Extension, eventType: 'Create' | 'Update' | 'Delete'): void {
    const at = `/restapi/v1.0/account/${company.id}/extension`;
    const extensionId = String(extension.id);
    world.publish([
      { subject: 'extensions', event: at, body: { extensionId, eventType } },
      ...(eventType === 'Create'
        ? []
        : [
            {
              subject: 'extension' as const,
              event: `${at}/${extensionId}`,
              extension: extension.id,
              body: { extensionId, eventType, hints: ['ExtensionInfo'] },
            },
          ]),
    ]);
  }

  return {
    clock,
    faults,
    counters,
    grants,
    company,
    grant: (who) => grants.give({ account: String(person(who).id), clientId: handles.clientId, scopes: world.permissions() }),
    jwt: (who) => {
      const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${text({ alg: 'RS256', typ: 'JWT' })}.${text({ sub: String(person(who).id), jti: credentials.size })}.emulated`;
      credentials.set(token, String(person(who).id));
      return token;
    },
    consent: handles.consent,
    revoke: (who) => {
      grants.forget(String(person(who).id));
      subscriptions.endOf(person(who));
    },
    expireAccess: (who) => grants.expireAccess(String(person(who).id)),
    addExtension: (plan) => {
      const made = company.add(plan);
      tellOf(made, 'Create');
      return made;
    },
    changeExtension: (who, changes) => {
      const changed = company.change(who, changes);
      tellOf(changed, 'Update');
      return changed;
    },
    ring: (story, telling) => {
      const playing = telephony.play(typeof story === 'string' ? storyOf(story) : story, telling);
      return { ...playing, truths: truthsOf(playing.call) };
    },
    quiet: () => telephony.quiet(),
    settled: async () => {
      await subscriptions.tick();
      await post.settled();
    },
    subscriptions: () => subscriptions.all(),
    blacklist: (id) => subscriptions.blacklist(id),
    setManners: (manners) => subscriptions.setManners(manners),
    setWeather: (weather) => post.set(weather),
    redeliver: (count) => post.repeat(count),
    deliveries: () => post.counts(),
    setLag: (lag) => log.setLag(lag),
    logged: () => {
      const now = clock.now();
      const standing = log.visible(undefined).filter(({ deleted = now + 1 }) => deleted > now);
      return [...new Set(standing.map(({ call, plan }) => call.sessions[plan.session]?.telephonySessionId ?? ''))];
    },
    deleteRecords: (session) => log.remove(session),
    clearLog: () => log.clear(),
    setRates: (next) => rates.set(next),
    setPermissions: (permissions) => handles.setPermissions(permissions),
    setRingOut: ({ story, speed }) =>
      ringOuts.setPlan({
        ...(story === undefined ? {} : { story: storyOf(story) }),
        ...(speed === undefined ? {} : { speed }),
      }),
    messages: (who) => mailboxes.all(person(who)),
    receiveText: (who, { from, text }) => {
      const owner = person(who);
      const to = [{ phoneNumber: owner.direct[0], name: owner.name }];
      const message = mailboxes.text(owner, { direction: 'Inbound', from: { phoneNumber: from }, to, text });
      world.publish(mailboxes.news(message, true));
      return message;
    },
    settleText: (id, status) => world.publish(mailboxes.news(mailboxes.touch(messageOf(id), { status }), false)),
    transcribe: (id, transcription, transcript) =>
      world.publish(mailboxes.news(mailboxes.touch(messageOf(id), { transcription, transcript }), false)),
    contacts: (who) => books.all(person(who)).filter((one) => !one.deleted),
    addContact: (who, fields) => books.add(person(who), fields),
    editContact: (id, fields) => books.patch(contactOf(id), fields),
    deleteContact: (id) => books.remove(contactOf(id)),
    expireSyncTokens: () => books.forget(),
  };
}
