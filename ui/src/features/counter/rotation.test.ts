import { describe, expect, it } from 'vitest';
import { edgeAverage, fills, turn } from './rotation';

describe('turning', () => {
  it('shows each picture for its seconds, in order, and begins again', () => {
    const shown = Array.from({ length: 40 }, (_, second) => turn(second * 1_000, 10, 3));
    expect([shown[0], shown[9], shown[10], shown[20], shown[29], shown[30]]).toEqual([0, 0, 1, 2, 2, 0]);
  });

  it('one picture stays, and none is none', () => {
    expect([turn(0, 5, 1), turn(5_000, 5, 1), turn(123_456, 5, 1)]).toEqual([0, 0, 0]);
    expect(turn(5_000, 5, 0)).toBeNull();
  });

  it('bears any clock and any setting', () => {
    expect(turn(-1, 5, 3)).toBe(2);
    expect(turn(7_000, 0, 8)).toBe(7);
  });
});

describe('filling', () => {
  const frame = { width: 900, height: 640 };
  it('a picture of nearly the same shape fills its frame', () => {
    expect(fills({ width: 1_400, height: 1_000 }, frame)).toBe(true);
    expect(fills({ width: 1_500, height: 1_000 }, frame)).toBe(true);
  });

  it('any other stands whole inside it', () => {
    expect(fills({ width: 1_920, height: 1_080 }, frame)).toBe(false);
    expect(fills({ width: 1_000, height: 3_000 }, frame)).toBe(false);
  });

  it('nothing is decided before sizes are known', () => {
    expect(fills({ width: 0, height: 0 }, frame)).toBe(false);
    expect(fills({ width: 4, height: 3 }, { width: 0, height: 0 })).toBe(false);
  });
});

it('the ground of a picture is the colour of its edge, whatever is inside', () => {
  const side = 4;
  const pixels = Array.from({ length: side * side }, (_, at) => {
    const inside = at % side > 0 && at % side < 3 && at >= side && at < 12;
    return inside ? [0, 0, 0, 255] : [200, 100, 40, 255];
  }).flat();
  expect(edgeAverage(pixels, side)).toBe('rgb(200 100 40)');
});
