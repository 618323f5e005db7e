/** Reading stoves with the camera of the device that the page is open on: Chromium's own camera is a film of a stove's code. */
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { open } from './built';

const phone = { width: 412, height: 892 };
const granted = { permissions: ['camera'] };
const chooseOwn = (page: Page) => page.selectOption('select[aria-label="Kamera"]', { label: 'Kamera perangkat ini' });
const start = (page: Page) => page.click('button:has-text("Mulai kamera")');
/** The browser says no in this way. */
const refusing = (page: Page, name: string) =>
  page.evaluate((wanted) => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('told by the test', wanted));
  }, name);

describe('the camera of this device', () => {
  it('is read by the station: outline, one beep and shake for each verdict, and pictures one at a time', async () => {
    const { page, station, close } = await open('scan', {}, undefined, granted);
    await page.evaluate(() => {
      const felt: unknown[] = [];
      Object.assign(window, { felt });
      navigator.vibrate = (pattern) => felt.push(pattern) > 0;
    });
    await page.waitForSelector('[data-stage=off]');
    await chooseOwn(page);
    await page.fill('[name=scan-note]', 'rute Sukamaju');
    await start(page);
    await page.waitForSelector('[data-stage=running] video');
    await page.waitForSelector('[data-outline]');
    await page.waitForSelector('[data-card=taken] [data-signature=valid]');
    await page.waitForSelector('[data-mood=seen]');
    await page.waitForTimeout(900);
    const sent = station.asked('readings.take_image');
    expect(sent.length).toBeGreaterThan(4);
    expect(sent[0]).toMatchObject({ camera: true, note: 'rute Sukamaju', position: null });
    const size = await page.evaluate(async (base64) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))]));
      return [bitmap.width, bitmap.height];
    }, String(sent.at(-1)?.['image']));
    expect(size).toEqual([1_280, 720]);
    expect(await page.evaluate(() => (window as unknown as { felt: unknown[] }).felt)).toEqual([80]);
    expect(station.calls).not.toContain('scan.start');
    await page.click('[aria-label="Hentikan kamera"]');
    await page.waitForSelector('[data-stage=off]');
    const before = station.calls.filter((call) => call === 'readings.take_image').length;
    await page.waitForTimeout(700);
    expect(station.calls.filter((call) => call === 'readings.take_image').length).toBe(before);
    await close();
  });

  it('is what a phone begins with, in one column with room for a thumb, and ends with the page', async () => {
    const { page, station, close } = await open('scan', {}, phone, { ...granted, hasTouch: true, isMobile: true });
    await page.waitForSelector('[data-stage=off]:has-text("kamera perangkat ini")');
    await start(page);
    await page.waitForSelector('[data-card=taken]');
    const [picture, card] = await Promise.all(['[data-stage]', '[data-card]'].map((one) => page.locator(one).boundingBox()));
    expect(card!.y).toBeGreaterThan(picture!.y + picture!.height);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
    await page.evaluate(() => (location.hash = '#/stoves'));
    await page.waitForSelector('[data-page=stoves]');
    await page.waitForTimeout(400);
    const before = station.calls.filter((call) => call === 'readings.take_image').length;
    await page.waitForTimeout(700);
    expect(station.calls.filter((call) => call === 'readings.take_image').length).toBe(before);
    await close();
  });

  it('a browser that does not allow it is told how to', async () => {
    const { page, close } = await open('scan');
    await chooseOwn(page);
    await start(page);
    await page.waitForSelector('[data-trouble=denied]:has-text("Ketuk gembok di sebelah alamat halaman")');
    await close();
  });

  it.each([
    ['NotFoundError', 'no_camera', 'tidak punya kamera'], ['NotReadableError', 'busy', 'Tutup aplikasi atau tab lain'], ['OverconstrainedError', 'unsupported', 'Dari gambar'], ['TypeError', 'other', 'told by the test'],
  ])('%s has words of its own and a way on', async (name, trouble, words) => {
    const { page, close } = await open('scan', {}, undefined, granted);
    await chooseOwn(page);
    await refusing(page, name);
    await start(page);
    await page.waitForSelector(`[data-trouble=${trouble}]:has-text("${words}")`);
    await page.waitForSelector('[data-trouble] button:has-text("Coba lagi")');
    await close();
  });

  it('what the station says no with stands beside it, and the camera stays on', async () => {
    const { page, close } = await open('scan', { stove: { noPictures: true } }, undefined, granted);
    await chooseOwn(page);
    await start(page);
    await page.waitForSelector('.notes [role=alert]:has-text("does not read pictures")');
    expect(await page.locator('[data-stage=running]').count()).toBe(1);
    await close();
  });

  it('a refused code is told once, and going back to the station’s camera lets the device’s go', async () => {
    const { page, station, close } = await open('scan', { stove: { verdict: 'invalid' } }, undefined, granted);
    await chooseOwn(page);
    await start(page);
    await page.waitForSelector('[data-card=evidence]');
    await page.waitForSelector('[data-mood=bad]');
    await page.selectOption('select[aria-label="Kamera"]', 'usb-c270');
    await page.waitForSelector('[data-stage=running] img');
    expect(station.asked('scan.start')).toHaveLength(1);
    expect(await page.locator('video').count()).toBe(0);
    await close();
  });
});

describe('the idle lock', () => {
  it('begins anew with each new reading: nobody touches a phone that is held before stoves', async () => {
    const { page, station, close } = await open('scan', { idleS: 5, liveClock: true, stove: { every: true } }, undefined, granted);
    await chooseOwn(page);
    await start(page);
    await page.waitForSelector('[data-card=taken]');
    await page.waitForTimeout(7_000);
    expect(await page.locator('[data-page=locked]').count()).toBe(0);
    expect(station.calls).not.toContain('session.lock');
    await close();
  });

  it('comes all the same where the code is the same', async () => {
    const { page, close } = await open('scan', { idleS: 3, liveClock: true }, undefined, granted);
    await chooseOwn(page);
    await start(page);
    await page.waitForSelector('[data-page=locked]', { timeout: 12_000 });
    await page.waitForFunction(() => document.querySelector('video') === null);
    await close();
  });
});

describe('at the beginning', () => {
  it('the card is the last reading of today, until Esc', async () => {
    const { page, close } = await open('scan');
    await page.waitForSelector('[data-card=earlier]:has-text("Bacaan terakhir hari ini")');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-card=none]');
    await close();
    const empty = await open('scan', { stove: { empty: true } });
    await empty.page.waitForSelector('[data-card=none]');
    await empty.close();
  });
});
