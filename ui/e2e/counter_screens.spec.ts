/**
 * The counter and the shop's pictures on it, built, on a station made of answers: what is shown when, what is left out,
 * and how an administrator keeps them. What the station does with files is shown by its own tests.
 */
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { open } from './built';
import { openCounter } from './counter_page';
import { flatPng } from './picture_album';

const NOW = Date.UTC(2026, 10, 23, 3, 14, 32);
/** Begins a turn of three pictures of five seconds. */
const TURN = NOW - (NOW % 15_000);

const result = (change: object = {}) => ({
  payment_id: 7, outcome: 'ok', at_ms: TURN, entry: 4_816, amount: 12_500, balance: 87_500, shortfall: null, limit_left: null, first_ms: null, initials: 'S.R.', late: null, ...change,
});
const idle = { price: 15_000, now_ms: TURN, settings: { result_seconds: 5, both_languages: false, balance: 'show', volume: 70, mute: true, quiet_from: null, quiet_to: null, speech: false, history: true, image_seconds: 5 } };
const pictures = [{ name: 'Menu siang' }, { name: 'Promo', width: 40, height: 120 }, { name: 'Jam buka', width: 300, height: 40 }];
const shows = (page: Page, name: string) => page.waitForSelector(`[data-state=idle] [data-picture="${name}"].drawn`);

