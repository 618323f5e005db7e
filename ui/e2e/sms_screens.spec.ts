/** The SMS screens, built, on a station made of answers: full, empty, failing, by keyboard, and by role. */
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { base, open, submit } from './built';

const go = async (page: Page, hash: string) => {
  await page.goto(`${base}/#/${hash}`);
  await page.waitForSelector(`[data-page=${hash.split('/')[0]}]`);
};
const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();

describe('the frame', () => {
  it('counts what waits, says which lines are ready, and goes there by letter', async () => {
    const { page, close } = await open('queue');
    await page.waitForSelector('tbody tr');
    expect((await page.textContent('nav a[href="#/queue"]'))?.replace(/\s+/g, ' ')).toContain('▲ 6');
    expect(await page.textContent('nav a[href="#/inbox"]')).toContain('3');
    expect(await page.textContent('footer >> nth=-1')).toContain('3 dari 4 jalur siap');
    for (const [letter, name] of [['l', 'lines'], ['s', 'send'], ['i', 'inbox'], ['e', 'routing'], ['u', 'ussd'], ['w', 'monitor'], ['q', 'queue']] as const) {
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.keyboard.press('g');
      await page.keyboard.press(letter);
      await page.waitForSelector(`[data-page=${name}]`);
    }
    await page.keyboard.press('Control+k');
    await page.keyboard.type('cari modem');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=dialog] [data-port]');
    await close();
  });

  it('an auditor reads queue, lines, rules and live view, and changes nothing', async () => {
    const { page, station, close } = await open('queue/908', { role: 'auditor' });
    await page.waitForSelector('aside [data-number]');
    for (const word of ['Jeda semua', 'Kirim SMS', 'Kirim ulang', 'Anggap gagal', 'Tampilkan', 'Batalkan SMS']) expect(await page.locator(`button:has-text("${word}")`).count(), word).toBe(0);
    expect(await page.locator('nav a[href="#/send"]').count()).toBe(0);
    await go(page, 'routing');
    expect(await page.locator('button:has-text("Tambah aturan")').count()).toBe(0);
    await page.goto(`${base}/#/send`);
    await page.waitForSelector('[data-page=refused]');
    await page.goto(`${base}/#/inbox/40`);
    await page.waitForSelector('[data-open="40"]');
    expect(station.calls).not.toContain('inbox.show');
    await page.goto(`${base}/#/lines/1`);
    await page.waitForSelector('[data-line-form]');
    expect(await page.locator('fieldset input:enabled, fieldset select:enabled, fieldset [role=switch]:enabled').count()).toBe(0);
    expect(await page.locator('text=Konsol AT').count()).toBe(0);
    await close();
  });

  it('a thousand events are a handful of readings', async () => {
    const { page, station, close } = await open('queue', { events: Array.from({ length: 1_000 }, (_, id) => ({ kind: 'sms', id })) });
    await page.waitForSelector('tbody tr');
    const before = station.calls.filter((call) => call === 'sms.list').length;
    await page.waitForTimeout(2_000);
    expect(station.calls.filter((call) => call === 'sms.list').length - before).toBeLessThanOrEqual(5);
    await close();
  });
});

