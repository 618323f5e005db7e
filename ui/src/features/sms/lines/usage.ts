/** How much of its day a line has used, and how that looks. Pure. */
import type { LineView } from '../../../bindings/LineView';
import { serves } from '../looks';

/** Share of the normal messages' part of a limit below which little is left. */
const LITTLE = 0.2;

export interface Usage {
  mood: 'info' | 'warn' | 'muted';
  /** What may still be sent; `null`: no limit. */
  left: { normal: number; otp: number } | null;
}

export function usageOf(line: Pick<LineView, 'status' | 'usage' | 'settings'>): Usage {
  const { left_normal: normal, left_otp: otp } = line.usage;
  const left = normal === null || otp === null ? null : { normal, otp };
  if (!serves(line.status)) return { mood: 'muted', left };
  const limit = line.settings.limits.per_day * 0.8;
  return { mood: left !== null && limit > 0 && left.normal < limit * LITTLE ? 'warn' : 'info', left };
}
