/**
 * What the built screens do by themselves, on a station made of answers: needs `npm run build`, and no station.
 * What the station does is shown by `people.spec.ts`.
 */
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { base, open, submit } from './built';

const html = (page: Page) => page.evaluate(() => document.documentElement.outerHTML);

describe('the lock', () => {
  it('takes the page out of the document, dialogs included, and the PIN brings it back', async () => {
    const { page, station, close } = await open('customers/1');
    await page.waitForSelector('[data-balance]');
    await page.click('aside footer button >> nth=0');
    await page.waitForSelector('[role=dialog]');
    await page.keyboard.press('Control+Shift+L');
    await page.waitForSelector('[data-page=locked]');
    expect(await html(page)).not.toContain('Siti Rahmawati');
    expect(await page.locator('[role=dialog], nav').count()).toBe(0);
    expect(station.calls).toContain('session.lock');
    await page.keyboard.type('123456');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-balance]');
    await close();
  });

  it('comes by itself when nobody is there', async () => {
    const { page, station, close } = await open('customers', { idleS: 2, liveClock: true });
    await page.waitForSelector('tbody tr');
    await page.waitForSelector('[data-page=locked]');
    expect(await html(page)).not.toContain('Siti Rahmawati');
    expect(station.calls).toContain('session.lock');
    await close();
  });

  it('comes when any command says that the session is locked', async () => {
    const { page, station, close } = await open('people');
    await page.waitForSelector('tbody tr');
    station.lock();
    await page.click('tbody tr:has-text("Budi Santoso")');
    await page.waitForSelector('[data-page=locked]');
    expect(await html(page)).not.toContain('Budi Santoso');
    await close();
  });

  it('lets somebody else sign in', async () => {
    const { page, close } = await open('customers', { locked: true });
    await page.click('text=Masuk sebagai orang lain');
    await page.waitForSelector('[data-page=sign-in]');
    await close();
  });

  it('a wrong PIN waits as long as the station says', async () => {
    const { page, station, close } = await open('customers', { locked: true, liveClock: true });
    await page.keyboard.type('999999');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-wait]');
    const asked = station.calls.length;
    await page.keyboard.type('123456');
    await page.keyboard.press('Enter');
    expect(station.calls.length).toBe(asked);
    await close();
  });
});

describe('signing in', () => {
  it('asks for the second factor, and takes a recovery code instead', async () => {
    const { page, close } = await open('', { signedOut: true, totp: true });
    await page.fill('[name=name]', 'rina');
    await page.fill('[name=password]', 'warung di pojok');
    await submit(page);
    await page.waitForSelector('[name=code][autocomplete=one-time-code]:focus');
    await page.click('text=Pakai kode pemulihan');
    await page.fill('[name=recovery_code]', 'k7f0-9mq2-xw4t-b6hc-r3np-v8yd');
    await submit(page);
    await page.waitForSelector('[data-page=payments]');
    await close();
  });

  it('counts a refusal down and sends nothing meanwhile', async () => {
    const { page, station, close } = await open('', { signedOut: true, liveClock: true });
    await page.fill('[name=name]', 'rina');
    await page.fill('[name=password]', 'salah');
    await submit(page);
    await page.waitForSelector('[data-wait="75"]');
    await page.waitForSelector('[data-wait="73"]');
    await page.fill('[name=password]', 'salah');
    await page.keyboard.press('Enter');
    expect(station.calls.filter((call) => call === 'session.sign_in')).toHaveLength(1);
    await close();
  });

  it('says honestly that nothing can be sent', async () => {
    const { page, close } = await open('', { signedOut: true, canSend: false });
    await page.click('text=Lupa kata sandi?');
    await page.fill('[name=name]', 'rina');
    await submit(page);
    await page.waitForSelector('text=Tidak ada yang dikirim');
    await close();
  });

  it('a password of somebody else is changed before anything is shown', async () => {
    const { page, station, close } = await open('customers', { mustChange: true });
    await page.waitForSelector('[data-page=must-change]');
    expect(station.calls).not.toContain('accounts.list');
    await page.fill('[name=old_password]', 'abcd-efgh-jkmn-pqrs');
    await page.fill('[name=new_password]', 'warung di pojok');
    await page.fill('[name=new_password_again]', 'warung di pojok');
    await submit(page);
    await page.waitForSelector('[data-page=customers]');
    await close();
  });
});

describe('roles', () => {
  it('an auditor sees everything and no button that changes something', async () => {
    const { page, close } = await open('customers/1', { role: 'auditor' });
    await page.waitForSelector('[data-balance]');
    for (const word of ['Pelanggan baru', 'Isi saldo', 'Bekukan', 'Koreksi saldo', 'Tampilkan']) {
      expect(await page.locator(`button:has-text("${word}")`).count(), word).toBe(0);
    }
    await page.goto(`${base}/#/people`);
    await page.waitForSelector('[data-page=refused]');
    expect(await page.textContent('[data-page=refused]')).toContain('Auditor');
    await close();
  });

  it('a cashier has the counter and nothing else', async () => {
    const { page, station, close } = await open('', { role: 'cashier' });
    await page.waitForSelector('[data-page=counter]');
    expect(await page.locator('nav a').count()).toBe(1);
    expect(station.calls.filter((call) => /^(accounts|payments|health|audit)\./.test(call))).toEqual([]);
    await close();
  });
});

describe('reading', () => {
  it('a page reads its list once, and not again because it was read', async () => {
    for (const [name, command] of [['payments', 'payments.list'], ['rejected', 'rejected.list'], ['customers', 'accounts.list'], ['audit', 'audit.list'], ['queue', 'sms.list'], ['inbox', 'inbox.list'], ['lines', 'lines.list']] as const) {
      const { page, station, close } = await open(name);
      await page.waitForTimeout(600);
      expect(station.asked(command).length, name).toBeLessThanOrEqual(2);
      await close();
    }
  });
});

describe('room', () => {
  for (const size of [{ width: 800, height: 480 }, { width: 3840, height: 2160 }]) {
    it(`no page is wider or higher than ${size.width}×${size.height}`, async () => {
      const { page, close } = await open('account', {}, size);
      for (const name of ['account', 'people/2', 'roles', 'recovery', 'approvals/3', 'audit/1841', 'tokens', 'customers/1', 'settings', 'network', 'vault', 'health']) {
        await page.goto(`${base}/#/${name}`);
        await page.waitForTimeout(150);
        const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight);
        expect(fits, name).toBe(true);
      }
      await close();
    });
  }
});
