/**
 * The care of one subscription, under its lease: what is wanted, what the service holds, and the steps between. Before each call to the
 * service the register says what is about to be asked, so that whoever finds it after a crash knows what may have happened; no
 * transaction spans a call.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from '#kit/context.ts';
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Subscribed, Wanted, Webhooks } from '#kit/webhook.ts';
import type { Change, Kept, Register } from './register.ts';
import { askAgainAfter, FORMER_SECRET_MS, lookAfter, POLL_MS, renewalOf, retryAfter, TOLD_POLL_MS } from './schedule.ts';

export interface CareParts {
  register: Register;
  /** Where services reach the hub, without a slash at the end. */
  publicUrl(): string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Another hub cares for it now, or it is gone: this one must do nothing more. */
export class CareLost extends Error {
  constructor({ connection }: Kept) {
    super(`connection ${connection}: its subscription is cared for by another hub, or gone; this one stops`);
    this.name = 'CareLost';
  }
}

/** More steps in one go than any course has: a service that forgets at once what it promises. */
const MOST_STEPS = 6;

export const unguessable = (): string => randomBytes(32).toString('base64url');

export const urlOf = (publicUrl: string, { connector, address }: Pick<Kept, 'connector' | 'address'>): string =>
  `${publicUrl}/webhooks/${connector}/${address}`;

/** Brings what the service holds in step with what is wanted. What fails is noted, with the time of the next attempt. */
export async function care(parts: CareParts, webhooks: Webhooks, ctx: Context, taken: Kept): Promise<void> {
  const one = new Care(parts, webhooks, ctx, taken);
  for (let step = 0; step < MOST_STEPS; step += 1) if (await one.step()) return;
  await one.giveUp();
}

class Care {
  private readonly parts: CareParts;
  private readonly webhooks: Webhooks;
  private readonly ctx: Context;
  private kept: Kept;
  /** The service has been asked in this course how it stands. */
  private looked = false;

  constructor(parts: CareParts, webhooks: Webhooks, ctx: Context, kept: Kept) {
    this.parts = parts;
    this.webhooks = webhooks;
    this.ctx = ctx;
    this.kept = kept;
  }

  /** True: nothing more is to be done now. */
  async step(): Promise<boolean> {
    const { kept } = this;
    const now = this.parts.now();
    const streams = this.streams();
    if (kept.state === 'asking') return this.find();
    if (kept.state !== 'live') return streams.length === 0 ? this.rest() : this.create(streams);
    if (streams.length === 0) return this.end();
    if (kept.expires !== null && kept.expires <= now) return this.lost(`it ended on ${instant(kept.expires)}`);
    if (kept.url !== this.url()) return this.end();
    if (kept.rotating || !sameSet(kept.streams, streams)) {
      return this.webhooks.renew ? this.renew(streams) : this.end();
    }
    if (this.renewal() <= now) return this.webhooks.renew ? this.renew(streams) : this.end();
    if (this.webhooks.look && !this.looked) return this.look();
    return this.settle();
  }

  private streams(): string[] {
    const { tells } = this.webhooks;
    return this.kept.inUse.filter((stream) => tells === undefined || tells.includes(stream)).toSorted();
  }

  private url(): string {
    return urlOf(this.parts.publicUrl(), this.kept);
  }

  private wanted(streams: readonly string[]): Wanted {
    return { url: this.url(), secret: this.kept.secrets[0]!.secret, streams };
  }

  private renewal(): number {
    const { address, granted, expires } = this.kept;
    return granted === null || expires === null ? Number.POSITIVE_INFINITY : renewalOf(address, granted, expires);
  }

  /** A later attempt never sleeps through the end of what lives. */
  private before(due: number): number {
    const { state, expires } = this.kept;
    return state === 'live' && expires !== null ? Math.min(due, Math.max(expires, this.parts.now())) : due;
  }

  private async rest(): Promise<boolean> {
    await this.note({ state: 'wanted', problem: null, due: lookAfter(this.kept.address, this.parts.now()), every: POLL_MS });
    return true;
  }

