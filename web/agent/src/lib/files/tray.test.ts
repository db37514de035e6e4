import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answers, asked, json, startServer, WORKSPACE } from '$lib/inbox/fake-server.test-data';
import { media } from '$lib/inbox/sample.test-data';
import { FakeUpload, holdUploads, nthUpload } from './fake-upload.test-data';
import { Tray } from './tray.svelte';

const UPLOADS = `${WORKSPACE}/conversations/cnv_1/uploads`;
const pdf = (name: string, size = 1_000) => new File(['x'.repeat(size)], name, { type: 'application/pdf' });
const stored = (id: string) => media({ id, kind: 'document', name: `${id}.pdf`, mime: 'application/pdf' });

let tray: Tray;
const changed = vi.fn();
const missed = vi.fn();

beforeEach(() => {
  startServer();
  holdUploads();
  changed.mockClear();
  missed.mockClear();
  const takes = [{ kind: 'document', types: ['application/pdf'], max: 10_000 }];
  answers.set(`GET ${UPLOADS}`, () => json({ takes }));
  tray = new Tray('/workspaces/wsp_1/conversations/cnv_1', { changed, missed });
});

afterEach(() => {
  tray.close();
  vi.unstubAllGlobals();
});

const states = () => tray.items.map(({ progress }) => progress.is);

it('a file is checked and uploaded under its name, and tells how far it is', async () => {
  void tray.add([pdf('factura nº 1.pdf')]);
  expect(states()).toEqual(['checked']);
  const upload = await nthUpload(1);
  const path = '/api/v1/workspaces/wsp_1/conversations/cnv_1/uploads';
  expect(upload.url).toMatch(`${path}?name=factura+n%C2%BA+1.pdf&place=`);
  upload.sent(400);
  expect(tray.items[0]?.progress).toMatchObject({ is: 'uploading', sent: 400 });
  expect(tray.unsaved).toBe(true);
  upload.stores(stored('med_1'));
  await vi.waitFor(() => expect(states()).toEqual(['there']));
  expect(tray.there.map(({ id }) => id)).toEqual(['med_1']);
  expect(tray.unsaved).toBe(false);
});

it('files tell the place in which they were attached, whichever of them gets through first', async () => {
  void tray.add([pdf('1.pdf'), pdf('2.pdf')]);
  await nthUpload(2);
  const before = new Tray('/workspaces/wsp_1/conversations/cnv_1', { changed, missed });
  void before.add([pdf('3.pdf')]);
  await nthUpload(3);
  const places = FakeUpload.all.map(({ url }) => Number(new URLSearchParams(url.split('?')[1]).get('place')));
  expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
  before.close();
});

it('a picture that the server finds damaged is not to be tried again', async () => {
  void tray.add([pdf('a.pdf')]);
  (await nthUpload(1)).answers(422, { code: 'picture-damaged', params: {} });
  await vi.waitFor(() =>
    expect(tray.items[0]?.progress).toEqual({ is: 'refused', refusal: { code: 'damaged' } }),
  );
});

it('the page is held while a file is on its way, and only then', async () => {
  const leave = () => dispatchEvent(new Event('beforeunload', { cancelable: true }));
  expect(leave()).toBe(true);
  void tray.add([pdf('1.pdf')]);
  const upload = await nthUpload(1);
  expect(leave(), 'it would be lost').toBe(false);
  upload.stores(stored('med_1'));
  await vi.waitFor(() => expect(leave()).toBe(true));
});

it('what the channel does not take is refused before a byte is uploaded, and the rest goes on', async () => {
  void tray.add([pdf('large.pdf', 10_001), new File(['x'], 'a.zip'), pdf('small.pdf')]);
  await nthUpload(1);
  expect(states()).toEqual(['refused', 'refused', 'uploading']);
  expect(tray.items[0]?.progress).toMatchObject({ refusal: { code: 'size', max: 10_000 } });
  expect(tray.items[1]?.progress).toMatchObject({ refusal: { code: 'type', types: ['application/pdf'] } });
  expect(FakeUpload.all).toHaveLength(1);
  expect(asked.filter((one) => one === `GET ${UPLOADS}`)).toHaveLength(1);
});

