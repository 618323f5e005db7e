/**
 * People, the lock, the second factor and the second person, in a real browser against a real station of its own.
 *
 * GERAI_BIN  the `gerai` binary; without it there is nothing to try
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launch, rpc } from './browser';

const run = promisify(execFile);
const binary = process.env['GERAI_BIN'] ?? '';
const OWNER = { name: 'rina', password: 'warung di pojok' };
const PIN = '482915';

let station: ChildProcess;
let folder: string;
let base: string;
let browser: Browser;
let context: BrowserContext;
let desk: Page;

async function startStation(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'gerai-people-'));
  const data = join(folder, 'data');
  const environment = { ...process.env, GERAI_DATA: data, GERAI_VAULT: 'memory' };
  for (const port of ['http_port', 'mqtt_port', 'ws_port']) {
    await run(binary, ['config', 'set', `network.${port}`, '0'], { env: environment });
  }
  station = spawn(binary, ['serve'], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  base = await new Promise((resolve, reject) => {
    let said = '';
    station.stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (address) resolve(address[0]);
    });
    station.on('exit', (code) => reject(new Error(`the station ended with ${code}: ${said}`)));
  });
}

/** Six digits of RFC 6238 with the usual values: SHA-1, 30 seconds. */
function totp(secret: string, stepsAhead = 0): string {
  const bits = Array.from(secret.replace(/[\s=]/g, ''), (letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + stepsAhead));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19]! & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.waitForSelector('[data-page="sign-in"]');
  await page.fill('[name="name"]', name);
  await page.fill('[name="password"]', password);
  await page.click('button[type="submit"]');
}

async function openPage(name: string): Promise<void> {
  await desk.goto(`${base}/#/${name}`);
  await desk.waitForSelector('main [data-page]');
}

