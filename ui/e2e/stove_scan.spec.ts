/** Reading stoves, built, on a station made of answers: by camera, picture, pasted text and Bluetooth, and what goes wrong. */
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { open, submit } from './built';

const drop = (page: Page, what: { name?: string; type?: string; body?: string; text?: string }) =>
  page.evaluate((given) => {
    const data = new DataTransfer();
    if (given.text) data.setData('text', given.text);
    else data.items.add(new File([given.body ?? ''], given.name ?? 'a', { type: given.type ?? '' }));
    document.querySelector('[data-page=scan]')!.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, what);

describe('the camera', () => {
  it('starts when asked, shows picture and outline, and gives each verdict once', async () => {
    const { page, station, close } = await open('scan');
    await page.waitForSelector('[data-stage=off]');
    expect(station.calls).not.toContain('scan.start');
    await page.selectOption('select[aria-label="Kamera"]', 'usb-c270');
    await page.selectOption('[aria-label="Resolusi"]', '640x480');
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('n');
    await page.waitForSelector('[data-stage=running] img[src*="/scan/frame.jpg?n="]');
    await page.waitForSelector('[data-outline]');
    await page.waitForSelector('[data-mood=ok]');
    await page.waitForSelector('[data-card=taken] [data-signature=valid]');
    expect(await page.textContent('[data-card]')).toContain('184,372');
    expect(await page.textContent('[data-check=clock_behind]')).toContain('12 menit lebih lambat');
    expect(station.asked('scan.start')).toEqual([{ camera: 'usb-c270', width: 640, height: 480, note: '', position: null }]);
    await page.waitForSelector('[data-mood=seen]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-card=none]');
    await page.waitForTimeout(600);
    expect(await page.locator('[data-card=none]').count()).toBe(1);
    await page.click('[aria-label="Hentikan kamera"]');
    await page.waitForSelector('[data-stage=off]');
    await close();
  });

  it('is switched off when the page is left, and a note goes with what is read', async () => {
    const { page, station, close } = await open('scan');
    await page.fill('[name=scan-note]', 'rute Sukamaju');
    await page.click('button:has-text("Mulai kamera")');
    await page.waitForSelector('[data-stage=running]');
    await page.click('nav a[href="#/stoves"]');
    await page.waitForSelector('[data-page=stoves]');
    expect(station.asked('scan.start')[0]).toMatchObject({ note: 'rute Sukamaju' });
    expect(station.calls.filter((call) => call === 'scan.stop')).toHaveLength(1);
    const looks = station.calls.filter((call) => call === 'scan.state').length;
    await page.waitForTimeout(700);
    expect(station.calls.filter((call) => call === 'scan.state').length).toBe(looks);
    await close();
  });

  it.each([
    ['no_camera', 'Tidak ada kamera'], ['busy', 'Kamera dipakai program lain'], ['unplugged', 'Kamera tercabut'], ['denied', 'Kamera tidak diizinkan'], ['unsupported', 'tidak didukung'], ['other', 'tidak memberi gambar'],
  ] as const)('%s has words of its own and a way on', async (trouble, words) => {
    const { page, close } = await open('scan', { stove: { trouble, running: true } });
    await page.waitForSelector(`[data-trouble=${trouble}]:has-text("${words}")`);
    await page.waitForSelector(`[data-trouble] button:has-text("Coba lagi")`);
    // The station's English is shown where the page has no words of its own for it.
    expect((await page.textContent('[data-trouble]'))?.includes('/dev/video0')).toBe(trouble === 'other');
    await close();
  });

  it('a station without cameras offers the other ways', async () => {
    const { page, close } = await open('scan', { stove: { cameras: false } });
    await page.waitForSelector('text=Stasiun ini tidak bisa memakai kamera');
    await page.waitForSelector('button:has-text("Dari gambar")');
    await close();
  });

  it.each([['demo_key', 'Ditandatangani dengan kunci contoh umum', 'evidence'], ['invalid', 'Tanda tangan tidak sah', 'evidence'], ['unknown_stove', 'Keaslian belum diperiksa', 'taken'], ['known', 'Sudah pernah dibaca', 'known']] as const)('a verdict %s is told in words', async (verdict, words, outcome) => {
    const { page, close } = await open('scan', { stove: { running: true, verdict } });
    await page.waitForSelector(`[data-card=${outcome}]:has-text("${words}")`);
    if (outcome === 'evidence') {
      await page.waitForSelector('[data-mood=bad]');
      expect(await page.locator('[data-hint]').count()).toBe(0);
      await page.waitForSelector('section[aria-label="Hari ini"] tr:has-text("Disimpan sebagai bukti")');
    }
    await close();
  });

  it('a station that fails says so, and the page goes on', async () => {
    const { page, close } = await open('scan', { stove: { failing: true } });
    await page.waitForSelector('[data-stage] [role=alert]:has-text("unavailable")');
    await close();
  });
});

describe('other ways in', () => {
  it('a pasted code is asked about, with a note; what is no code is told', async () => {
    const { page, station, close } = await open('scan');
    await page.fill('[name=scan-note]', 'dari pesan');
    await page.click('[aria-label="Tempel kode"]');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("Tempel kodenya dahulu")');
    await page.fill('[name=token]', 'x'.repeat(513));
    await page.waitForSelector('[role=alert]:has-text("513")');
    expect(station.calls).not.toContain('readings.take');
    await page.fill('[name=token]', 'penuh');
    await submit(page);
    await page.waitForSelector('[role=dialog] [role=alert]:has-text("the disk is full")');
    await page.fill('[name=token]', 'rusak');
    await submit(page);
    await page.waitForSelector('[data-card=unreadable] [data-fault=token_parts]:has-text("dua atau tiga bagian")');
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text', ' contoh.abc ');
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.waitForSelector('[role=dialog]');
    expect(await page.inputValue('[name=token]')).toBe('contoh.abc');
    await page.click('[role=dialog] [role=switch]');
    await submit(page);
    await page.waitForSelector('[data-card=evidence]');
    expect(station.asked('readings.take').at(-1)).toEqual({ token: 'contoh.abc', source: 'paste', method: null, live: false, note: 'dari pesan', position: null });
    await close();
  });

  it('a picture is chosen or dropped; one without a code, of another kind, empty or too large is told', async () => {
    const { page, station, close } = await open('scan');
    const choose = (name: string, mimeType: string, buffer: Buffer) => page.setInputFiles('input[type=file]', { name, mimeType, buffer });
    await choose('meter.pdf', 'application/pdf', Buffer.from('x'));
    await page.waitForSelector('[data-image-problem]:has-text("bukan gambar")');
    await choose('meter.jpg', 'image/jpeg', Buffer.alloc(9 * 1_048_576));
    await page.waitForSelector('[data-image-problem]:has-text("9.0 MB")');
    await choose('meter.jpg', 'image/jpeg', Buffer.alloc(0));
    await page.waitForSelector('[data-image-problem]:has-text("tidak bisa dibuka")');
    expect(station.calls).not.toContain('readings.take_image');
    await choose('meter.jpg', 'image/jpeg', Buffer.from('kosong'));
    await page.waitForSelector('[data-no-code]');
    expect(await page.locator('[data-image-problem]').count()).toBe(0);
    await choose('meter.jpg', 'image/jpeg', Buffer.from('dua'));
    await page.waitForSelector('text=2 kode dari satu gambar');
    await page.waitForSelector('[data-card=taken]');
    await drop(page, { name: 'a.png', type: 'image/png', body: 'satu' });
    await page.waitForFunction(() => document.querySelector('[data-no-code]') === null);
    await drop(page, { text: 'asing.kode' });
    await page.waitForSelector('[role=dialog]');
    await submit(page);
    await page.waitForSelector('[data-card=taken] [data-signature=unknown_stove]');
    await close();
  });

  it('Bluetooth lists by strength, tells what a device offers, and says when a read breaks off', async () => {
    const { page, station, close } = await open('scan');
    await page.click('button:has-text("Bluetooth")');
    await page.waitForSelector('[data-device]');
    expect(await page.locator('[data-device]').allInnerTexts()).toMatchObject({ length: 3 });
    expect(await page.textContent('[data-device="C4:4F:33:6A:10:2E"]')).toContain('−52 dBm');
    await page.click('[data-device="7C:9E:BD:F1:00:41"] [aria-expanded]');
    await page.waitForSelector('[data-device] :text("0000ffe1-0000-1000-8000-00805f9b34fb")');
    await page.click('[data-device="7C:9E:BD:F1:00:41"] button:has-text("Baca")');
    await page.waitForSelector('[role=dialog] [role=alert]:has-text("terputus di tengah jalan")');
    await page.click('[data-device="C4:4F:33:6A:10:2E"] button:has-text("Baca")');
    await page.waitForSelector('[data-card=taken]');
    expect(station.asked('radio.scan')).toEqual([{ seconds: 6 }]);
    await close();
    const silent = await open('scan', { stove: { empty: true } });
    await silent.page.click('button:has-text("Bluetooth")');
    await silent.page.waitForSelector('text=Tidak ada perangkat terdengar');
    await silent.close();
    const off = await open('scan', { stove: { failing: true } });
    await off.page.click('button:has-text("Bluetooth")');
    await off.page.waitForSelector('[role=dialog] [role=alert]:has-text("Bluetooth di komputer stasiun mati")');
    await off.close();
  });

  it('a stove that could not be read is kept with its reason', async () => {
    const { page, station, close } = await open('scan');
    await page.click('button:has-text("Tidak terbaca…")');
    await page.fill('[name=stove]', '202203');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("tepat sebelas angka")');
    await page.fill('[name=stove]', '20220300017');
    await page.selectOption('[role=dialog] select', 'other');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("Wajib diisi")');
    await page.fill('[name=reason]', 'anjing galak');
    await submit(page);
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(station.asked('readings.unread')).toEqual([{ stove: '20220300017', reason: 'anjing galak', note: '', position: null }]);
    await close();
  });

  it('a try-out has a stove of its own', async () => {
    const { page, station, close } = await open('scan', { stove: { tryOut: true } });
    await page.click('button:has-text("Kompor contoh")');
    await page.waitForSelector('[data-demo="20220300001"]');
    await page.click('button:has-text("Baca kode QR-nya")');
    await page.waitForSelector('[data-card=taken]');
    expect(station.asked('readings.take')[0]).toMatchObject({ token: 'demo-qr', live: true });
    await close();
  });

  it('an auditor does not scan', async () => {
    const { page, station, close } = await open('scan', { role: 'auditor' });
    await page.waitForSelector('[data-page=refused]');
    expect(await page.locator('nav a[href="#/scan"]').count()).toBe(0);
    expect(station.calls).not.toContain('scan.state');
    await close();
  });
});
