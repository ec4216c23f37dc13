/** Files as Drive tells of them: the bin, what is shared, names of what has no bytes, changes that never expire. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileShape } from '#connectors/gsuite/file.ts';
import { gsuite } from '#connectors/gsuite/index.ts';
import { sorted } from '#connectors/gsuite/records.ts';
import type { Stream } from '#kit/stream.ts';
import { type Bench, createBench } from '../conformance/bench.ts';
import { signedIn } from '../conformance/drivers/gsuite.ts';
import type { World } from '../conformance/world.ts';
import type { Drive } from '../emulators/gsuite/drive.ts';

const stream: Stream = gsuite.streams.files;
let drive: Drive;
let bench: Bench;
let world: Omit<World, 'ids' | 'misfit'>;

beforeEach(async () => {
  const on = await signedIn({});
  world = on.world;
  drive = on.gsuite.drive();
  bench = createBench(gsuite, stream, { ...world, ids: () => [], misfit: () => '' });
});
afterEach(() => world.close());

test('a file is described, and nothing is read of what is in it', async () => {
  const id = drive.add({
    ...{ name: 'Offer.pdf', mimeType: 'application/pdf', size: '4096', md5Checksum: 'd41d8cd98f00b204e9800998ecf8427e' },
    ...{ driveId: '0ASales', parents: ['0AOffers'], description: 'SECRET', owners: [{ emailAddress: 'boss@firm.example' }] },
    permissions: [
      { type: 'user', emailAddress: 'boss@firm.example', role: 'owner' },
      { type: 'user', emailAddress: 'zoe@work.example', displayName: 'Zoë' },
      { type: 'anyone', role: 'reader' },
    ],
  });
  const { rows } = await bench.read();
  expect(rows[0]!.fields).toEqual({
    ...{ uid: `gdrive:${id}`, name: 'Offer.pdf', exportName: 'Offer.pdf', mime: 'application/pdf', size: 4096 },
    ...{ hash: 'md5:d41d8cd98f00b204e9800998ecf8427e', link: `https://drive.google.com/file/d/${id}/view`, revision: `${id}-r1` },
    ...{ modified: '2026-03-01T10:00:00.000Z', owner: 'boss@firm.example', drive: '0ASales', folder: '0AOffers' },
    sharedWith: [{ address: 'zoe@work.example', name: 'Zoë' }],
  });
  expect(JSON.stringify(rows)).not.toContain('SECRET');
});

test('Google’s own documents have a name to be downloaded under; folders and shortcuts are no files', async () => {
  const own = 'application/vnd.google-apps';
  for (const kind of ['document', 'spreadsheet', 'presentation', 'folder', 'shortcut'])
    drive.add({ name: kind, mimeType: `${own}.${kind}` });
  const { rows, cursors } = await bench.read();
  expect(rows.map(({ fields }) => fields.exportName)).toEqual(['document.docx', 'spreadsheet.xlsx', 'presentation.pptx']);
  drive.add({ name: 'More', mimeType: `${own}.folder` });
  expect(await bench.read(cursors.at(-1))).toMatchObject({ rows: [], gone: [] });
});

test('what goes into the bin is gone, and comes back; what is no longer shared is gone; tokens live on', async () => {
  const [a, b] = [drive.add({ name: 'A' }), drive.add({ name: 'B' })];
  const { cursors } = await bench.read();
  world.turn(400 * 86_400_000);
  drive.edit(a, { trashed: true });
  drive.delete(b);
  const bin = await bench.read(cursors.at(-1));
  expect(bin.gone).toEqual([a, b]);
  expect(await stream.fetch!(bench.ctx, [a])).toMatchObject({ rows: [], gone: [a] });
  drive.edit(a, { trashed: false });
  expect((await bench.read(bin.cursors.at(-1))).rows.map(({ id }) => id)).toEqual([a]);
});

test('what happens while everything is listed is not lost', async () => {
  drive.fill(1500);
  const first = (await bench.read()).cursors[0]!;
  const late = drive.add({ name: 'Late' });
  const rest = await bench.read(first);
  const { rows } = await bench.read(rest.cursors.at(-1));
  expect(rows.map(({ id }) => id)).toContain(late);
});

test('a list that Google calls incomplete is read again later, and never taken for all there is', async () => {
  drive.fill(3);
  drive.incomplete = true;
  await expect(bench.read()).rejects.toMatchObject({ next: 'later', message: expect.stringContaining('incompleteSearch') });
  drive.incomplete = false;
  expect((await bench.read()).rows.length).toBe(3);
});

test('a file that cannot be kept is a misfit with all that is wrong of it', async () => {
  const file = { id: 'f1', name: 'Offer', size: 'much', modifiedTime: 'lately', parents: ['0A\u0000'] };
  const { misfits } = await sorted(fileShape, [file]);
  expect(misfits.map((one) => [one.id, one.problems.map(({ path }) => path)])).toEqual([
    ['f1', ['size', 'modified', 'folder', 'parents/0']],
  ]);
});