  /** It was asked for, and no answer was noted: it is looked for, or made anew under an address that the first cannot know. */
  private async find(): Promise<boolean> {
    const found = this.webhooks.find && (await this.attempt(() => this.webhooks.find!(this.ctx, this.kept.url), 'unclear'));
    if (found === LATER) return true;
    if (found !== undefined && found !== REFUSED) {
      if (found.dropped === undefined) return this.lives(found);
      await this.unsubscribe(found.id);
    }
    await this.note({ state: 'wanted', ...fresh(), due: this.parts.now() });
    return false;
  }

  private async create(streams: readonly string[]): Promise<boolean> {
    const wanted = this.wanted(streams);
    await this.note({ state: 'asking', url: wanted.url, streams, due: this.parts.now() });
    const made = await this.attempt(() => this.webhooks.subscribe!(this.ctx, wanted), 'clear');
    return made === LATER || made === REFUSED ? true : this.lives(made);
  }

  /** It has just been promised: what changed before that is pulled. */
  private async lives({ id, expires, dropped, secret }: Subscribed): Promise<boolean> {
    const now = this.parts.now();
    const term = { expires: expires ?? null, granted: now, since: now, ...(secret !== undefined && { secrets: [{ secret }] }) };
    try {
      await this.note({ state: 'live', id, ...term, rotating: false, pull: now, every: TOLD_POLL_MS });
    } catch (error) {
      if (error instanceof CareLost) await this.unsubscribe(id); // nobody would know of it
      throw error;
    }
    if (dropped !== undefined) return this.lost(dropped);
    this.looked = true;
    return false;
  }

  private async renew(streams: readonly string[]): Promise<boolean> {
    const { id, secrets, rotating } = this.kept;
    const renewed = await this.attempt(() => this.webhooks.renew!(this.ctx, id!, this.wanted(streams)), 'unclear');
    if (renewed === LATER) return true;
    if (renewed === REFUSED) return this.webhooks.look && !this.looked ? this.look() : true;
    const now = this.parts.now();
    const [newest, ...former] = secrets;
    const own = renewed.secret === newest!.secret ? undefined : renewed.secret; // chosen by the service, not by us
    const theirs = own === undefined ? {} : { rotating: false, secrets: [{ secret: own }] };
    const turned = { rotating: false, secrets: [newest!, ...former.map((s) => ({ ...s, until: now + FORMER_SECRET_MS }))] };
    await this.note({
      id: renewed.id,
      streams,
      granted: now,
      expires: renewed.expires ?? null,
      ...(rotating ? turned : {}),
      ...theirs,
    });
    if (renewed.dropped !== undefined) return this.lost(renewed.dropped, renewed.id);
    this.looked = true;
    return false;
  }

  private async look(): Promise<boolean> {
    const found = await this.attempt(() => this.webhooks.look!(this.ctx, this.kept.id!), 'unclear');
    if (found === LATER || found === REFUSED) return true;
    this.looked = true;
    if (found === undefined) return this.lost('the service no longer knows it');
    if (found.dropped !== undefined) return this.lost(found.dropped, found.id);
    if (found.expires !== undefined && found.expires !== this.kept.expires) await this.note({ expires: found.expires });
    return false;
  }

  /** All is as it should be. Secrets that are past are forgotten. */
  private async settle(): Promise<boolean> {
    const { address, secrets } = this.kept;
    const now = this.parts.now();
    const living = secrets.filter(({ until }) => until === undefined || until > now);
    const due = Math.min(this.webhooks.look ? lookAfter(address, now) : Number.POSITIVE_INFINITY, this.renewal());
    await this.note({
      failures: 0,
      problem: null,
      due: Number.isFinite(due) ? due : lookAfter(address, now),
      every: TOLD_POLL_MS,
      ...(living.length < secrets.length ? { secrets: living } : {}),
    });
    return true;
  }

