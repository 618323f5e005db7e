/** A counter of the built screens, on a station made of answers. */
import { expect } from 'vitest';
import { base, browserOf } from './built';
import { Complaints } from './browser';
import { mockStation, type MockOptions } from './mock_station';

export async function openCounter(options: MockOptions, size = { width: 1366, height: 768 }, reducedMotion: 'reduce' | 'no-preference' = 'no-preference') {
  const context = await browserOf().newContext({ viewport: size, reducedMotion });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const complaints = new Complaints();
  complaints.watch(page);
  const station = await mockStation(page, { till: true, ...options });
  await page.goto(`${base}/counter.html`);
  await page.waitForSelector('[data-state]');
  const close = async (expected = /^$/) => {
    expect(complaints.unexpected(expected)).toEqual([]);
    await context.close();
  };
  return { page, station, close };
}
