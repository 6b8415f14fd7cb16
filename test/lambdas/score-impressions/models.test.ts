import { describe, expect, test, vi } from 'vitest';
import { Models } from '../../../lambdas/score-impressions/models.ts';
import { modelFile } from './impressions.ts';

const FOLDER = 's3://tables/models/clicks';
const LATEST = `${FOLDER}/latest.json`;

/** Models of a folder whose files a test changes, at a time that it sets. */
function models(folder = FOLDER) {
  const files = new Map<string, string>();
  const read = vi.fn((uri: string) => Promise.resolve(files.get(uri)));
  const onFailure = vi.fn();
  const clock = { now: 1_000_000 };
  function publish(version: string): void {
    files.set(`${FOLDER}/${version}/model.json`, modelFile({}, { version }));
    files.set(LATEST, JSON.stringify({ version }));
  }
  publish('v1');
  return { files, read, onFailure, clock, publish, models: new Models({ folder, read, onFailure, now: () => clock.now }) };
}

describe('the model', () => {
  test('is that of latest.json, read once for all calls of 30 seconds', async () => {
    const { models: current, read, clock, publish } = models();
    expect((await current.current()).version).toBe('v1');
    publish('v2');
    clock.now += 29_999;
    expect((await current.current()).version).toBe('v1');
    expect(read.mock.calls).toEqual([[LATEST], [`${FOLDER}/v1/model.json`]]);
  });

  test('is the newer one once 30 seconds have passed', async () => {
    const { models: current, clock, publish } = models();
    await current.current();
    publish('v2');
    clock.now += 30_000;
    expect((await current.current()).version).toBe('v2');
  });

  test('is not read again while latest.json tells the same', async () => {
    const { models: current, read, clock } = models();
    const first = await current.current();
    clock.now += 30_000;
    expect(await current.current()).toBe(first);
    expect(read.mock.calls.map(([uri]) => uri)).toEqual([LATEST, `${FOLDER}/v1/model.json`, LATEST]);
  });

  test('is found by a folder with a slash at its end, too', async () => {
    expect((await models(`${FOLDER}/`).models.current()).version).toBe('v1');
  });
});

describe('the model before goes on, and somebody is told, when', () => {
  test.each<[string, (files: Map<string, string>) => void, RegExp]>([
    ['the newer one is not there', (files) => files.set(LATEST, '{"version":"v2"}'), /got no .*v2\/model\.json/],
    [
      'the newer one is of another format',
      (files) => files.set(LATEST, '{"version":"v2"}').set(`${FOLDER}/v2/model.json`, modelFile({}, { format: 2 })),
      /must be of format 1/,
    ],
    ['latest.json is no JSON', (files) => files.set(LATEST, '{"vers'), /JSON/],
    ['latest.json is gone', (files) => files.delete(LATEST), /got no .*latest\.json/],
  ])('%s', async (_, change, reason) => {
    const { models: current, files, read, onFailure, clock } = models();
    const before = await current.current();
    change(files);
    clock.now += 30_000;
    expect(await current.current()).toBe(before);
    expect(onFailure.mock.calls).toEqual([[expect.objectContaining({ message: expect.stringMatching(reason) as string })]]);
    // And is not asked for at each call: storage that fails is slow as well.
    read.mockClear();
    clock.now += 29_999;
    await current.current();
    expect(read).not.toHaveBeenCalled();
  });

  test('storage does not answer, until it does', async () => {
    const { models: current, read, onFailure, clock, publish } = models();
    await current.current();
    publish('v2');
    read.mockRejectedValueOnce(new Error('slow down'));
    clock.now += 30_000;
    expect((await current.current()).version).toBe('v1');
    expect(onFailure).toHaveBeenCalledOnce();
    clock.now += 30_000;
    expect((await current.current()).version).toBe('v2');
  });
});

test('fails while no model was ever trained, and looks for one at the next call', async () => {
  const { models: current, files, onFailure, publish } = models();
  files.clear();
  await expect(current.current()).rejects.toThrow(`click model must have been trained, got no ${LATEST}`);
  expect(onFailure).not.toHaveBeenCalled();
  publish('v1');
  expect((await current.current()).version).toBe('v1');
});
