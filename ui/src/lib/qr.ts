/** A QR code as one SVG path: each run of dark modules in a row is one rectangle. */

/** Light modules around the code that readers need (ISO/IEC 18004, 5.3.8). */
export const QUIET_ZONE = 4;

export interface QrDrawing {
  /** Modules on each side, quiet zone included. */
  size: number;
  path: string;
}

/** `rows` of `0` and `1`; `null` when they are no square of those. */
export function drawQr(rows: string[]): QrDrawing | null {
  const square = rows.length > 0 && rows.every((row) => row.length === rows.length && /^[01]+$/.test(row));
  if (!square) return null;
  const path = rows
    .flatMap((row, y) =>
      Array.from(row.matchAll(/1+/g), (run) => {
        const width = run[0].length;
        return `M${run.index + QUIET_ZONE} ${y + QUIET_ZONE}h${width}v1h-${width}z`;
      }),
    )
    .join('');
  return { size: rows.length + 2 * QUIET_ZONE, path };
}
