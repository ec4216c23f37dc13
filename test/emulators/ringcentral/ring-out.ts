import { randomBytes } from 'node:crypto';
import type { Company, Extension } from './company.ts';
import { ApiError, badParameter, notFound } from './errors.ts';
import type { Story } from './stories/story.ts';
import type { Playing, Telephony } from './telephony.ts';

export type Status = 'InProgress' | 'Success' | 'Busy' | 'NoAnswer' | 'Rejected' | 'Finished';

export interface RingOut {
  id: string;
  owner: Extension;
  playing: Playing;
  over: boolean;
}

/** How RingOuts go. */
export interface RingOutPlan {
  /** The story that happens: its session `a` rings the user, `b` the other side. */
  story: Story;
  /** What stands in the log of one that is cancelled. */
  cancelled: Story;
  /** The story of a call that a device places. */
  callOut: Story;
  /** 1: as in life. */
  speed: number;
}

export type RingOuts = ReturnType<typeof createRingOuts>;

/** RingOut: rings the user's phone first, then the other side; each is a session of its own. */
export function createRingOuts(company: Company, telephony: Telephony, plan: RingOutPlan) {
  const all = new Map<string, RingOut>();

  function find(owner: Extension, id: string): RingOut {
    const found = all.get(id);
    if (found?.owner !== owner || found.over) throw notFound('ringoutId');
    return found;
  }

  function statusOf({ playing }: RingOut): { callStatus: Status; callerStatus: Status; calleeStatus: Status } {
    const [caller, callee] = [side(playing, 'a'), side(playing, 'b')];
    const failed = [caller, callee].find((one) => one !== 'InProgress' && one !== 'Success');
    const both = caller === 'Success' && callee === 'Success';
    return { callStatus: failed ?? (both ? 'Success' : 'InProgress'), callerStatus: caller, calleeStatus: callee };
  }

  function side({ call }: Playing, session: 'a' | 'b'): Status {
    const status = telephony.stateOf(call.sessions[session]?.telephonySessionId ?? '');
    switch (status?.code) {
      case 'Answered':
      case 'Hold':
        return 'Success';
      case 'Disconnected':
        return status.reason === undefined ? 'Finished' : (ENDED[status.reason] ?? 'Finished');
      default:
        return 'InProgress';
    }
  }

  return {
    /** Rings `from`, a phone of the user, then `to`. */
    start(owner: Extension, from: string | undefined, to: string | undefined): RingOut {
      const phones = [...owner.direct, owner.mobile, owner.number];
      if (from === undefined || !phones.includes(from))
        throw new ApiError(400, {
          errorCode: 'TEL-108',
          message: "Parameter [from.phoneNumber] is none of the extension's phones",
          parameterName: 'from.phoneNumber',
        });
      if (to === undefined || !/^\+?[\d() -]{2,20}$/.test(to)) throw badParameter('to.phoneNumber');
      const inside = company.find(to);
      const cast = { ann: String(owner.id), customer: inside ? { number: to } : { number: to.replace(/[() -]/g, '') } };
      const playing = telephony.play(plan.story, { cast, speed: plan.speed });
      const made: RingOut = { id: randomBytes(36).toString('base64url'), owner, playing, over: false };
      all.set(made.id, made);
      void playing.over.then(() => {
        made.over = true;
      });
      return made;
    },
    find,
    statusOf,
    /** Ends it while nobody has taken it up; afterwards there is nothing left to cancel. */
    cancel(ringOut: RingOut): void {
      if (side(ringOut.playing, 'a') !== 'InProgress') throw notFound('ringoutId');
      ringOut.over = true;
      telephony.cut(ringOut.playing, plan.cancelled);
    },
    /** Calls from a device of the user; gives the session. */
    callOut(owner: Extension, to: string): string {
      const { call } = telephony.play(plan.callOut, {
        cast: { ann: String(owner.id), customer: { number: to } },
        speed: plan.speed,
      });
      return call.sessions.a?.telephonySessionId ?? '';
    },
    view: (ringOut: RingOut, platform: string) => ({
      id: ringOut.id,
      uri: `${platform}restapi/v1.0/account/${company.id}/extension/${ringOut.owner.id}/ring-out/${ringOut.id}`,
      status: statusOf(ringOut),
    }),
    setPlan: (next: Partial<RingOutPlan>) => void Object.assign(plan, next),
    all: (): readonly RingOut[] => [...all.values()],
  };
}

const ENDED: { readonly [reason: string]: Status } = { NoAnswer: 'NoAnswer', TargetBusy: 'Busy', Rejected: 'Rejected' };
