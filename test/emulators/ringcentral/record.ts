import type { Json } from '#kit/fields.ts';
import type { StoryCall } from './call.ts';
import { recordingId } from './call.ts';
import type { End } from './cast.ts';
import type { Company } from './company.ts';
import { type Entry, modifiedOf } from './log.ts';
import type { LegPlan, LogPlan, Role } from './stories/story.ts';

export type View = 'Simple' | 'Detailed';

/** What a record's addresses are made of. */
export interface Places {
  platform: string;
  media: string;
}

/** A record as the log shows it at `now`. */
export function writeRecord(entry: Entry, view: View, now: number, company: Company, places: Places): Json {
  const { call, plan, owner } = entry;
  const ids = call.sessions[plan.session];
  const own = owner === undefined ? undefined : (entry.legs.find((one) => one.master) ?? longest(entry.legs));
  const path = `restapi/v1.0/account/${company.id}${owner === undefined ? '' : `/extension/${owner}`}/call-log/${entry.id}`;
  const recorded = entry.recorded !== undefined && entry.recorded <= now;
  const recording: { [name: string]: Json } = recorded ? { recording: recordingOf(call, plan.session, company, places) } : {};
  const gone = entry.deleted !== undefined && entry.deleted <= now;
  const shown = own ?? plan;
  return {
    uri: `${places.platform}${path}?view=${view}`,
    id: entry.id,
    sessionId: ids?.sessionId ?? '',
    telephonySessionId: ids?.telephonySessionId ?? '',
    ...common(call, plan, shown),
    ...(plan.internalType ? { internalType: plan.internalType } : {}),
    ...(plan.reason ? { reason: plan.reason, reasonDescription: `${plan.reason}.` } : {}),
    ...recording,
    ...(plan.shortRecording ? { shortRecording: true } : {}),
    ...messageOf(entry, company, places),
    ...(gone ? { deleted: true } : {}),
    ...(plan.transferTarget ? { transferTarget: sessionOf(call, plan.transferTarget) } : {}),
    ...(plan.transferee ? { transferee: sessionOf(call, plan.transferee) } : {}),
    ...(view === 'Detailed'
      ? {
          transport: transportOf(shown.action),
          lastModifiedTime: new Date(modifiedOf(entry, now)).toISOString(),
          billing: { costIncluded: 0, costPurchased: 0 },
          legs: entry.legs.map(
            (leg): Json => ({
              ...common(call, plan, leg),
              ...recording,
              telephonySessionId: ids?.telephonySessionId ?? '',
              transport: transportOf(leg.action),
              legType: leg.legType,
              ...(leg.master ? { master: true } : {}),
              ...extensionOf(call, leg.of, company, places),
            }),
          ),
        }
      : {}),
  };
}

function common(call: StoryCall, plan: LogPlan, shown: LogPlan | LegPlan): { [name: string]: Json } {
  const durationMs = Math.round(shown.seconds * 1000);
  return {
    startTime: new Date(call.begins + Math.round(shown.at * 1000)).toISOString(),
    duration: Math.floor(durationMs / 1000),
    durationMs,
    type: plan.type ?? 'Voice',
    direction: shown.direction,
    action: shown.action,
    result: shown.result,
    to: partyOf(call, shown.to),
    from: partyOf(call, shown.from),
  };
}

function partyOf(call: StoryCall, role: Role): Json {
  const { device: _, ...end }: End = call.troupe.end(role);
  return Object.fromEntries(Object.entries(end).filter(([, value]) => value !== undefined));
}

function longest(legs: readonly LegPlan[]): LegPlan | undefined {
  return legs.reduce<LegPlan | undefined>((most, one) => (most && most.seconds >= one.seconds ? most : one), undefined);
}

function transportOf(action: string): 'PSTN' | 'VoIP' {
  return action === 'VoIP Call' ? 'VoIP' : 'PSTN';
}

function extensionOf(call: StoryCall, role: Role | undefined, company: Company, { platform }: Places): { [name: string]: Json } {
  const extension = role === undefined ? undefined : call.troupe.extension(role);
  if (extension === undefined) return {};
  return { extension: { uri: `${platform}restapi/v1.0/account/${company.id}/extension/${extension.id}`, id: extension.id } };
}

function sessionOf(call: StoryCall, session: string): Json {
  return { telephonySessionId: call.sessions[session]?.telephonySessionId ?? '' };
}

function recordingOf(call: StoryCall, session: string, company: Company, { platform, media }: Places): Json {
  const id = recordingId(call, session);
  const path = `restapi/v1.0/account/${company.id}/recording/${id}`;
  return { uri: `${platform}${path}`, id, type: 'Automatic', contentUri: `${media}${path}/content` };
}

function messageOf({ call, plan, owner: whose }: Entry, company: Company, { platform }: Places): { [name: string]: Json } {
  const box = call.story.voicemail;
  const owner = box && call.troupe.extension(box.of);
  if (!plan.message || owner === undefined || (whose !== undefined && whose !== owner.id)) return {};
  const id = messageIdOf(call);
  const uri = `${platform}restapi/v1.0/account/${company.id}/extension/${owner.id}/message-store/${id}`;
  return { message: { uri, id: String(id), type: 'VoiceMail' } };
}

/** The message a call left behind: the log names it before anybody has looked into the mailbox. */
export function messageIdOf({ sessions }: StoryCall): number {
  return Number(Object.values(sessions)[0]?.sessionId) + 4;
}
