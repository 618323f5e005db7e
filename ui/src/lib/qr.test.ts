import { expect, it } from 'vitest';
import { QUIET_ZONE, drawQr } from './qr';

/** The modules that a path fills, as rows again. */
function filled(path: string, modules: number): string[] {
  const grid = Array.from({ length: modules }, () => Array.from({ length: modules }, () => '0'));
  for (const run of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
    const [x, y, width, back] = run.slice(1).map(Number) as [number, number, number, number];
    expect(back).toBe(width);
    for (let at = 0; at < width; at += 1) grid[y - QUIET_ZONE]![x - QUIET_ZONE + at] = '1';
  }
  return grid.map((row) => row.join(''));
}

it('draws exactly the dark modules inside a quiet zone', () => {
  const rows = ['1110111', '1010101', '0000000', '1111111', '0101010', '1000001', '0111110'];
  const drawing = drawQr(rows)!;
  expect(drawing.size).toBe(rows.length + 8);
  expect(filled(drawing.path, rows.length)).toEqual(rows);
});

it('draws nothing of what is no QR code', () => {
  for (const rows of [[], ['10', '1'], ['1x', '00'], ['101', '010']]) expect(drawQr(rows)).toBeNull();
});
