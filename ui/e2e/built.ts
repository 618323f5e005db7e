/** The built screens on a station made of answers: the server and the browser for one file of steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';
import { Complaints, launch } from './browser';
import { mockStation, type MockOptions } from './mock_station';
import { scanFrame } from './stove_station';

let server: PreviewServer;
let browser: Browser;
export let base = '';
const folder = mkdtempSync(join(tmpdir(), 'gerai-e2e-'));

/** The browser's own camera is a film of one picture: a stove's code. Pages get it that have the permission `camera`. */
function withCamera(): string[] {
  const film = join(folder, 'stove.mjpeg');
  writeFileSync(film, Buffer.concat(Array.from({ length: 8 }, () => scanFrame)));
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`];
}

beforeAll(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  server = await preview({ root, configFile: false, logLevel: 'error', preview: { host: '127.0.0.1', port: 0 } });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('the preview server has no port');
  base = `http://127.0.0.1:${address.port}`;
  browser = await launch(withCamera());
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

export async function open(hash: string, options: MockOptions = {}, size = { width: 1366, height: 768 }, device: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: size, ...device });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const complaints = new Complaints();
  complaints.watch(page);
  const station = await mockStation(page, options);
  await page.goto(`${base}/#/${hash}`);
  await page.waitForSelector('[data-page]');
  const close = async () => {
    // A refused command is an answer with status 400, which the browser's console calls an error.
    expect(complaints.unexpected(/status of 400/)).toEqual([]);
    await context.close();
  };
  return { page, station, close };
}

export const browserOf = (): Browser => browser;

export const submit = (page: Page) => page.click('button[type=submit]');