describe("the shop's pictures on an idle counter", () => {
  it('take turns by the clock of the station, and begin again', async () => {
    const { page, station, close } = await openCounter({ counter: idle, pictures });
    await shows(page, 'Menu siang');
    for (const [seconds, name] of [[5, 'Promo'], [10, 'Jam buka'], [15, 'Menu siang']] as const) {
      station.counter({ now_ms: TURN + seconds * 1_000 });
      await shows(page, name);
    }
    expect(await page.getAttribute('[data-picture] img', 'alt')).toBe('Menu siang');
    await close();
  });

  it('never lie under a text: what must be read has ground of its own', async () => {
    for (const size of [{ width: 800, height: 480 }, { width: 1366, height: 768 }, { width: 1024, height: 768 }, { width: 3840, height: 2160 }, { width: 768, height: 1366 }]) {
      const { page, close } = await openCounter({ counter: { ...idle, history: [result({ payment_id: 3 })] }, pictures }, size);
      await shows(page, 'Menu siang');
      const faults = await page.evaluate(() => {
        const box = document.querySelector('[data-pictures]')!.getBoundingClientRect();
        const texts = [...document.querySelectorAll('header strong, header time, .body h1, .body p, .history li')];
        const cut = texts.filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline').map((one) => `cut: ${one.textContent}`);
        const covered = texts.filter((one) => {
          const at = one.getBoundingClientRect();
          return at.left < box.right - 1 && at.right > box.left + 1 && at.top < box.bottom - 1 && at.bottom > box.top + 1;
        });
        const outside = texts.filter((one) => one.getBoundingClientRect().bottom > innerHeight + 1 || one.getBoundingClientRect().right > innerWidth + 1);
        return [...cut, ...covered.map((one) => `covered: ${one.textContent}`), ...outside.map((one) => `outside: ${one.textContent}`), ...(box.width * box.height < 0.2 * innerWidth * innerHeight ? [`small: ${box.width} × ${box.height}`] : [])];
      });
      expect(faults, `${size.width} × ${size.height}`).toEqual([]);
      await close();
    }
  });

  it('a result replaces them at once, and they come back after it', async () => {
    const { page, station, close } = await openCounter({ counter: idle, pictures });
    await shows(page, 'Menu siang');
    station.counter({ result: result() });
    await page.waitForSelector('[data-state=success]');
    expect(await page.locator('[data-pictures]').count()).toBe(0);
    station.counter({ now_ms: TURN + 16_000, result: null, history: [result()] });
    await shows(page, 'Menu siang');
    await close();
  });

  it('an armed amount and a typed one hide them, and so does trouble', async () => {
    const { page, station, close } = await openCounter({ counter: { ...idle, price: null }, pictures });
    await shows(page, 'Menu siang');
    await page.keyboard.type('27');
    await page.waitForSelector('[data-state=typing]');
    expect(await page.locator('[data-pictures]').count()).toBe(0);
    await page.keyboard.press('Escape');
    await shows(page, 'Menu siang');
    for (const [change, state] of [[{ armed: 27_500, armed_until_ms: TURN + 60_000 }, 'armed'], [{ armed: null, online: false }, 'offline'], [{ online: true, taking: false, stopped: 'disk' }, 'stopped']] as const) {
      station.counter(change);
      await page.waitForSelector(`[data-state=${state}]`);
      expect(await page.locator('[data-pictures]').count(), state).toBe(0);
    }
    await close();
  });

  it('one that cannot be drawn or loaded is left out, and nobody sees it', async () => {
    const { page, station, close } = await openCounter({ counter: idle, pictures: [{ name: 'rusak', fault: 'broken' }, { name: 'Promo' }, { name: 'hilang', fault: 'missing' }] });
    await shows(page, 'Promo');
    for (const seconds of [5, 10, 15]) {
      station.counter({ now_ms: TURN + seconds * 1_000 });
      await page.waitForFunction((ms) => document.querySelector('time')?.textContent?.includes(ms), new Date(TURN + seconds * 1_000 + 7 * 3_600_000).toISOString().slice(11, 19));
      expect(await page.getAttribute('[data-picture]', 'data-picture')).toBe('Promo');
    }
    expect(await page.getAttribute('[data-pictures]', 'data-pictures')).toBe('1');
    await close(/status of 404/);
  });

  it('with none, or none that can be shown, the counter is as ever', async () => {
    for (const none of [[], [{ name: 'rusak', fault: 'broken' as const }]]) {
      const { page, close } = await openCounter({ counter: idle, pictures: none });
      await page.waitForSelector('[data-state=idle] [data-icon=idle]');
      expect(await page.locator('[data-pictures]').count()).toBe(0);
      await close();
    }
  });

  it('what is added and removed in the console is there at once', async () => {
    const { page, station, close } = await openCounter({ counter: idle });
    await page.waitForSelector('[data-state=idle]');
    station.album.put({ name: 'Baru' });
    await shows(page, 'Baru');
    station.album.answers()['counter_images.remove']!({ id: 1 });
    await page.waitForFunction(() => !document.querySelector('[data-pictures]'));
    await close();
  });

  it('nothing fades where people want less motion', async () => {
    const { page, close } = await openCounter({ counter: idle, pictures }, { width: 1366, height: 768 }, 'reduce');
    await shows(page, 'Menu siang');
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('[data-picture]')!).transitionDuration)).toBe('0s');
    await close();
  });
});

