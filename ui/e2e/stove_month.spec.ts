/** Stoves of the month, phones, keys under change, and a station without a server: built, on a station made of answers. */
import { describe, expect, it } from 'vitest';
import { open, submit } from './built';

describe('the month', () => {
  it('says how many are read, and lists who is not', async () => {
    const { page, station, close } = await open('stoves');
    await page.waitForSelector('[data-month-read="10"]:has-text("10 dari 12 terbaca pada November")');
    await page.selectOption('select[aria-label="Saring"]', { label: 'Belum terbaca bulan ini' });
    await page.waitForFunction(() => document.querySelectorAll('[data-stove]').length === 2);
    expect(station.asked('stoves.list').at(-1)).toMatchObject({ read: false });
    await page.waitForSelector('[data-stove="20220300041"]:has-text("Belum")');
    await close();
  });

  it('a visit in vain is kept from the stove’s own page', async () => {
    const { page, station, close } = await open('stoves/20220300017');
    await page.click('[data-open] button:has-text("Tidak terbaca…")');
    expect(await page.inputValue('[name=stove]')).toBe('20220300017');
    await submit(page);
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(station.asked('readings.unread')[0]).toMatchObject({ stove: '20220300017', reason: 'nobody home' });
    await close();
  });

  it('a reading says what was used since the one before, and in how long', async () => {
    const { page, close } = await open('readings/400');
    await page.waitForSelector('[data-used]:has-text("kWh dalam")');
    await close();
  });
});

describe('without a server', () => {
  it('nothing is said to be on its way, and the way to set one is offered', async () => {
    const { page, close } = await open('forwarding', { stove: { forward: 'off' } });
    await page.waitForSelector('[data-phase=off]:has-text("Server belum diatur: bacaan tetap di sini")');
    await page.waitForSelector('tbody tr:has-text("Tetap di sini")');
    expect(await page.locator('tbody tr:has-text("Antre")').count()).toBe(0);
    expect(await page.locator('tbody tr:has-text("Segera")').count()).toBe(0);
    await page.click('[data-phase=off] button:has-text("Atur server")');
    await page.waitForSelector('[data-page=settings]');
    await page.waitForFunction(() => {
      const top = document.querySelector('#group-stove')?.getBoundingClientRect().top ?? 9_999;
      return top >= 0 && top < innerHeight / 2;
    });
    await page.goto(page.url().replace('settings', 'scan'));
    await page.waitForSelector('a:has-text("Tanpa server: tetap di sini")');
    await close();
    const asked = await open('forwarding', { role: 'operator', stove: { forward: 'off' } });
    await asked.page.waitForSelector('[data-phase=off]:has-text("minta administrator")');
    await asked.close();
  });
});

describe('phones', () => {
  it('have an address to type, and accounts of their own', async () => {
    const { page, station, close } = await open('stoves');
    await page.click('[role=radiogroup] :text-is("Ponsel"), [aria-label="Kompor"] :text-is("Ponsel")');
    await page.waitForSelector('[data-page=phones]');
    await page.waitForSelector('[data-phones-state]');
    await page.fill('[name=phone-name]', 'petugas dua');
    await page.fill('[name=phone-password]', 'pendek');
    await page.click('button:has-text("Simpan akun")');
    await page.waitForSelector('[data-phones] [role=alert]');
    expect(station.calls).not.toContain('stove_accounts.save');
    await page.fill('[name=phone-name]', 'petugas.2');
    await page.fill('[name=phone-password]', 'sandi yang panjang');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-phones] :text("petugas.2")');
    expect(station.asked('stove_accounts.save')).toEqual([{ name: 'petugas.2', active: true, password: 'sandi yang panjang' }]);
    await page.click('button:has-text("Berhenti menerima")');
    await page.waitForSelector('[data-phones-state=off]');
    expect(station.asked('settings.set')[0]).toMatchObject({ settings: { stove: { endpoint: false, forward_user: 'kantin' } } });
    await page.click('button:has-text("Terima dari ponsel")');
    await page.waitForSelector('[data-phones-state=open], [data-phones-state=hidden]');
    await close();
  });

  it('are the administrator’s business', async () => {
    const { page, close } = await open('stoves', { role: 'operator' });
    await page.waitForSelector('[data-stove]');
    expect(await page.locator(':text-is("Ponsel")').count()).toBe(0);
    await close();
  });
});

describe('keys', () => {
  it('those with a change under way can be listed', async () => {
    const { page, station, close } = await open('stove-keys');
    await page.click(':text-is("Sedang diganti")');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    expect(station.asked('stove_keys.list').at(-1)).toMatchObject({ changing: true, registered: null });
    await close();
  });
});
