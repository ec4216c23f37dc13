import type { Visit, World } from './desk.ts';
import { json, notFound } from './errors.ts';
import type { Entry } from './log.ts';
import { silence } from './messages.ts';

function entryOf(world: World, visit: Visit): Entry {
  const found = world.log.recorded(visit.params[0] ?? '');
  if (found === undefined) throw notFound('recordingId');
  return found;
}

export function getRecording(world: World, visit: Visit) {
  const { plan } = entryOf(world, visit);
  const id = visit.params[0] ?? '';
  return json({
    id,
    contentUri: `${world.places.media}restapi/v1.0/account/${world.company.id}/recording/${id}/content`,
    contentType: 'audio/mpeg',
    duration: Math.floor(plan.seconds),
  });
}

export function recordingContent(world: World, visit: Visit) {
  const { plan } = entryOf(world, visit);
  return { status: 200, headers: { 'content-type': 'audio/mpeg' }, body: silence(plan.seconds) };
}