it('what only the server could see is told in the same words', async () => {
  void tray.add([pdf('really.pdf')]);
  const params = { mime: 'application/zip' };
  (await nthUpload(1)).answers(422, { code: 'file-type-not-taken', params });
  await vi.waitFor(() => expect(states()).toEqual(['refused']));
  expect(tray.items[0]?.progress).toMatchObject({
    refusal: { code: 'type', family: 'document', types: ['application/pdf'] },
  });
});

it('three are uploaded at once; the next begins when one has ended', async () => {
  void tray.add(['1', '2', '3', '4'].map((name) => pdf(name)));
  const third = await nthUpload(3);
  expect(states()).toEqual(['uploading', 'uploading', 'uploading', 'waiting']);
  expect(FakeUpload.all).toHaveLength(3);
  third.stores(stored('med_3'));
  await nthUpload(4);
  for (const upload of FakeUpload.all) upload.stores(stored(`med_${upload.url}`));
});

it('a file that is taken out is no longer uploaded', async () => {
  void tray.add([pdf('a.pdf')]);
  const upload = await nthUpload(1);
  const [item] = tray.items;
  if (item) await tray.remove(item);
  expect(upload.aborted).toBe(true);
  expect(tray.items).toEqual([]);
  expect(asked).not.toContain(`DELETE ${UPLOADS}/med_1`);
});

it('a file that failed is kept and can be uploaded again; what wanted a connection goes on by itself', async () => {
  void tray.add([pdf('a.pdf')]);
  (await nthUpload(1)).breaks();
  await vi.waitFor(() => expect(states()).toEqual(['failed']));
  expect(tray.failed?.name).toBe('a.pdf');
  void tray.retry(tray.failed);
  (await nthUpload(2)).breaks();
  await vi.waitFor(() => expect(states()).toEqual(['failed']));
  void tray.retry();
  (await nthUpload(3)).stores(stored('med_1'));
  await vi.waitFor(() => expect(states()).toEqual(['there']));
});

describe('a file that is on the server', () => {
  beforeEach(() => tray.adopt([stored('med_1'), stored('med_2')], tray.version));

  const ids = () => tray.there.map(({ id }) => id);

  it('is taken from there when it is taken out, and comes back if that did not work', async () => {
    const [first, second] = tray.items;
    answers.set(`DELETE ${UPLOADS}/med_1`, () => new Response(null, { status: 204 }));
    if (first) await tray.remove(first);
    expect(ids()).toEqual(['med_2']);
    if (second) await tray.remove(second);
    expect(ids(), 'nobody answered').toEqual(['med_2']);
  });

  it('goes when another tab has sent it, and comes when another tab has uploaded it', () => {
    tray.adopt([stored('med_2'), stored('med_3')], tray.version);
    expect(ids()).toEqual(['med_2', 'med_3']);
  });

  it('that was sent does not come back by an answer from before, nor by one that is late', () => {
    const { version } = tray;
    tray.take();
    tray.adopt([stored('med_1'), stored('med_2')], version);
    expect(ids()).toEqual([]);
    tray.adopt([stored('med_1'), stored('med_2')], tray.version);
    expect(ids()).toEqual([]);
    tray.putBack(stored('med_1'));
    tray.adopt([stored('med_1'), stored('med_2')], tray.version);
    expect(ids()).toEqual(['med_1']);
  });

  it('is asked for again when the list came while another was uploaded', async () => {
    void tray.add([pdf('med_3.pdf')]);
    const upload = await nthUpload(1);
    tray.adopt([stored('med_1'), stored('med_2'), stored('med_3')], tray.version);
    expect(tray.items, 'the third is the one on its way').toHaveLength(3);
    expect(missed).not.toHaveBeenCalled();
    upload.stores(stored('med_3'));
    await vi.waitFor(() => expect(missed).toHaveBeenCalledOnce());
    expect(ids()).toEqual(['med_1', 'med_2', 'med_3']);
  });
});