  /** The service let it fall: what it did not tell meanwhile is pulled, and it is made anew. */
  private async lost(reason: string, known?: string): Promise<boolean> {
    if (known !== undefined) await this.unsubscribe(known);
    const now = this.parts.now();
    await this.note({
      state: 'wanted',
      ...fresh(),
      dropped: { at: now, reason: this.discreet(reason) },
      pull: now,
      every: POLL_MS,
      due: now,
    });
    return false;
  }

  /** Ended first, and made anew after if it is still wanted: never two at once, and a pull for what falls between. */
  private async end(): Promise<boolean> {
    await this.unsubscribe(this.kept.id!);
    const now = this.parts.now();
    await this.note({ state: 'wanted', ...fresh(), pull: now, every: POLL_MS, due: now });
    return false;
  }

  /** As good as it goes: one that stays behind calls an address that is none any more. */
  private async unsubscribe(id: string): Promise<void> {
    await this.webhooks.unsubscribe?.(this.ctx, id).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
    });
  }

  /** A failure is noted, with the time of the next attempt. `clear`: what was certainly not carried out leaves things as before. */
  private async attempt<T>(ask: () => Promise<T>, outcome: 'clear' | 'unclear'): Promise<T | typeof LATER | typeof REFUSED> {
    try {
      return await ask();
    } catch (error) {
      const refused = error instanceof Refused || error instanceof Reconnect;
      if (outcome === 'clear' && refused) await this.failed(error, { state: 'refused' });
      else if (outcome === 'clear' && error instanceof TryLater && error.notSent) await this.failed(error, { state: 'wanted' });
      else await this.failed(error, {});
      return refused ? REFUSED : LATER;
    }
  }

  private async failed(error: unknown, change: Pick<Change, 'state'>): Promise<void> {
    const { address, failures } = this.kept;
    const now = this.parts.now();
    const least = error instanceof TryLater ? error.afterMs : isOverdue(error) ? 0 : undefined;
    const due = least === undefined ? askAgainAfter(address, now, failures) : retryAfter(address, now, failures, least);
    const { message, advice } = said(error);
    const problem = { at: now, message: this.discreet(message), advice: this.discreet(advice) };
    await this.note({ ...change, failures: failures + 1, problem, due: this.before(due) });
  }

  /** It never came to rest: left for a while, so that nobody is asked without end. */
  async giveUp(): Promise<void> {
    const advice = 'Look at the subscriptions of this account at the service.';
    await this.failed(new Changed('the service does not keep what it promises', advice), {});
  }

  /** Services quote what they were given; whoever reads that must not be able to pass for them. */
  private discreet(text: string): string {
    const { address, secrets } = this.kept;
    return [address, ...secrets.map(({ secret }) => secret)].reduce((said, hidden) => said.replaceAll(hidden, '…'), text);
  }

  private async note(change: Change): Promise<void> {
    if (!(await this.parts.register.note(this.kept, change))) throw new CareLost(this.kept);
    const { due: _due, problem: _problem, dropped: _dropped, pull: _pull, every: _every, ...kept } = change;
    this.kept = { ...this.kept, ...kept };
  }
}

const LATER = Symbol('later');
const REFUSED = Symbol('refused');

/** An address and a secret that nobody has heard of. */
function fresh(): Pick<Kept, 'address' | 'secrets' | 'rotating' | 'id' | 'since' | 'granted' | 'expires'> {
  return {
    address: unguessable(),
    secrets: [{ secret: unguessable() }],
    rotating: false,
    id: null,
    since: null,
    granted: null,
    expires: null,
  };
}

/** We gave up waiting, or the hub is stopping. */
const isOverdue = (error: unknown): boolean => error instanceof Error && /^(Abort|Timeout)Error$/.test(error.name);

function said(error: unknown): { message: string; advice: string } {
  if (error instanceof Problem) return { message: error.message, advice: error.advice };
  if (isOverdue(error)) return { message: 'no answer came in time', advice: 'It is tried again by itself.' };
  const message = error instanceof Error ? error.message : String(error);
  return { message, advice: 'This is a fault of ours: it is tried again. Please report the message.' };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

const instant = (ms: number): string => new Date(ms).toISOString();
