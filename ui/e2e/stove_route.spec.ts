/** The route: what is not read yet this month, in the order it is gone to. Built, on a station made of answers. */
import { describe, expect, it } from 'vitest';
import { open, submit } from './built';

const here = { permissions: ['camera', 'geolocation'], geolocation: { latitude: -6.9, longitude: 107.6 } };

describe('the route', () => {
  it('begins on the stoves’ page, leads to the next one by place, and a good scan moves it on', async () => {
    const { page, station, close } = await open('stoves', { stove: { route: true } });
    await page.click('[data-month-read] button:has-text("Mulai rute")');
    await page.waitForSelector('[data-route="4"]');
    expect(await page.textContent('[data-route] header')).toContain('8 dari 12 terbaca');
    await page.waitForSelector('[data-next-stop="20220300017"]:has-text("RT 01 Sukamaju")');
    await page.click('[data-route] button:has-text("Lewati dulu")');
    await page.waitForSelector('[data-next-stop="20220300041"]:has-text("RT 02")');
    await page.click('[data-route] button:has-text("Lewati dulu")');
    await page.click('[aria-label="Tempel kode"]');
    await page.fill('[name=token]', 'sah');
    await submit(page);
    await page.waitForSelector('[data-card=taken] [data-onward]:has-text("Berikutnya")');
    await page.waitForSelector('[data-route="3"]');
    expect(await page.textContent('[data-route] header')).toContain('9 dari 12 terbaca');
    expect(station.asked('stoves.list').some((asked) => asked['read'] === true && asked['limit'] === 1)).toBe(true);
    expect(station.calls.filter((call) => call === 'stoves.list').length, 'the list is read when something happened, not in circles').toBeLessThan(10);
    await page.reload();
    await page.waitForSelector('[data-route]');
    await page.click('[aria-label="Tutup rute"]');
    await page.waitForSelector('[data-route]', { state: 'detached' });
    await close();
  });

  it('is narrowed to a place, and a visit in vain goes on to the next', async () => {
    const { page, station, close } = await open('scan', { stove: { route: true } });
    await page.click('[aria-label="Mulai rute"]');
    await page.waitForSelector('[data-next-stop="20220300017"]');
    await page.click('[data-next-stop] button:has-text("Tidak terbaca…")');
    expect(await page.inputValue('[name=stove]')).toBe('20220300017');
    await submit(page);
    await page.waitForSelector('[data-next-stop="20220300041"]');
    expect(station.asked('readings.unread')).toHaveLength(1);
    await page.fill('[name=route-where]', 'RT 05');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-next-stop]:has-text("RT 05")');
    expect(station.asked('stoves.list').at(-1)).toMatchObject({ search: 'RT 05' });
    await page.fill('[name=route-where]', 'tidak ada');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-route]:has-text("Tidak ada kompor yang cocok")');
    await close();
  });

  it('goes by distance where the device says where it is, and says so where it does not', async () => {
    const { page, close } = await open('scan', { stove: { route: true } }, undefined, here);
    await page.click('[aria-label="Mulai rute"]');
    await page.waitForSelector('[data-next-stop]');
    await page.selectOption('[aria-label="Urutan"]', { label: 'Terdekat dulu' });
    await page.waitForSelector('[data-next-stop]:has-text(" m")');
    const shown = await page.locator('[data-route] ol li').allInnerTexts();
    expect(shown.length).toBeGreaterThan(1);
    await close();
    const lost = await open('scan', { stove: { route: true } });
    await lost.page.click('[aria-label="Mulai rute"]');
    await lost.page.waitForSelector('[data-next-stop]');
    await lost.page.selectOption('[aria-label="Urutan"]', { label: 'Terdekat dulu' });
    await lost.page.waitForSelector('[data-route]:has-text("izinkan Lokasi")');
    await lost.close();
  });
});