describe('late results', () => {
  const late = [
    result({ payment_id: 9, late: { tap_ms: null, result_ms: 42_900 }, at_ms: TURN - 90_000 }),
    result({ payment_id: 8, outcome: 'late', entry: null, late: { tap_ms: 63_400, result_ms: null }, at_ms: TURN - 120_000 }),
    result({ payment_id: 6, outcome: 'late', entry: null, late: null, at_ms: TURN - 150_000 }),
  ];

  it('the strip says by how much, where that is known, and lights nothing', async () => {
    const { page, close } = await openCounter({ counter: { ...idle, history: late } });
    await page.waitForSelector('[data-state=idle] .history li');
    const told = await page.locator('.history li').allInnerTexts();
    expect(told[0]).toContain('terlambat 42 dtk');
    expect(told[1]).toContain('hingga 64 dtk');
    expect(told[2]).not.toMatch(/\d+ dtk/);
    await page.click('button.language');
    await page.waitForSelector('.history li >> text=up to 64 s');
    await close();
  });

  it('a late tap says so while it is on the screen, and the strip has the newest result as soon as it is not', async () => {
    const { page, station, close } = await openCounter({ counter: { ...idle, result: result({ payment_id: 8, outcome: 'late', entry: null, late: { tap_ms: 34_000, result_ms: null } }) } });
    await page.waitForSelector('[data-state=late] .meta >> text=terlambat hingga 34 dtk');
    expect(await page.locator('.history li[data-outcome]').count()).toBe(0);
    station.counter({ now_ms: TURN + 8_000 });
    await page.waitForSelector('[data-state=idle] .history li[data-outcome=late]');
    await close();
  });

  it('payments say it in the list and in detail', async () => {
    const row = (id: number, change: object) => ({ id, at_ms: NOW - id * 60_000, outcome: 'ok', name: 'Siti Rahmawati', account_id: 1, card: '•••• 33F7', till: 'Meja 1', amount: 12_500, balance: 37_500, entry: id, reversed: false, late: null, ...change });
    const payments = [row(3, {}), row(2, { late: { tap_ms: null, result_ms: 42_900 } }), row(1, { outcome: 'late', entry: null, late: { tap_ms: 63_400, result_ms: null } })];
    const { page, close } = await open('payments/2', { payments });
    await page.waitForSelector('tbody tr >> text=hingga 64 dtk');
    expect(await page.locator('tbody .late').allInnerTexts()).toEqual(['terlambat 42 dtk', 'hingga 64 dtk']);
    await page.waitForSelector('text=baru bisa dikirim 42 dtk setelah diputuskan');
    await page.click('tbody tr >> nth=2');
    await page.waitForSelector('text=menunggu di broker paling lama 64 dtk');
    await close();
  });
});

