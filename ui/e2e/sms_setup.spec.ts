/** The SMS screens that are set up once: lines with their settings and their AT console, and the routing rules. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { open, submit } from './built';

describe('lines', () => {
  it('four are cards with trouble and its next step; many are rows that are filtered and searched', async () => {
    const { page, station, close } = await open('lines');
    await page.waitForSelector('[data-line]');
    expect(await page.locator('[data-page=lines]').getAttribute('data-view')).toBe('cards');
    const bad = page.locator('[data-line="3"]');
    expect(await bad.innerText()).toContain('Cabut dan pasang modem');
    await bad.locator('button:has-text("Coba sekarang")').click();
    await page.waitForSelector('[data-line="3"][data-status=starting]');
    expect(station.asked('lines.wake')).toEqual([{ id: 3 }]);
    await page.click('[data-line="2"] button:has-text("Uji kirim")');
    await page.waitForSelector('[data-page=send]');
    await page.waitForFunction(() => document.querySelector('select')?.value === '2');
    await close();
    const many = await open('lines', { sms: { lines: 64 } });
    await many.page.waitForSelector('[data-view=rows] tbody tr');
    expect(await many.page.locator('tbody tr').count()).toBe(64);
    await many.page.click('label:has-text("Bermasalah")');
    await many.page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 8);
    await many.page.fill('[data-page=lines] input[type=search]', 'Jalur 11');
    await many.page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await many.page.click('tbody tr');
    await many.page.waitForSelector('[data-page=line]');
    await many.page.click('aside button:has-text("Izinkan SIM ini")');
    await many.page.waitForSelector('aside .state:has-text("Sehat")');
    expect(many.station.asked('lines.confirm_sim')).toEqual([{ id: 11 }]);
    await many.close();
  });

  it('none yet, failing, and the search for modems that resets no card reader unasked', async () => {
    const { page, station, close } = await open('lines', { sms: { lines: 0 } });
    await page.waitForSelector('text=Belum ada jalur');
    await page.keyboard.press('n');
    await page.waitForSelector('[data-port="/dev/ttyACM0"]');
    expect(station.asked('lines.detect')).toEqual([{ probe: [] }]);
    await page.click('[data-port="/dev/ttyACM0"] button:has-text("Coba port ini")');
    await page.waitForSelector('text=Membuka port menyetel ulang');
    expect(station.asked('lines.detect')).toHaveLength(1);
    await page.click('text=Tetap coba');
    await page.waitForSelector('text=Bukan modem');
    expect(station.asked('lines.detect')[1]).toEqual({ probe: ['/dev/ttyACM0'] });
    await close();
    const failing = await open('lines', { sms: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
  });

  it('every field is saved whole, faults are told at theirs, and the PIN only when it is typed', async () => {
    const { page, station, close } = await open('lines/1');
    await page.waitForSelector('[data-line-form]');
    expect(await page.locator('[data-unsaved]').count()).toBe(0);
    await page.fill('[name=name]', '');
    await page.waitForSelector('[role=alert]:has-text("Isi nama")');
    expect(await page.locator('[data-unsaved] button[type=submit]').isDisabled()).toBe(true);
    await page.fill('[name=name]', 'Kasir depan');
    await page.fill('[name="limits.per_day"]', '600');
    await page.fill('[name=init]', '+CNMI=2,1\n+CSCS="GSM"');
    await page.fill('[name=pin]', '1234');
    await page.click('button:has-text("Tambah tarif")');
    await page.fill('[data-tariff="5"] input >> nth=0', '62881');
    await page.fill('[data-tariff="5"] input >> nth=1', '400');
    await submit(page);
    await page.waitForSelector('text=Kasir depan tersimpan');
    const [sent] = station.asked('lines.save') as { id: number; pin: string | null; apn_password: string | null; settings: Record<string, unknown> }[];
    expect([sent?.id, sent?.pin, sent?.apn_password]).toEqual([1, '1234', null]);
    expect(sent?.settings).toMatchObject({ name: 'Kasir depan', init: ['+CNMI=2,1', '+CSCS="GSM"'], limits: { per_day: 600, gap_max_ms: 6_000 }, parity: 'none', stop_bits: 1 });
    expect((sent?.settings['tariff'] as unknown[]).at(-1)).toEqual({ prefix: '62881', price: 400, after: 0, price_after: 0 });
    expect(Object.keys(sent?.settings ?? {})).toHaveLength(27);
    expect(await page.inputValue('[name=pin]')).toBe('');
    await close();
  });

  it('the AT console answers, refuses what sends, and remembers', async () => {
    const { page, close } = await open('lines/1');
    await page.click('text=Konsol AT');
    const input = page.locator('[data-at-console] input');
    await input.fill('+CSQ');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=log]:has-text("+CSQ: 23,99")');
    await input.fill('+CMGS=1');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=log]:has-text("(refused)")');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await input.inputValue()).toBe('+CSQ');
    await close();
  });
});

describe('routing', () => {
  it('says which line a number gets and why the others do not', async () => {
    const { page, station, close } = await open('routing');
    await page.waitForSelector('[data-rule]');
    await page.keyboard.press('/');
    await page.keyboard.type('0878 1234 5530');
    await page.waitForSelector('[data-decision="2"]');
    const candidates = await page.locator('[data-candidate]').allInnerTexts();
    expect(candidates).toHaveLength(4);
    expect(candidates.join()).toContain('Jalurnya mati');
    await page.waitForSelector('tr[aria-current=true] [data-rule="62878"]');
    expect(station.calls).not.toContain('sms.send');
    await close();
  });

  it('rules are added, changed and removed on the version they were read at', async () => {
    const { page, station, close } = await open('routing');
    await page.waitForSelector('[data-rule]');
    await page.keyboard.press('n');
    await page.fill('[name=prefix]', '62812');
    await page.waitForSelector('text=Awalan ini sudah punya aturan');
    await page.fill('[name=prefix]', '+62899');
    await page.fill('[name=label]', 'Tri');
    for (const id of ['4', '1', '2']) await page.selectOption('[role=dialog] select', id);
    await page.click('[data-step="2"] input[type=checkbox]');
    await page.click('[data-step="1"] [aria-label="Lebih dulu"]');
    await submit(page);
    await page.waitForSelector('[data-rule="62899"]');
    const [sent] = station.asked('routing.set') as { version: number; rules: { prefix: string; lines: number[][] }[] }[];
    expect(sent?.version).toBe(7);
    expect(sent?.rules.at(-1)).toEqual({ prefix: '62899', label: 'Tri', deny: false, lines: [[1], [4, 2]] });
    expect(sent?.rules).toHaveLength(13);
    await page.click('tr:has([data-rule="62899"]) .menu-dots');
    await page.click('[role=menuitem]:has-text("Hapus aturan")');
    await submit(page);
    await page.waitForSelector('[data-rule="62899"]', { state: 'detached' });
    expect(station.asked('routing.set')[1]).toMatchObject({ version: 8 });
    await close();
  });

  it('a file is looked at before it is saved, and comes out as it went in', async () => {
    const { page, station, close } = await open('routing');
    await page.waitForSelector('[data-rule]');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('[aria-label="Ekspor CSV"]')]);
    const written = await readFile((await file.path())!, 'utf8');
    expect(written).toContain('62821,Telkomsel simPATI,,Jalur 1 > Jalur 2 + Jalur 4');
    await page.setInputFiles('input[type=file]', { name: 'rute.csv', mimeType: 'text/csv', buffer: Buffer.from(`${written}62899,Baru,,Jalur 4\r\n62x,salah,,\r\n`) });
    await page.waitForSelector('[data-import="13"]');
    expect(await page.textContent('[role=dialog]')).toContain('1 baru, 0 berubah, 0 hilang');
    expect(await page.textContent('[role=dialog] [role=alert]')).toContain('62x');
    await submit(page);
    await page.waitForSelector('[data-rule="62899"]');
    expect((station.asked('routing.set')[0]?.['rules'] as unknown[]).length).toBe(13);
    await close();
  });

  it('the block list, and no rules at all', async () => {
    const { page, station, close } = await open('routing');
    await page.click('label:has-text("Daftar blokir")');
    await page.waitForSelector('[data-blocked="1"]');
    await page.keyboard.press('n');
    await page.fill('[name=number]', '0812 3333 4444');
    await submit(page);
    await page.waitForSelector('[data-blocked="3"]');
    await page.click('tr:has([data-blocked="1"]) button');
    await submit(page);
    await page.waitForSelector('[data-blocked="1"]', { state: 'detached' });
    expect(station.asked('block.remove')).toEqual([{ id: 1, number: null }]);
    await close();
    const empty = await open('routing', { sms: { empty: true } });
    await empty.page.waitForSelector('text=Belum ada aturan');
    await empty.close();
    const failing = await open('routing', { sms: { failing: true } });
    await failing.page.waitForSelector('[role=alert]:has-text("unavailable")');
    await failing.close();
  });
});