describe.runIf(binary !== '').sequential('people', () => {
  let firstPassword = '';
  let secret = '';
  let codes: string[] = [];

  beforeAll(async () => {
    await startStation();
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1366, height: 768 }, acceptDownloads: true });
    desk = await context.newPage();
    desk.setDefaultTimeout(10_000);
    await desk.goto(`${base}/`);
    await desk.waitForSelector('[data-page="first-run"]');
    await rpc(desk, 'owner.create', {
      station_name: 'Kantin Teknik', language: 'id', owner_name: OWNER.name, password: OWNER.password, till_name: 'Meja 1', price: 15_000, readers_on_lan: false,
    });
    await desk.goto(`${base}/#/people`);
    await desk.reload();
    await desk.waitForSelector('[data-page="people"]');
  });

  afterAll(async () => {
    await browser?.close();
    if (station && station.exitCode === null) {
      const ended = new Promise((resolve) => station.once('exit', resolve));
      station.kill('SIGTERM');
      await ended;
    }
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('an owner adds an administrator with a first password', async () => {
    await desk.click('header button:has-text("Tambah orang")');
    await desk.fill('[role="dialog"] [name="name"]', 'budi');
    firstPassword = await desk.inputValue('[name="first_password"]');
    await desk.check('[role="dialog"] input[value="administrator"]');
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('aside >> text=budi');
    await desk.waitForSelector('aside >> text=Belum ganti kata sandi');
  });

  it('who must choose a password of their own, and sees nothing before', async () => {
    const other = await browser.newContext();
    const page = await other.newPage();
    await page.goto(`${base}/#/customers`);
    await signIn(page, 'budi', firstPassword);
    await page.waitForSelector('[data-page="must-change"]');
    await page.fill('[name="old_password"]', firstPassword);
    await page.fill('[name="new_password"]', 'sate padang dua');
    await page.fill('[name="new_password_again"]', 'sate padang dua');
    await page.click('button[type="submit"]');
    await page.waitForSelector('[data-page="customers"]');
    await other.close();
  });

  it('shows the role table with every command of the contract', async () => {
    await openPage('roles');
    const rules = await rpc<unknown[]>(desk, 'roles.show', {});
    await desk.waitForSelector('tbody th[scope="row"]');
    expect(await desk.locator('tbody th[scope="row"]').count()).toBe(rules.length);
  });

  it('sets a PIN, locks by the shortcut, and unlocks with it', async () => {
    await openPage('account');
    await desk.click('section:has(h2:text-is("PIN")) button');
    await desk.fill('[role="dialog"] [name="password"]', OWNER.password);
    await desk.fill('[name="pin"]', PIN);
    await desk.fill('[name="pin_again"]', PIN);
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('section:has(h2:text-is("PIN")) >> text=Terpasang');
    await desk.keyboard.press('Control+Shift+L');
    await desk.waitForSelector('[data-page="locked"]');
    await expect(rpc(desk, 'accounts.list', { filter: 'all', query: '', cursor: null, limit: 1 })).rejects.toThrow('locked');
    await desk.reload();
    await desk.waitForSelector('[data-page="locked"]');
    await desk.keyboard.type(PIN);
    await desk.keyboard.press('Enter');
    await desk.waitForSelector('[data-page="account"]');
  });

  it('sets up a second factor from the secret on the screen', async () => {
    await desk.click('button:has-text("Pasang faktor kedua")');
    await desk.waitForSelector('[data-qr] path');
    secret = (await desk.textContent('[data-secret]'))!.trim();
    await desk.fill('[role="dialog"] [name="password"]', OWNER.password);
    await desk.fill('[role="dialog"] [name="code"]', totp(secret));
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('[data-codes] li');
    codes = await desk.locator('[data-codes] li').allTextContents();
    expect(codes).toHaveLength(10);
    await desk.click('button:has-text("Sudah saya simpan")');
    await desk.waitForSelector('section >> text=Kode pemulihan baru');
  });

  it('signs out everywhere, and asks for the second factor from then on', async () => {
    await desk.click('button:has-text("Keluar di semua tempat")');
    await desk.click('[role="dialog"] button[type="submit"]');
    await signIn(desk, OWNER.name, OWNER.password);
    await desk.waitForSelector('[data-page="sign-in-code"]');
    await desk.click('text=Pakai kode pemulihan');
    await desk.fill('[name="recovery_code"]', codes[0]!);
    await desk.click('button[type="submit"]');
    await desk.waitForSelector('nav');
  });

  it('makes a recovery file that a browser keeps', async () => {
    await openPage('recovery');
    await desk.click('button:has-text("Buat berkas pemulihan")');
    await desk.waitForSelector('[data-recovery-file]');
    const [download] = await Promise.all([desk.waitForEvent('download'), desk.click('button:has-text("Simpan ke USB")')]);
    expect(readFileSync(await download.path(), 'utf8').trim()).toBe((await desk.textContent('pre'))!.trim());
  });

  it('a correction above the limit waits for the second person, who carries it out', async () => {
    const settings = await rpc<{ version: number; settings: { security: object } }>(desk, 'settings.get', {});
    await rpc(desk, 'settings.set', {
      version: settings.version, settings: { ...settings.settings, security: { ...settings.settings.security, two_person: true, two_person_above: 10_000 } },
    });
    const customer = await rpc<{ row: { id: number } }>(desk, 'accounts.create', { request_id: crypto.randomUUID(), name: 'Siti Rahmawati', nim: null, uid: null, opening: 50_000 });
    await openPage(`customers/${customer.row.id}`);
    await desk.click('aside button:has-text("Koreksi saldo")');
    await desk.fill('[role="dialog"] [inputmode="numeric"]', '25.000');
    await desk.fill('[role="dialog"] [name="reason"]', 'dua kali terpotong');
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('[data-waiting]');
    await desk.waitForSelector('nav .badge:has-text("1")');

    const other = await browser.newContext({ viewport: { width: 1366, height: 768 } });
    const page = await other.newPage();
    await page.goto(`${base}/#/approvals`);
    await signIn(page, 'budi', 'sate padang dua');
    await page.click('tbody tr');
    await page.click('aside button:has-text("Setujui")');
    await page.click('[role="dialog"] button[type="submit"]');
    await page.goto(`${base}/#/customers/${customer.row.id}`);
    await page.waitForSelector('[data-balance="75000"]');
    await other.close();
  });

  it('issues a token once and revokes it', async () => {
    await openPage('tokens');
    await desk.click('header button:has-text("Buat token")');
    await desk.fill('[role="dialog"] [name="name"]', 'laporan harian');
    await desk.click('[role="dialog"] button[type="submit"]');
    expect((await desk.textContent('[data-token]'))!.trim().split('.')).toHaveLength(3);
    await desk.click('button:has-text("Sudah saya salin"), [role="dialog"] footer .filled');
    await desk.click('tbody tr:has-text("laporan harian")');
    await desk.click('aside button:has-text("Cabut")');
    await desk.click('[role="dialog"] button[type="submit"]');
    await desk.waitForSelector('tbody tr:has-text("Dicabut")');
  });

  it('has all of it in the audit trail, whose chain is intact', async () => {
    await openPage('audit');
    await desk.click('button:has-text("Periksa rantai")');
    await desk.waitForSelector('[data-audit="intact"]');
    await desk.click('tbody tr:has-text("Membuat token API")');
    await desk.waitForSelector('aside >> text=rina');
    const [download] = await Promise.all([desk.waitForEvent('download'), desk.click('button:has-text("Ekspor")')]);
    const records = readFileSync(await download.path(), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { id: number; act: string });
    expect(records.map((record) => record.id), 'oldest first, none missing').toEqual(records.map((_, place) => place + 1));
    for (const secretText of [OWNER.password, PIN, firstPassword, secret.replaceAll(' ', ''), ...codes]) {
      expect(JSON.stringify(records)).not.toContain(secretText);
    }
  });

  it('a paired counter says who is on duty', async () => {
    const till = (await rpc<{ id: number }[]>(desk, 'tills.list', {}))[0]!;
    const code = await rpc<{ code: string }>(desk, 'tills.pairing_code', { id: till.id });
    const screen = await browser.newContext({ viewport: { width: 800, height: 480 }, hasTouch: true });
    const page = await screen.newPage();
    await page.goto(`${base}/counter`);
    await page.fill('#code', code.code);
    await page.keyboard.press('Enter');
    await page.click('.duty');
    await page.fill('[name="duty_name"]', OWNER.name);
    for (const digit of PIN) await page.click(`.pad button:text-is("${digit}")`);
    await page.click('.pad button.go');
    await page.waitForSelector(`.duty:has-text("${OWNER.name}")`);
    await page.click('.duty');
    await page.click('button:has-text("Selesai bertugas")');
    await page.waitForSelector('.duty:not(:has-text("rina"))');
    await screen.close();
  });
});
