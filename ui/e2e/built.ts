/** The built screens on a station made of answers: the server and the browser for one file of steps. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';
import { Complaints, launch } from './browser';
import { mockStation, type MockOptions } from './mock_station';

let server: PreviewServer;
let browser: Browser;
export let base = '';

beforeAll(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  server = await preview({ root, configFile: false, logLevel: 'error', preview: { host: '127.0.0.1', port: 0 } });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('the preview server has no port');
  base = `http://127.0.0.1:${address.port}`;
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

export async function open(hash: string, options: MockOptions = {}, size = { width: 1366, height: 768 }) {
  const context = await browser.newContext({ viewport: size });
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
