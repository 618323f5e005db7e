/** A Chromium for the story: fresh profile, no network of its own, everything that it complains about collected. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';

const run = promisify(execFile);

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}: see the head of e2e/story.spec.ts`);
  return value;
}

export const baseUrl = () => required('GERAI_BASE_URL').replace(/\/$/, '');

export function launch(more: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required', ...more,
    ],
  });
}

/** Complaints of a page. Answers that a step provokes on purpose are taken off with `expected`. */
export class Complaints {
  readonly all: string[] = [];

  watch(page: Page): void {
    page.on('pageerror', (error) => this.all.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.all.push(`${message.text()} (${message.location().url})`);
    });
  }

  unexpected(expected: RegExp): string[] {
    return this.all.filter((complaint) => !expected.test(complaint));
  }
}

/** A tap from outside: the command line's virtual reader where there is a binary, the command over HTTP otherwise. */
export async function tap(page: Page, uid: string): Promise<string> {
  const binary = process.env['GERAI_BIN'];
  if (binary) {
    const { stdout } = await run(binary, ['reader', 'tap', '--uid', uid, '--json', '--data', required('GERAI_DATA')]).catch(
      // A refused payment is exit code 1 with its document on stdout all the same.
      (failure: { stdout?: string; message: string }) => {
        if (!failure.stdout) throw new Error(failure.message);
        return { stdout: failure.stdout };
      },
    );
    return (JSON.parse(stdout) as { outcome: string }).outcome;
  }
  return (await rpc<{ outcome: string }>(page, 'readers.tap', { uid, reader: null, till_id: null, amount: null })).outcome;
}

/** A command with the session of this page. */
export function rpc<T>(page: Page, name: string, request: object): Promise<T> {
  return page.evaluate(
    async ([command, body]) => {
      const answer = await fetch(`/rpc/${command}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Gerai-Request': '1' },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
      return answer.json();
    },
    [name, request] as const,
  ) as Promise<T>;
}

/** Share of a screenshot's pixels that have exactly this colour, 0 to 1. Counted by the browser itself. */
export async function shareOf(page: Page, colour: [number, number, number]): Promise<number> {
  const png = (await page.screenshot()).toString('base64');
  const counter = await page.context().newPage();
  try {
    // An empty page of another origin: the station's content security policy rightly forbids `data:` images.
    await counter.goto('about:blank');
    return await counter.evaluate(
      async ([image, [red, green, blue]]) => {
        const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d')!;
        context.drawImage(bitmap, 0, 0);
        const { data: pixels } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        let same = 0;
        for (let at = 0; at < pixels.length; at += 4) {
          if (pixels[at] === red && pixels[at + 1] === green && pixels[at + 2] === blue) same += 1;
        }
        return same / (pixels.length / 4);
      },
      [png, colour] as const,
    );
  } finally {
    await counter.close();
  }
}
