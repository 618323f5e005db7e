/** Both languages say everything, with the same figures in it, and nothing that no screen says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (language: string): Record<string, string> => {
  const { $schema: _, ...messages } = JSON.parse(readFileSync(join(root, 'messages', `${language}.json`), 'utf8')) as Record<string, string>;
  return messages;
};
const [id, en] = [read('id'), read('en')];
const figures = (text: string) => Array.from(text.matchAll(/\{(\w+)\}/g), (match) => match[1]).sort();

it('both languages have the same keys', () => expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort()));

it('no message is empty', () => {
  expect(Object.entries({ ...id, ...en }).filter(([, text]) => text.trim() === '')).toEqual([]);
});

it('both languages use the same figures', () => {
  const differ = Object.keys(id).filter((key) => JSON.stringify(figures(id[key]!)) !== JSON.stringify(figures(en[key]!)));
  expect(differ).toEqual([]);
});

it('every message is used', () => {
  const src = join(root, 'src');
  const text = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(svelte|ts)$/.test(name) && !name.startsWith('paraglide'))
    .map((name) => readFileSync(join(src, name), 'utf8'))
    .join('\n');
  // One pass over the text: a search for each of two thousand messages takes seconds.
  const used = new Set(Array.from(text.matchAll(/\bm\.(\w+)/g), (match) => match[1]));
  expect(Object.keys(id).filter((key) => !used.has(key))).toEqual([]);
});
