import { expect, test, vi } from 'vitest';
import { Resources } from '../../lib/local/resources.ts';

test('what was started last is stopped first, also when a stop fails', async () => {
  const stopped: string[] = [];
  const resources = new Resources();
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  resources.add('broker', () => Promise.resolve(stopped.push('broker')));
  resources.add('stubborn', () => Promise.reject(new Error('no')));
  resources.add('warehouse', () => Promise.resolve(stopped.push('warehouse')));
  await resources.close();
  expect(stopped).toEqual(['warehouse', 'broker']);
  expect(errors.mock.calls.flat().join(' ')).toContain('could not stop stubborn');
  errors.mockRestore();
});

test('closing twice stops nothing twice', async () => {
  const resources = new Resources();
  const close = vi.fn(() => Promise.resolve());
  resources.add('broker', close);
  await resources.close();
  await resources.close();
  expect(close).toHaveBeenCalledTimes(1);
});
