/** The outline of a code as SVG paths: a thin line around it, thick corners on top. Pure. */
import type { ScanOutline } from '../../../bindings/ScanOutline';

type Point = [number, number];

/** Share of a side that a thick corner takes. */
const ARM = 0.2;

const at = ([x, y]: Point): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
const towards = ([x, y]: Point, [toX, toY]: Point): Point => [x + (toX - x) * ARM, y + (toY - y) * ARM];

/** `null` where there are no four corners, or they are no numbers. */
export function outlinePaths(outline: ScanOutline): { line: string; corners: string } | null {
  const corners = outline.corners;
  const fit = corners.length === 4 && corners.every((corner) => corner.every(Number.isFinite)) && outline.width > 0 && outline.height > 0;
  if (!fit) return null;
  const arms = corners.map((corner, place) => {
    const [before, after] = [corners[(place + 3) % 4]!, corners[(place + 1) % 4]!];
    return `M${at(towards(corner, before))}L${at(corner)}L${at(towards(corner, after))}`;
  });
  return { line: `M${corners.map(at).join('L')}Z`, corners: arms.join('') };
}
