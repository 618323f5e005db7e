import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { throttled } from './throttle';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a thousand events a second are two readings a second', async () => {
  let reads = 0;
  const read = throttled(async () => void (reads += 1), 500);
  for (let at = 0; at < 990; at += 1) {
    read();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(reads).toBe(2);
  await vi.advanceTimersByTimeAsync(20);
  expect(reads).toBe(3);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(reads).toBe(3);
});

it('a slow answer is waited for, so that it is never outdated by the next question', async () => {
  let open = 0;
  let most = 0;
  const read = throttled(async () => {
    most = Math.max(most, (open += 1));
    await new Promise((done) => setTimeout(done, 2_000));
    open -= 1;
  }, 500);
  for (let at = 0; at < 60; at += 1) {
    read();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(most).toBe(1);
});

it('a failed run is no end, and stop is one', async () => {
  let reads = 0;
  const read = throttled(() => {
    reads += 1;
    return Promise.reject(new Error('no'));
  }, 500);
  read();
  await vi.advanceTimersByTimeAsync(600);
  read();
  read.stop();
  read();
  await vi.advanceTimersByTimeAsync(600);
  expect(reads).toBe(2);
});
