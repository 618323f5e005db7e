/**
 * One day of a new shop, in a real browser against a real station.
 *
 * GERAI_BASE_URL  address of a station whose data folder is fresh: the first-run page is the first thing it shows
 * GERAI_BIN       its `gerai` binary, and
 * GERAI_DATA      its data folder, so that taps come from the command line; without them they go over HTTP
 * GERAI_PID       its process, if the last step may kill it to see the screens notice
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Complaints, baseUrl, launch, rpc, shareOf, tap } from './browser';

const CARD = '5A3F01C2';
const STRANGER = '9F11AB07';
const GREEN: [number, number, number] = [0x14, 0x53, 0x2d];
const RED: [number, number, number] = [0x7f, 0x1d, 0x1d];
/** Longer than the window in which the same card at the same till is the same tap. */
const NEXT_TAP_MS = 3_300;
/** The status codes of answers that the story provokes: nobody is signed in at first. */
const PROVOKED = /status of 40[0139]|net::ERR_|Failed to fetch/;

let browser: Browser;
let context: BrowserContext;
let desk: Page;
let counter: Page;
const complaints = new Complaints();

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const state = (kind: string) => counter.waitForSelector(`[data-state="${kind}"]`, { timeout: 5_000 });
const noOverflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth && document.documentElement.scrollHeight <= window.innerHeight);

async function openPage(name: string): Promise<void> {
  await desk.goto(`${baseUrl()}/#/${name}`);
  await desk.waitForSelector(`[data-page="${name.split('/')[0]}"]`);
}

beforeAll(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1366, height: 768 }, colorScheme: 'light' });
  desk = await context.newPage();
  desk.setDefaultTimeout(10_000);
  complaints.watch(desk);
});

afterAll(async () => {
  await browser?.close();
});

describe.sequential('a new shop', () => {
  it('is set up in four steps', async () => {
    await desk.goto(`${baseUrl()}/`);
    await desk.waitForSelector('[data-page="first-run"]');
    await desk.fill('[name="station_name"]', 'Kantin Teknik');
    await desk.keyboard.press('Enter');
    await desk.fill('[name="owner_name"]', 'rina');
    await desk.fill('[name="password"]', 'warung di pojok');
    await desk.fill('[name="password_again"]', 'warung di pojok');
    await desk.keyboard.press('Enter');
    await desk.fill('[name="till_name"]', 'Meja 1');
    await desk.fill('[placeholder="15.000"]', '15.000');
    await desk.keyboard.press('Enter');
    await desk.waitForSelector('[name="lan"][value="no"]:checked');
    await desk.keyboard.press('Enter');
    await desk.waitForSelector('[data-page="payments"]');
    await desk.waitForSelector('text=Belum ada pembayaran');
  });

  it('shows the till', async () => {
    await openPage('tills');
    await desk.waitForSelector('article:has-text("Meja 1") >> text=Tetap Rp');
  });

  it('enrols a customer with a card and opening cash', async () => {
    await openPage('customers');
    await desk.click('header button:has-text("Pelanggan baru")');
    await desk.fill('[name="uid"]', '5A 3F 01 C2');
    await desk.fill('[name="name"]', 'Siti Rahmawati');
    await desk.click('.chips button:has-text("50.000")');
    await desk.click('button:has-text("Simpan dan aktifkan")');
    await desk.waitForSelector('[data-balance="50000"]');
    expect(await desk.textContent('aside')).not.toContain(CARD);
    await desk.click('aside button:has-text("Tampilkan")');
    await desk.waitForSelector(`aside >> text=${CARD}`);
  });
});

