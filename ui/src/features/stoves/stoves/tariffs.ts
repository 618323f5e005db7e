/** A tariff as a form: text in the fields, figures of the contract out of them. Pure. */
import type { StoveTariff } from '../../../bindings/StoveTariff';
import { parseKwh } from '../figures';

export interface TierDraft {
  /** Kilowatt-hours; empty: whatever is above. */
  upTo: string;
  perKwh: string;
}

export interface StepDraft {
  from: string;
  fee: string;
  tiers: TierDraft[];
}

export const emptyStep = (from: string): StepDraft => ({ from, fee: '0', tiers: [{ upTo: '', perKwh: '' }] });

export const draftOf = (tariff: StoveTariff): StepDraft[] =>
  tariff.steps.map((step) => ({
    from: step.from,
    fee: String(step.monthly_fee),
    tiers: step.tiers.map((tier) => ({ upTo: tier.up_to === null ? '' : String(tier.up_to / 1_000), perKwh: String(tier.per_kwh) })),
  }));

const whole = (typed: string): number | null => (/^\d{1,9}$/.test(typed.trim()) ? Number(typed.trim()) : null);

/** `null` when something in it is no month, no price, or tiers do not rise to an open last one. */
export function tariffOf(name: string, steps: StepDraft[]): StoveTariff | null {
  if (name.trim() === '' || steps.length === 0) return null;
  const made: StoveTariff['steps'] = [];
  for (const step of steps) {
    const fee = whole(step.fee);
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(step.from.trim()) || fee === null || step.tiers.length === 0) return null;
    const tiers: StoveTariff['steps'][number]['tiers'] = [];
    let below = 0;
    for (const [at, tier] of step.tiers.entries()) {
      const isLast = at === step.tiers.length - 1;
      const price = whole(tier.perKwh);
      const upTo = tier.upTo.trim() === '' ? null : parseKwh(tier.upTo);
      if (price === null || (upTo === null) !== isLast || (isLast && tier.upTo.trim() !== '')) return null;
      if (upTo !== null && upTo <= below) return null;
      below = upTo ?? below;
      tiers.push({ up_to: upTo, per_kwh: price });
    }
    made.push({ from: step.from.trim(), tiers, monthly_fee: fee });
  }
  const months = made.map((step) => step.from);
  if (new Set(months).size !== months.length) return null;
  return { name: name.trim(), steps: made.sort((one, other) => one.from.localeCompare(other.from)) };
}