describe('the queue', () => {
  it('says each reason in the language of the screen', async () => {
    const { page, close } = await open('queue');
    await page.waitForSelector('tbody tr');
    const rows = (await texts(page, 'tbody tr')).join('\n');
    for (const words of ['Jalurnya mati, mencari pengganti', 'Jeda antar-SMS, 0:04 lagi', 'Modem diam sesudah menerima', 'Pulih dari cadangan, tunggu izin', 'Sampai dalam 3,0 dtk', 'Nomor tidak dikenal', '9:47', '43:34', 'tanpa batas']) expect(rows).toContain(words);
    expect(rows).not.toContain('station:');
    await close();
  });

  it('filters, searches a whole number, and pages by key without reading it all', async () => {
    const { page, station, close } = await open('queue', { sms: { queue: 3_000 } });
    await page.waitForSelector('tbody tr');
    await page.click('label:has-text("Belum pasti")');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
    await page.click('label:has-text("Semua") >> nth=0');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length >= 50);
    await page.evaluate(() => document.querySelector('.list')!.scrollTo(0, 1e6));
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length >= 100);
    const asked = station.asked('sms.list');
    expect(asked.every(({ limit }) => Number(limit) <= 200)).toBe(true);
    expect(asked.some(({ cursor }) => cursor !== null)).toBe(true);
    expect(await page.locator('tbody tr').count()).toBeLessThan(400);
    await page.keyboard.press('/');
    await page.keyboard.type('0895 1234 7741');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('abc');
    await page.waitForSelector('text=Daftar tidak dapat dibuka');
    await close();
  });

  it('a message in doubt is sent again only after a warning, by R', async () => {
    const { page, station, close } = await open('queue/908');
    await page.waitForSelector('text=Mungkin sudah terkirim.');
    expect(await page.textContent('aside')).toContain('TP-MR 118');
    expect(await page.locator('[data-candidate]').count()).toBeGreaterThan(1);
    await page.keyboard.press('r');
    await page.waitForSelector('[role=dialog]:has-text("dua kali")');
    expect(station.calls).not.toContain('sms.resolve');
    await submit(page);
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(station.asked('sms.resolve')).toEqual([{ id: 908, verdict: 'send_again' }]);
    await page.waitForSelector('aside .state:has-text("Antre")');
    await close();
  });

  it('the other answers, a held one, cancelling and revealing', async () => {
    const { page, station, close } = await open('queue/907');
    await page.click('aside button:has-text("Anggap gagal")');
    await submit(page);
    await page.waitForSelector('aside .state:has-text("Gagal")');
    await go(page, 'queue/906');
    await page.click('aside footer button:has-text("Lepas")');
    await submit(page);
    await page.waitForSelector('aside .state:has-text("Antre")');
    await go(page, 'queue/905');
    await page.click('aside button:has-text("Batalkan SMS")');
    await page.waitForSelector('aside .state:has-text("Dibatalkan")');
    await page.click('aside button:has-text("Tampilkan")');
    await page.waitForSelector('[data-number="+6289512347741"]');
    expect(station.asked('sms.resolve').map(({ verdict }) => verdict)).toEqual(['assume_failed', 'send_again']);
    expect(station.asked('sms.reveal')).toEqual([{ id: 905 }]);
    await close();
  });

  it('is paused and resumed, loudly', async () => {
    const { page, station, close } = await open('queue');
    await page.click('button:has-text("Jeda semua")');
    await page.waitForSelector('[data-paused]');
    expect(await page.locator('button:has-text("Jeda semua")').count()).toBe(0);
    await page.click('[data-paused] button');
    await page.waitForSelector('[data-paused]', { state: 'detached' });
    expect(station.asked('sms.pause')).toEqual([{ paused: true }, { paused: false }]);
    await close();
  });

  it('by keyboard, empty, and failing', async () => {
    const { page, close } = await open('queue');
    await page.waitForSelector('tbody tr');
    for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key);
    await page.waitForFunction(() => location.hash === '#/queue/911');
    await page.keyboard.press('j');
    await page.waitForFunction(() => location.hash === '#/queue/910');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => location.hash === '#/queue');
    await page.keyboard.press('n');
    await page.waitForSelector('[data-page=send]');
    await close();
    const empty = await open('queue', { sms: { empty: true } });
    await empty.page.waitForSelector('text=Antrean kosong');
    await empty.close();
    const failing = await open('queue', { sms: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
  });
});