describe('keeping the pictures', () => {
  const block = '[data-counter-pictures]';
  const file = (name: string, mimeType = 'image/png', buffer = flatPng(60, 40, [200, 80, 30])) => ({ name, mimeType, buffer });
  const choose = (page: Page, ...files: ReturnType<typeof file>[]) => page.setInputFiles(`${block} input[type=file]`, files);
  const named = (page: Page) => page.locator(`${block} li .what`).allInnerTexts();

  it('begins empty, takes a file, and shows what it will look like first', async () => {
    const { page, station, close } = await open('settings');
    await page.waitForSelector(`${block} >> text=Belum ada gambar`);
    await choose(page, file('menu-siang.png'));
    await page.waitForSelector('[data-new-picture] img');
    expect(await page.inputValue('[name=picture-name]')).toBe('menu siang');
    await page.fill('[name=picture-name]', 'Menu siang, Rp 15.000');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${block} li`);
    expect(await named(page)).toEqual(['Menu siang, Rp 15.000']);
    expect(station.asked('counter_images.add')[0]).toMatchObject({ name: 'Menu siang, Rp 15.000', till_id: null });
    expect(station.calls).not.toContain('settings.set');
    await close();
  });

  it('several files wait for each other, and a drop is as good as a choice', async () => {
    const { page, close } = await open('settings', { tills: [{ id: 1, name: 'Meja 1' }, { id: 2, name: 'Meja 2' }] });
    await choose(page, file('a.png'), file('b.png', 'image/png', flatPng(20, 20, [1, 2, 3])));
    await page.waitForSelector('[data-new-picture] >> text=Berkas yang masih menunggu: 1');
    await page.click('[data-new-picture] >> text=Tambahkan');
    await page.waitForSelector('[data-new-picture] >> text=b.png');
    await page.selectOption('[data-new-picture] select', { label: 'Meja 2' });
    await page.click('[data-new-picture] >> text=Tambahkan');
    await page.waitForSelector(`${block} li >> text=Meja 2`);
    const transfer = await page.evaluateHandle((bytes) => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], 'jatuh.png', { type: 'image/png' }));
      return files;
    }, [...flatPng(30, 30, [9, 9, 9])]);
    await page.dispatchEvent(block, 'drop', { dataTransfer: transfer });
    await page.click('[data-new-picture] >> text=Tambahkan');
    await page.waitForSelector(`${block} li >> nth=2`);
    expect(await named(page)).toEqual(['a', 'b', 'jatuh']);
    await close();
  });

  it('says at the file what is wrong with it, and sends nothing', async () => {
    const { page, station, close } = await open('settings');
    for (const [bad, words] of [
      [file('foto.gif', 'image/gif'), 'bukan gambar JPEG, PNG, atau WebP'],
      [file('besar.png', 'image/png', Buffer.alloc(3 * 1_048_576, 1)), 'Berkas ini 3 MB'],
      [file('catatan.png', 'image/png', Buffer.from('nasi goreng 15.000')), 'bukan gambar yang utuh'],
      [file('kosong.png', 'image/png', Buffer.alloc(0)), 'bukan gambar yang utuh'],
    ] as const) {
      await choose(page, bad);
      await page.waitForSelector(`[data-new-picture] [role=alert]:has-text("${words}")`);
      expect(await page.locator('[data-new-picture] >> text=Tambahkan').count()).toBe(0);
      await page.click('[data-new-picture] >> text=Tutup');
    }
    expect(station.calls).not.toContain('counter_images.add');
    await close();
  });

  it("the station's own no stands there too", async () => {
    const { page, close } = await open('settings');
    const still = flatPng(8, 8, [1, 1, 1]);
    await choose(page, file('gerak.png', 'image/png', Buffer.concat([still, Buffer.from('acTL')])));
    await page.click('[data-new-picture] >> text=Tambahkan');
    await page.waitForSelector('[data-new-picture] [role=alert]:has-text("this PNG moves")');
    expect(await page.inputValue('[name=picture-name]')).toBe('gerak');
    await close();
  });

  it('changes the order by buttons and by dragging', async () => {
    const { page, close } = await open('settings', { pictures: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    await page.waitForSelector(`${block} li >> nth=2`);
    expect(await page.locator('[aria-label="Dahulukan a"]').isDisabled()).toBe(true);
    await page.click('[aria-label="Dahulukan c"]');
    await page.waitForSelector(`${block} li:nth-child(2) >> text=c`);
    await page.click('[aria-label="Kemudiankan a"]');
    await page.waitForSelector(`${block} li:nth-child(1) >> text=c`);
    await page.dragAndDrop(`${block} li:nth-child(3)`, `${block} li:nth-child(1)`);
    await page.waitForSelector(`${block} li:nth-child(1) >> text=b`);
    expect(await named(page)).toEqual(['b', 'c', 'a']);
    await close();
  });

  it('eight are enough, and one is removed only after a question', async () => {
    const { page, station, close } = await open('settings', { pictures: Array.from({ length: 8 }, (_, at) => ({ name: `Gambar ${at + 1}` })) });
    await page.waitForSelector('[data-full]');
    expect(await page.locator(`${block} input[type=file]`).count()).toBe(0);
    await page.click('[aria-label="Hapus Gambar 3"]');
    await page.waitForSelector('[role=dialog] >> text=Hapus gambar Gambar 3?');
    await page.keyboard.press('Escape');
    expect(station.calls).not.toContain('counter_images.remove');
    await page.click('[aria-label="Hapus Gambar 3"]');
    await page.click('[role=dialog] button[type=submit]');
    await page.waitForSelector(`${block}[data-counter-pictures="7"] input[type=file]`, { state: 'attached' });
    expect(station.album.names()).not.toContain('Gambar 3');
    await close();
  });

  it('who may not change settings is not shown them', async () => {
    const { page, station, close } = await open('settings', { role: 'auditor', pictures: [{ name: 'a' }] });
    await page.waitForSelector('[data-setting="counter.image_seconds"]');
    expect(await page.locator(block).count()).toBe(0);
    expect(station.calls).not.toContain('counter_images.list');
    await close();
  });
});