describe.sequential('the counter', () => {
  it('opens idle', async () => {
    const till = (await rpc<{ id: number }[]>(desk, 'tills.list', {}))[0]!;
    counter = await context.newPage();
    complaints.watch(counter);
    await counter.goto(`${baseUrl()}/counter?till=${till.id}`);
    await state('idle');
    expect(await counter.textContent('main')).toContain('Tempelkan kartu');
  });

  it('turns green for a tap from the console', async () => {
    await desk.goto(`${baseUrl()}/#/payments`);
    await desk.click('header button:has-text("Tempelkan kartu")');
    await desk.fill('[name="tap_uid"]', CARD);
    await desk.keyboard.press('Enter');
    await state('success');
    expect(await shareOf(counter, GREEN)).toBeGreaterThan(0.5);
    expect(await counter.textContent('[data-amount="15000"]')).toContain('15.000');
    expect(await counter.textContent('[data-balance]')).toContain('35.000');
    await desk.waitForSelector('[data-tap-outcome="ok"]');
  });

  it('says that it is paid already when the same card comes again', async () => {
    expect(await tap(desk, CARD)).toBe('dup');
    await state('dup');
    expect(await counter.textContent('main')).toContain('Sudah dibayar');
    expect(await counter.textContent('main')).toContain('Saldo tidak dipotong');
    await desk.keyboard.press('Escape');
  });

  it('goes back to idle by itself', async () => {
    await counter.waitForSelector('[data-state="idle"]', { timeout: 11_000 });
  });

  it('turns red when the balance is too low', async () => {
    expect(await tap(desk, CARD)).toBe('ok');
    await pause(NEXT_TAP_MS);
    expect(await tap(desk, CARD)).toBe('ok');
    await pause(NEXT_TAP_MS);
    expect(await tap(desk, CARD)).toBe('low');
    await state('low');
    expect(await shareOf(counter, RED)).toBeGreaterThan(0.5);
    expect(await counter.textContent('[data-amount="10000"]')).toContain('10.000');
    expect(await counter.textContent('main')).toContain('Saldo tidak dipotong');
  });

  it('does not know a stranger, and the console offers to enrol the card', async () => {
    expect(await tap(desk, STRANGER)).toBe('unknown');
    await state('unknown');
    await openPage('customers');
    await desk.waitForSelector(`[data-unknown="${STRANGER}"]`);
    await desk.click('.banner button:has-text("Daftarkan")');
    await desk.fill('[name="name"]', 'Budi Santoso');
    await desk.click('.chips button:has-text("100.000")');
    await desk.click('button:has-text("Simpan dan aktifkan")');
    await desk.waitForSelector('[data-balance="100000"]');
    await pause(NEXT_TAP_MS);
    expect(await tap(desk, STRANGER)).toBe('ok');
    await state('success');
  });

  it('refuses a frozen account', async () => {
    await desk.click('aside button:has-text("Bekukan")');
    await desk.fill('[role="dialog"] [name="reason"]', 'Kartu tertinggal');
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('aside >> text=Beku');
    await pause(NEXT_TAP_MS);
    expect(await tap(desk, STRANGER)).toBe('frozen');
    await state('frozen');
    expect(await counter.textContent('main')).toContain('Kartu dibekukan');
  });
});

describe.sequential('the console', () => {
  it('lists every attempt and shows one with its journal entry and chain', async () => {
    await openPage('payments');
    await desk.waitForSelector('tbody tr:has-text("Kartu beku")');
    await desk.click('label:has-text("Berhasil")');
    await desk.waitForSelector('tbody tr:has-text("Budi Santoso")');
    await desk.click('tbody tr:has-text("Budi Santoso")');
    await desk.waitForSelector('aside >> text=Catatan buku besar');
    await desk.waitForSelector('[data-chain="intact"]');
  });

  it('refunds a payment with a reason', async () => {
    await desk.click('aside button:has-text("Kembalikan dana")');
    await desk.fill('[role="dialog"] [name="reason"]', 'salah ketik jumlah');
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('aside >> text=Dikembalikan');
  });

  it('checks the ledger', async () => {
    await openPage('health');
    await desk.click('header button:has-text("Periksa sekarang")');
    await desk.waitForSelector('[data-verify="ok"]');
  });

  it('opens any page from the palette by keyboard alone', async () => {
    await desk.keyboard.press('Control+k');
    await desk.waitForSelector('[role="combobox"]:focus');
    await desk.keyboard.type('pengat');
    await desk.keyboard.press('Enter');
    await desk.waitForSelector('[data-page="settings"] fieldset section');
  });

  it('speaks English and goes dark', async () => {
    await openPage('payments');
    await desk.click('[aria-label="Menu akun"]');
    await desk.click('[role="menuitem"]:has-text("English")');
    await desk.waitForSelector('h1:has-text("Payments")');
    await desk.click('[aria-label="Account menu"]');
    await desk.click('[role="menuitem"]:has-text("Dark")');
    const background = await desk.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe('rgb(18, 20, 23)');
  });

  it('fits 800×480 without a scroll bar of the page, chain included', async () => {
    await desk.setViewportSize({ width: 800, height: 480 });
    for (const name of ['payments', 'customers', 'tills', 'rejected', 'health', 'settings']) {
      await openPage(name);
      await pause(200);
      expect(await noOverflow(desk), name).toBe(true);
    }
    await openPage('payments');
    await desk.click('tbody tr:has-text("Siti Rahmawati"):has-text("Paid")');
    const chain = await desk.waitForSelector('[data-chain]');
    await chain.scrollIntoViewIfNeeded();
    const box = (await chain.boundingBox())!;
    // Above the status bar, give or take the rounding of a scroll position.
    expect(Math.floor(box.y + box.height)).toBeLessThanOrEqual(480 - 28);
  });

  it('never complained', () => {
    expect(complaints.unexpected(PROVOKED)).toEqual([]);
  });
});

describe.runIf(process.env['GERAI_PID'])('a station that dies', () => {
  it('is missed within a few seconds, on the desk and on the counter', async () => {
    process.kill(Number(process.env['GERAI_PID']), 'SIGKILL');
    await Promise.all([
      desk.waitForSelector('[data-offline]', { timeout: 6_000 }),
      counter.waitForSelector('[data-state="offline"], [data-state="unreachable"]', { timeout: 6_000 }),
    ]);
  });
});
