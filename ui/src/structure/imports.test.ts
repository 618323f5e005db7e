/** Layers may only look down: lib ← components ← features ← app. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '..');
const layers = ['bindings', 'paraglide', 'styles', 'lib', 'components', 'features', 'app'];
const height = (path: string) => layers.indexOf(relative(src, path).split(/[\\/]/)[0] ?? '');

function sources(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(svelte|ts)$/.test(name) && !name.startsWith('paraglide') && !name.startsWith('structure'))
    .map((name) => join(src, name));
}

function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return Array.from(text.matchAll(/(?:from|import)\s+'(\.[^']+)'/g), (match) => resolve(dirname(file), match[1]!));
}

it('finds the sources', () => expect(sources().length).toBeGreaterThan(80));

it('no layer imports one above it', () => {
  const wrong = sources().flatMap((file) =>
    imports(file).filter((target) => height(target) > height(file)).map((target) => `${relative(src, file)} → ${relative(src, target)}`),
  );
  expect(wrong).toEqual([]);
});

it('components know nothing of a domain', () => {
  const domainTypes = /bindings\/(?!Language|Page\b|ErrorCode|ApiError|Event)/;
  const wrong = sources()
    .filter((file) => relative(src, file).startsWith('components'))
    .filter((file) => imports(file).some((target) => domainTypes.test(target)));
  expect(wrong.map((file) => relative(src, file))).toEqual([]);
});
