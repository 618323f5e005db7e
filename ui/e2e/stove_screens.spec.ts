/** The stove screens, built, on a station made of answers: full, empty, failing, with wrong input, and by role. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { base, open, submit } from './built';

const go = async (page: Page, hash: string) => {
  await page.goto(`${base}/#/${hash}`);
  await page.waitForSelector(`[data-page=${hash.split('/')[0]}]`);
};

describe('stoves', () => {
  it('are listed with what wants a look, filtered, searched, and opened by keyboard', async () => {
    const { page, station, close } = await open('stoves');
    await page.waitForSelector('[data-stove]');
    expect(await page.textContent('[data-stove="20220300017"]')).toContain('1 perlu dilihat');
    expect(await page.textContent('[data-stove="20220300023"]')).toContain('Kunci contoh umum');
    expect(await page.textContent('[data-stove="20220300041"]')).toContain('Belum dibaca');
    await page.waitForSelector('[data-map="10"]');
    await page.selectOption('.bar select', 'unread');
    await page.waitForFunction(() => document.querySelectorAll('[data-stove]').length === 1);
    expect(station.asked('stoves.list').at(-1)).toMatchObject({ unread: true, flagged: false, registered: null });
    await page.selectOption('.bar select', 'all');
    await page.waitForFunction(() => document.querySelectorAll('[data-stove]').length === 12);
    for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key);
    await page.waitForSelector('[data-open="20220300020"]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-map]');
    await page.click('[data-map] g >> nth=0');
    await page.waitForSelector('[data-open]');
    await page.keyboard.press('/');
    await page.keyboard.type('bukan siapa-siapa');
    await page.waitForSelector('text=Tidak ada kompor yang cocok');
    await close();
  });

  it('has charts of day, month and year, as pictures and as tables', async () => {
    const { page, station, close } = await open('stoves/20220300017');
    await page.waitForSelector('[data-chart=year] canvas');
    expect(await page.textContent('[data-chart]')).toContain('+10 % dari tahun lalu');
    const ink = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-chart] canvas')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let blue = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at] === 27 && data[at + 1] === 95 && data[at + 2] === 191) blue += 1;
      return blue;
    });
    expect(ink).toBeGreaterThan(2_000);
    await page.click('[aria-label="Tabel"]');
    await page.click('td button:has-text("Juli 2026")');
    await page.waitForSelector('[data-chart=month] td:has-text("Taksiran")');
    await page.click('[aria-label="Grafik"]');
    await page.click('label:has-text("Hari")');
    await page.waitForSelector('[data-chart=day] canvas');
    await page.click('[data-chart] [aria-label="Sebelumnya"]');
    await page.waitForSelector('[data-chart]:has-text("22 November 2026")');
    expect(station.asked('stoves.chart').map(({ range, at }) => [range, at])).toEqual([['year', null], ['month', '2026-07'], ['day', null], ['day', '2026-11-22']]);
    await go(page, 'stoves/20220300041');
    await page.waitForSelector('text=Belum ada yang bisa digambar');
    await close();
  });

  it('a counter that ran backwards is asked about, and a replaced meter is kept with figures that can be', async () => {
    const { page, station, close } = await open('stoves/20220300032');
    await page.click('[data-ask-replacement] button:has-text("Ya, meter diganti")');
    await page.fill('[name=last]', '18x');
    await page.fill('[name=when]', '2027-01-01T00:00');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("184,372")');
    await page.waitForSelector('[role=alert]:has-text("sudah lewat")');
    await page.waitForSelector('[role=alert]:has-text("Tulis alasannya")');
    expect(station.calls).not.toContain('stoves.replace_meter');
    await page.fill('[name=last]', '184,372');
    await page.fill('[name=first]', '0');
    await page.fill('[name=when]', '2026-11-20T08:00');
    await page.fill('[name=why]', 'Layar pecah');
    await submit(page);
    await page.waitForSelector('[data-ask-replacement]', { state: 'detached' });
    expect(station.asked('stoves.replace_meter')).toEqual([{ id: '20220300032', at_ms: Date.UTC(2026, 10, 20, 1), last_total: 184_372, first_total: 0, note: 'Layar pecah' }]);
    await close();
  });

  it('a replaced meter can be taken back, with a reason', async () => {
    const { page, station, close } = await open('stoves/20220300032');
    await page.click('article label:has-text("Meter")');
    await page.click('li button:has-text("Batalkan")');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("1")');
    await page.fill('[name=why]', 'Kompor sebelah');
    await submit(page);
    await page.waitForSelector('text=belum pernah diganti');
    expect(station.asked('stoves.undo_replacement').at(-1)).toEqual({ id: '20220300032', at_ms: expect.any(Number), note: 'Kompor sebelah' });
    await close();
  });

  it('is added and edited, and what is wrong is told at its field', async () => {
    const { page, station, close } = await open('stoves');
    await page.click('button:has-text("Tambah kompor")');
    await page.fill('[name=id]', '123');
    await page.fill('[name=lat]', '95');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("sebelas angka")');
    await page.waitForSelector('[role=alert]:has-text("lintang")');
    await page.fill('[name=id]', '20220300099');
    await page.fill('[name=lat]', '-6,9');
    await page.fill('[name=lon]', '107.6');
    await page.fill('[name=label]', 'tolak');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("is taken")');
    await page.fill('[name=label]', 'Bu Haji');
    await submit(page);
    await page.waitForSelector('[data-open="20220300099"]');
    expect(station.asked('stoves.save').at(-1)).toEqual({ id: '20220300099', label: 'Bu Haji', place: '', note: '', tariff: '', position: { lat: -6.9, lon: 107.6 } });
    await close();
  });

  it('costs by a tariff that an administrator may change', async () => {
    const { page, station, close } = await open('stoves/20220300017');
    await page.click('article label:has-text("Biaya")');
    await page.waitForSelector('[data-cost] tfoot:has-text("479.740")');
    await page.click('button:has-text("Atur tarif")');
    await page.fill('[name="upto-0-0"]', 'banyak');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("tingkat harus naik")');
    await page.fill('[name="upto-0-0"]', '30');
    await submit(page);
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(station.asked('stove_tariffs.save')[0]).toMatchObject({ name: 'default', steps: [{ tiers: [{ up_to: 30_000, per_kwh: 1_352 }, { up_to: null, per_kwh: 1_445 }] }] });
    await close();
  });

  it('none, failing, gone, and for an auditor', async () => {
    const empty = await open('stoves', { stove: { empty: true } });
    await empty.page.waitForSelector('text=Belum ada kompor');
    await empty.close();
    const failing = await open('stoves', { stove: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
    const { page, close } = await open('stoves/20220300099', { role: 'auditor' });
    await page.waitForSelector('[data-open] [role=alert]:has-text("not_found")');
    await go(page, 'stoves/20220300032');
    await page.waitForSelector('[data-ask-replacement]');
    for (const word of ['Ya, meter diganti', 'Tambah kompor', 'Pindai']) expect(await page.locator(`main button:has-text("${word}")`).count(), word).toBe(0);
    await close();
  });
});

describe('readings', () => {
  it('are filtered, paged and opened, with flags in words', async () => {
    const { page, station, close } = await open('readings', { stove: { readings: 300 } });
    await page.waitForSelector('tbody tr');
    expect(await page.locator('tbody tr').count()).toBeLessThan(300);
    await page.selectOption('select[aria-label="Tanda tangan"]', 'unknown_stove');
    await page.click('label:has-text("Perlu dilihat")');
    await page.waitForFunction(() => Array.from(document.querySelectorAll('tbody tr')).every((row) => row.textContent?.includes('Belum diperiksa')));
    expect(station.asked('readings.list').at(-1)).toMatchObject({ filter: { signature: 'unknown_stove', flagged: true, stove: null } });
    const asked = station.calls.filter((call) => call === 'readings.list').length;
    await page.keyboard.press('/');
    await page.keyboard.type('2022');
    await page.waitForSelector('text=tepat sebelas angka');
    await page.waitForTimeout(300);
    expect(station.calls.filter((call) => call === 'readings.list').length).toBe(asked);
    await go(page, 'readings/397');
    await page.waitForSelector('[data-flag=counter_backwards]:has-text("Dari 184,372 turun ke 12,040 kWh")');
    await page.waitForSelector('[data-token]');
    await close();
  });

  it('are judged with a reason; what was read stays', async () => {
    const { page, station, close } = await open('readings/400');
    await page.click('aside footer button:has-text("Sunting")');
    await page.fill('[name=total]', 'seribu');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("184,372")');
    await page.waitForSelector('[role=alert]:has-text("Tulis alasannya")');
    await page.fill('[name=total]', '183,5');
    await page.fill('[name=reason]', 'Salah baca');
    await submit(page);
    await page.waitForSelector('[data-counts]:has-text("183,500")');
    expect(await page.textContent('aside .big')).toContain('184,372');
    await page.click('aside footer button:has-text("Taksir")');
    await page.fill('[name=reason]', 'tolak');
    await submit(page);
    await page.waitForSelector('[role=dialog] [role=alert]:has-text("no neighbours")');
    expect(station.asked('readings.judge')[0]).toEqual({ id: 400, step: 'edit', total: 183_500, reason: 'Salah baca' });
    await close();
  });

  it('leave as CSV and as JSON', async () => {
    const { page, close } = await open('readings');
    await page.waitForSelector('tbody tr');
    const save = async (kind: string) => {
      await page.click('button[aria-label="Ekspor"]');
      const [file] = await Promise.all([page.waitForEvent('download'), page.click(`[role=menuitem]:has-text("${kind}")`)]);
      return { name: file.suggestedFilename(), text: await readFile((await file.path())!, 'utf8') };
    };
    const csv = await save('CSV');
    expect(csv.name).toBe('gerai-bacaan-2026-11-23.csv');
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(41);
    const json = await save('JSON');
    expect((JSON.parse(json.text) as unknown[])).toHaveLength(40);
    await close();
  });

  it('none, none like this, failing, and an auditor judges nothing', async () => {
    const empty = await open('readings', { stove: { empty: true } });
    await empty.page.waitForSelector('text=Belum ada bacaan');
    await empty.page.selectOption('select[aria-label="Cara"]', 'http');
    await empty.page.waitForSelector('text=Tidak ada bacaan yang cocok');
    await empty.close();
    const failing = await open('readings', { stove: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
    const { page, close } = await open('readings/400', { role: 'auditor' });
    await page.waitForSelector('[data-token]');
    expect(await page.locator('aside footer button').count()).toBe(0);
    expect(await page.locator('button:has-text("Tampilkan gambar")').count()).toBe(0);
    await close();
  });
});

describe('forwarding', () => {
  it('says what is due next, pauses, and sends refused readings again', async () => {
    const { page, station, close } = await open('forwarding');
    await page.waitForSelector('[data-phase=waiting]:has-text("Dicoba lagi dalam 4:00")');
    expect(await page.textContent('[data-trouble]')).toContain('503');
    await page.click('label:has-text("Ditolak")');
    await page.waitForFunction(() => Array.from(document.querySelectorAll('tbody tr')).every((row) => row.textContent?.includes('422')));
    await page.click('tbody tr >> nth=0');
    await page.waitForSelector('aside [data-answer]:has-text("signature does not match")');
    await page.click('aside footer button:has-text("Kirim ulang")');
    await page.waitForSelector('text=1 bacaan diantrekan lagi');
    await page.click('button[aria-label="Jeda"]');
    await page.waitForSelector('[data-phase=paused]');
    await page.click('[data-phase] button:has-text("Lanjutkan")');
    await page.waitForSelector('[data-phase=sending]');
    expect(station.asked('forward.retry')).toEqual([{ ids: [395], all: null }]);
    expect(station.asked('forward.pause')).toEqual([{ paused: true }, { paused: false }]);
    await close();
  });

  it('a refused sign-in asks for the password, which is shown nowhere', async () => {
    const { page, station, close } = await open('forwarding', { stove: { forward: 'sign_in_refused' } });
    await page.click('[data-phase=sign_in_refused] button');
    await page.fill('[name=forward-password]', 'rahasia sekali');
    await submit(page);
    await page.waitForSelector('[data-phase=sending]');
    expect(station.asked('forward.set_password')).toEqual([{ password: 'rahasia sekali' }]);
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain('rahasia sekali');
    await close();
  });

  it('without a server, failing, and for an auditor', async () => {
    const empty = await open('forwarding', { stove: { empty: true } });
    await empty.page.waitForSelector('[data-phase=off]');
    await empty.page.waitForSelector('text=Belum ada kiriman');
    await empty.close();
    const failing = await open('forwarding', { stove: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
    const { page, close } = await open('forwarding/395', { role: 'auditor' });
    await page.waitForSelector('aside [data-answer]');
    for (const word of ['Jeda', 'Kirim sekarang', 'Kirim ulang']) expect(await page.locator(`button:has-text("${word}")`).count(), word).toBe(0);
    await close();
  });
});

describe('keys', () => {
  it('a change goes through its steps, by Bluetooth, and a device that cannot be written is told', async () => {
    const { page, station, close } = await open('stove-keys/20220300026');
    await page.waitForSelector('[data-change=prepared] [data-next=ask_server]');
    await page.click('button:has-text("Server setuju")');
    await page.waitForSelector('[data-next=write]');
    await page.click('button:has-text("Tulis lewat Bluetooth")');
    await page.click('[data-device="7C:9E:BD:F1:00:41"] button:has-text("Tulis")');
    await page.waitForSelector('[role=dialog] [role=alert]:has-text("tidak punya karakteristik")');
    await page.click('[data-device="C4:4F:33:6A:10:2E"] button:has-text("Tulis")');
    await page.waitForSelector('[data-next=read_token]');
    await page.waitForSelector('button:has-text("Pindai kompor")');
    await page.click('button:has-text("Batalkan penggantian")');
    await page.waitForSelector('[role=dialog]:has-text("Penulisan sudah dimulai")');
    expect(station.asked('stove_keys.change').map(({ step }) => step)).toEqual(['server_agrees', 'write', 'write']);
    await close();
  });

  it('a write that failed is told in the screen’s language', async () => {
    const { page, close } = await open('stove-keys/20220300026');
    await page.click('button:has-text("Server setuju")');
    await page.click('button:has-text("Tulis lewat Bluetooth")');
    await page.click('[data-device="AA:BB:CC:DD:EE:FF"] button:has-text("Tulis")');
    await page.waitForSelector('[data-change=writing] [role=alert]:has-text("Kompor tidak menjawab")');
    expect(await page.textContent('[data-change]')).not.toContain('no answer');
    await close();
  });

  it('a message for the stove is shown once, and gone with its dialog', async () => {
    const { page, close } = await open('stove-keys/20220300026');
    await page.click('button:has-text("Server setuju")');
    await page.click('button:has-text("Tulis sendiri")');
    await page.waitForSelector('[data-message]:has-text("SECRET;")');
    await page.click('[role=dialog] footer button:has-text("Tutup")');
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain('newnewnew');
    await page.waitForSelector('button:has-text("Sudah ditulis")');
    await close();
  });

  it('a key is registered: given, refused, weak, or made and shown once', async () => {
    const { page, station, close } = await open('stove-keys/20220300017');
    const register = async (secret: string) => {
      await page.click('button:has-text("Daftarkan kunci")');
      await page.fill('[name=secret]', secret);
      await submit(page);
    };
    await register('abc');
    await page.waitForSelector('[role=dialog] [role=alert]:has-text("3 characters")');
    await page.fill('[name=secret]', 'abcdefgh');
    await submit(page);
    await page.waitForSelector('[role=dialog]:has-text("bisa ditebak")');
    await page.click('[role=dialog] footer button:has-text("Tutup")');
    await register('');
    await page.waitForSelector('[data-secret]:has-text("k7f29mq2")');
    await page.click('[role=dialog] footer button:has-text("Tutup")');
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain('k7f29mq2');
    expect(station.asked('stove_keys.register').map(({ secret }) => secret)).toEqual(['abc', 'abcdefgh', null]);
    await page.click('button:has-text("Ganti nomor")');
    await page.fill('[name=new_id]', '12');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("sebelas angka")');
    expect(station.calls).not.toContain('stove_keys.change');
    await close();
  });

  it('a file is looked at, imported, and its lines told', async () => {
    const { page, station, close } = await open('stove-keys');
    await page.waitForSelector('tbody tr:has-text("Tidak ada di brankas")');
    await page.waitForSelector('tbody tr:has-text("Kunci contoh umum")');
    await page.click('button:has-text("Impor CSV")');
    await submit(page);
    await page.waitForSelector('[role=alert]:has-text("Pilih berkas")');
    await page.setInputFiles('[role=dialog] input[type=file]', { name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('nomor;rahasia\n1;2\n') });
    await page.waitForSelector('[role=alert]:has-text("id")');
    expect(station.calls).not.toContain('stoves.import');
    await page.fill('[name=csv]', 'id;secret\n20220300012;abc\n');
    await page.waitForSelector('[data-csv]:has-text("id, secret")');
    await submit(page);
    await page.waitForSelector('[data-report]:has-text("2 baru, 1 berubah, 1 ditolak, 2 kunci")');
    await page.waitForSelector('[role=dialog]:has-text("hapus sesudah diimpor")');
    await close();
  });

  it('an auditor sees which keys there are and changes none', async () => {
    const { page, close } = await open('stove-keys/20220300026', { role: 'auditor' });
    await page.waitForSelector('[data-change=prepared]');
    for (const word of ['Impor CSV', 'Server setuju', 'Daftarkan kunci', 'Ganti kunci']) expect(await page.locator(`button:has-text("${word}")`).count(), word).toBe(0);
    await close();
  });
});

describe('settings', () => {
  it('the stove group is checked before it is saved, and leads to the phones', async () => {
    const { page, station, close } = await open('settings');
    await page.waitForSelector('[data-setting="stove.forward_url"]');
    await page.fill('[name="stove.forward_url"]', 'meter.kampus.ac.id');
    await page.fill('[name="stove.ble_service"]', '18g');
    await page.fill('[name="stove.power_max"]', '99');
    await page.waitForSelector('[data-setting="stove.forward_url"] [role=alert]:has-text("https://")');
    await page.waitForSelector('[data-setting="stove.ble_service"] [role=alert]');
    await page.waitForSelector('[data-setting="stove.power_max"] [role=alert]:has-text("100")');
    await page.click('#group-stove button:has-text("Akun ponsel")');
    await page.waitForSelector('[data-page=phones]');
    expect(station.calls).not.toContain('settings.set');
    await close();
  });
});

describe('room', () => {
  for (const size of [{ width: 800, height: 480 }, { width: 1366, height: 768 }, { width: 3840, height: 2160 }]) {
    it(`no stove page is wider or higher than ${size.width}×${size.height}, nor has anything cut off at its side`, async () => {
      const { page, close } = await open('stoves', { stove: { stoves: 60, readings: 300, running: true } }, size);
      for (const language of ['id', 'en']) {
        await page.evaluate((word) => localStorage.setItem('gerai.language', JSON.stringify(word)), language);
        for (const name of ['scan', 'stoves', 'stoves/20220300017', 'readings', 'readings/397', 'forwarding', 'forwarding/395', 'phones', 'stove-keys', 'stove-keys/20220300026']) {
          await page.goto(`${base}/?${language}#/${name}`);
          await page.waitForSelector('[data-page]');
          await page.waitForTimeout(350);
          const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight);
          expect(fits, name).toBe(true);
          const wide = await page.evaluate(() => Array.from(document.querySelectorAll('main *')).filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1 && (['auto', 'scroll'].includes(getComputedStyle(one).overflowX) || one.matches('.today, .readings'))).map((one) => `${one.tagName}.${one.className}`));
          expect(wide, `${name} ${language}`).toEqual([]);
        }
      }
      await close();
    }, 120_000);
  }
});