describe('sending', () => {
  const paste = (page: Page, text: string) =>
    page.evaluate((list) => {
      const data = new DataTransfer();
      data.setData('text', list);
      document.querySelector('[name=to]')!.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);

  it('a pasted list, a live look at it, and Ctrl+Enter', async () => {
    const { page, station, close } = await open('send');
    await paste(page, '0812 1234 4417\n+62 857 1111 9021; 0857 2222 0338');
    expect(await page.locator('[data-chip]').count()).toBe(3);
    await page.fill('[name=text]', 'x'.repeat(200));
    await page.waitForSelector('[data-parts="2"]');
    await page.waitForSelector('[data-left-out="1"]:has-text("di daftar blokir")');
    expect((await page.textContent('[data-cost]'))?.replace(/\s/g, ' ')).toContain('Rp 1.300');
    await page.fill('[name=text]', 'Halo 😀');
    await page.waitForSelector('[data-foreign]:has-text("😀")');
    const looks = station.calls.filter((call) => call === 'sms.preview').length;
    await page.locator('[name=text]').pressSequentially(' apa kabar semua', { delay: 5 });
    await page.waitForTimeout(500);
    expect(station.calls.filter((call) => call === 'sms.preview').length - looks).toBeLessThanOrEqual(2);
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('[data-sent="2"]');
    const [sent] = station.asked('sms.send');
    expect(sent).toMatchObject({ to: ['0812 1234 4417', '+62 857 1111 9021', '0857 2222 0338'], class: 'normal', skip_bad: true, at_ms: null, line_id: null });
    expect(String(sent?.['request_id'])).toMatch(/^[\da-f-]{36}$/);
    await page.click('text=Lihat Antrean');
    await page.waitForSelector('[data-page=queue]');
    await close();
  });

  it('the numbers of a file, a line, a later time, and a refusal at its field with the same id on the second try', async () => {
    const { page, station, close } = await open('send');
    await page.setInputFiles('input[type=file]', { name: 'siswa.csv', mimeType: 'text/csv', buffer: Buffer.from('nama;nomor\nSiti;0812 1111 2222\nBudi;0857 1111 3333\n') });
    await page.waitForFunction(() => document.querySelectorAll('[data-chip]').length === 2);
    await page.fill('[name=text]', 'tolak');
    await page.selectOption('select', '2');
    await page.click('label:has-text("Jadwalkan")');
    await page.fill('[name=at]', '2026-11-24T08:00');
    await page.waitForSelector('[data-route]');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('[role=alert]:has-text("20,001")');
    await page.keyboard.press('Control+Enter');
    await page.waitForTimeout(200);
    const [first, second] = station.asked('sms.send');
    expect(first).toMatchObject({ line_id: 2, at_ms: Date.UTC(2026, 10, 24, 1, 0) });
    expect(second?.['request_id']).toBe(first?.['request_id']);
    await page.fill('[name=text]', 'baik');
    await page.waitForTimeout(350);
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('[data-sent="2"]');
    expect(station.asked('sms.send')[2]?.['request_id']).not.toBe(first?.['request_id']);
    await close();
  });

  it('a time that has passed is not sent, and a code waits for a second person', async () => {
    const { page, station, close } = await open('send');
    await page.fill('[name=to]', '081211112222');
    await page.keyboard.press('Enter');
    await page.fill('[name=text]', 'Kode Anda 1234');
    await page.click('label:has-text("Jadwalkan")');
    await page.fill('[name=at]', '2026-11-20T08:00');
    await page.waitForSelector('text=Pilih waktu yang akan datang');
    await page.keyboard.press('Control+Enter');
    expect(station.calls).not.toContain('sms.send');
    await page.click('label:has-text("Sekarang")');
    await page.click('label:has-text("OTP")');
    await page.waitForSelector('text=Uji OTP menunggu orang kedua');
    await page.waitForTimeout(400);
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('[data-sent="1"]:has-text("Menunggu orang kedua")');
    await page.click('text=Lihat persetujuan');
    await page.waitForSelector('[data-page=approvals]');
    await close();
  });

  it('templates are taken, kept and forgotten; the draft outlives a look elsewhere', async () => {
    const { page, station, close } = await open('send');
    await page.click('button:has-text("Templat")');
    await page.click('[data-template="2"] .take');
    expect(await page.inputValue('[name=text]')).toBe('Kantin tutup pada hari libur.');
    await go(page, 'queue');
    await go(page, 'send');
    expect(await page.inputValue('[name=text]')).toBe('Kantin tutup pada hari libur.');
    await page.click('button:has-text("Templat")');
    await page.fill('[name=template]', 'Tutup');
    await submit(page);
    await page.waitForSelector('[data-template="3"]');
    await page.click('[data-template="1"] button >> nth=1');
    await page.waitForSelector('[data-template="1"]', { state: 'detached' });
    expect(station.asked('templates.save')).toEqual([{ id: null, name: 'Tutup', text: 'Kantin tutup pada hari libur.' }]);
    await close();
  });
});

describe('the inbox', () => {
  it('is read, with gaps, calls and PDUs that could not be read', async () => {
    const { page, station, close } = await open('inbox');
    await page.waitForSelector('[data-mail="40"]');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-open="40"] [data-text]:has-text("makan siang")');
    await page.waitForFunction(() => !document.querySelector('[data-mail="40"].unread'));
    await go(page, 'inbox/37');
    await page.waitForSelector('[data-open="37"] mark');
    expect(await page.textContent('[data-open="37"]')).toContain('Baru 2 dari 3 bagian');
    await go(page, 'inbox/35');
    await page.waitForSelector('[data-pdu]:has-text("0791261801")');
    await go(page, 'inbox/38');
    await page.waitForSelector('[data-open="38"]:has-text("Panggilan ke Jalur 3")');
    await go(page, 'inbox/36');
    await page.waitForSelector('text=Pengirim ini tidak bisa dibalas');
    expect(station.calls).not.toContain('inbox.reveal');
    await close();
  });

  it('an answer goes to the page that writes, by an audited act; a sender is blocked; a message is removed', async () => {
    const { page, station, close } = await open('inbox/40');
    await page.waitForSelector('[data-open="40"] [data-text]');
    await page.click('[aria-label="Blokir pengirim"]');
    await page.fill('[name=note]', 'STOP');
    await submit(page);
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(station.asked('block.add')).toEqual([{ number: '+6281234564417', note: 'STOP' }]);
    await page.click('[aria-label="Hapus pesan"]');
    await submit(page);
    await page.waitForSelector('[data-mail="40"]', { state: 'detached' });
    await page.waitForSelector('[data-open="39"]');
    await page.keyboard.press('r');
    await page.waitForSelector('[data-page=send] [data-chip="+6281234564417"]');
    expect(station.asked('inbox.reveal')).toEqual([{ id: 40 }, { id: 39 }]);
    await close();
  });

  it('empty, all read, and failing', async () => {
    const { page, close } = await open('inbox', { sms: { empty: true } });
    await page.waitForSelector('text=Kotak masuk kosong');
    await page.click('label:has-text("Belum dibaca")');
    await page.click('text=Tampilkan semua');
    await page.waitForSelector('text=Kotak masuk kosong');
    await close();
    const failing = await open('inbox', { sms: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
  });
});

describe('USSD', () => {
  it('answers a menu, marks what came uncalled, and changes lines', async () => {
    const { page, station, close } = await open('ussd');
    await page.waitForSelector('[data-turn=pushed]:has-text("datang sendiri")');
    await page.waitForSelector('text=menunggu jawaban');
    await page.fill('[name=ussd]', '1');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Kuota SMS: 1.188');
    expect(station.asked('ussd.send')).toEqual([{ line_id: 1, text: '1' }]);
    await page.click('[data-ussd-line="2"]');
    await page.waitForSelector('text=Belum ada percakapan');
    await page.click('button:has-text("*888#")');
    await page.waitForTimeout(200);
    expect(station.asked('ussd.send')[1]).toEqual({ line_id: 2, text: '*888#' });
    await close();
  });

  it('ends a dialogue; without lines it says where to go', async () => {
    const { page, station, close } = await open('ussd');
    await page.click('button:has-text("Akhiri")');
    await page.waitForTimeout(200);
    expect(station.asked('ussd.cancel')).toEqual([{ id: 1 }]);
    await close();
    const empty = await open('ussd', { sms: { lines: 0 } });
    await empty.page.click('text=Ke Jalur');
    await empty.page.waitForSelector('[data-page=lines]');
    await empty.close();
  });
});

describe('the live view', () => {
  it('shows what each line does now and where messages came from, and stands still when asked', async () => {
    const { page, close } = await open('monitor');
    await page.waitForSelector('[data-flow="912"]');
    expect(await page.textContent('[data-line-now="1"]')).toContain('Ke +62 812 •••• 4417');
    expect(await page.textContent('[data-tile=sent]')).toContain('972');
    expect(await page.textContent('[data-flow="912"]')).toContain('rina');
    await page.keyboard.press('f');
    await page.waitForSelector('text=Dibekukan');
    await page.click('[data-flow="903"] a');
    await page.waitForSelector('[data-page=queue]');
    await close();
    const failing = await open('monitor', { sms: { failing: true } });
    await failing.page.waitForSelector('[role=alert]');
    await failing.close();
  });
});

describe('room', () => {
  for (const size of [{ width: 800, height: 480 }, { width: 1366, height: 768 }, { width: 3840, height: 2160 }]) {
    it(`no SMS page is wider or higher than ${size.width}×${size.height}, nor has anything cut off at its side`, async () => {
      const { page, close } = await open('queue', { sms: { lines: 64, queue: 300 } }, size);
      for (const language of ['id', 'en']) {
        await page.evaluate((word) => localStorage.setItem('gerai.language', JSON.stringify(word)), language);
        for (const name of ['send', 'queue', 'queue/908', 'inbox/37', 'lines', 'lines/1', 'ussd', 'routing', 'monitor']) {
          await page.goto(`${base}/?${language}#/${name}`);
          await page.waitForSelector('[data-page]');
          await page.waitForTimeout(200);
          const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight);
          expect(fits, name).toBe(true);
          const wide = await page.evaluate(() => Array.from(document.querySelectorAll('main *')).filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)).map((one) => `${one.tagName}.${one.className}`));
          expect(wide, `${name} ${language}`).toEqual([]);
        }
      }
      await close();
    });
  }
});
