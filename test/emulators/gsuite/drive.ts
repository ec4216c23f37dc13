import type { Clock } from '../kit/clock.ts';
import { hash, random } from '../kit/random.ts';
import type { Message } from './json.ts';

interface FileState {
  id: string;
  /** Position of the change among all changes. */
  seq: number;
  version: number;
  modified: number;
  /** Absent: deleted, or no longer shared. */
  body?: Message;
}

export type Drive = ReturnType<typeof createDrive>;

/** The files one account can see, and the log of their changes. Nobody looks into them. */
export function createDrive(clock: Clock, owner: string) {
  const files = new Map<string, FileState>();
  const log: string[] = [];
  const watchers = new Set<() => void>();
  let made = 0;

  function put(id: string, body: Message | undefined): FileState {
    log.push(id);
    const version = (files.get(id)?.version ?? 0) + 1;
    const state = { id, seq: log.length, version, modified: clock.now(), ...(body && { body }) };
    files.set(id, state);
    for (const watcher of watchers) watcher();
    return state;
  }

  function shown({ id, version, modified, body = {} }: FileState): Message {
    const native = String(body.mimeType).startsWith('application/vnd.google-apps.');
    const md5 = hash(`${id} ${version}`).toString(16).padStart(32, '0');
    return {
      ...{ kind: 'drive#file', id, mimeType: 'text/plain', version: String(version), trashed: false, starred: false },
      ...{ createdTime: '2026-01-01T00:00:00.000Z', modifiedTime: new Date(modified).toISOString() },
      ...{
        webViewLink: `https://drive.google.com/file/d/${id}/view`,
        owners: [{ kind: 'drive#user', emailAddress: owner, me: true }],
      },
      ...(!native && { size: String(1000 + version), md5Checksum: md5, headRevisionId: `${id}-r${version}` }),
      ...body,
    };
  }

  const living = () => [...files.values()].filter(({ body }) => body !== undefined).sort((a, b) => a.seq - b.seq);
  return {
    /** A search of all drives says that it could not look into one of them. */
    incomplete: false,
    shown,
    log,
    find: (id: string): FileState | undefined => files.get(id),
    all: living,
    watch(watcher: () => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    /** A file by members of the Drive API; gives the id. */
    add: (file: Message): string => put(`1${hash(owner).toString(36)}${String(++made).padStart(20, '0')}`, file).id,
    edit(id: string, file: Message): void {
      put(id, { ...files.get(id)?.body, ...file });
    },
    /** For good; or somebody who shared it does so no longer. */
    delete: (id: string): void => void put(id, undefined),
    list: (): Message[] => living().map(shown),
    fill(count: number, seed = 1): void {
      const draw = random(seed);
      const kinds = [
        'application/pdf',
        'image/png',
        'application/vnd.google-apps.document',
        'application/vnd.google-apps.spreadsheet',
      ];
      for (let n = 0; n < count; n++)
        this.add({
          ...{
            name: `${draw.pick(['Offer', 'Contract', 'Photo', '見積書'])} ${n}`,
            mimeType: draw.pick(kinds),
            parents: ['0AFolder'],
          },
          ...(draw.oneIn(4) && { driveId: '0ASharedDrive' }),
          ...(draw.oneIn(3) && {
            permissions: [{ kind: 'drive#permission', type: 'user', emailAddress: `guest${n}@example.com` }],
          }),
        });
    },
  };
}
