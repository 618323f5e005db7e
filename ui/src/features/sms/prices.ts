/** What a short message costs, by the longest prefix of a SIM's tariff. Pure. */
import type { LineView } from '../../bindings/LineView';
import type { TariffRow } from '../../bindings/TariffRow';

/** The row that counts for numbers with this prefix; `null`: the tariff says nothing of them. */
export function tariffFor(tariff: TariffRow[], prefix: string): TariffRow | null {
  const fitting = tariff.filter((row) => prefix.startsWith(row.prefix));
  return fitting.reduce<TariffRow | null>((best, row) => (best === null || row.prefix.length > best.prefix.length ? row : best), null);
}

export const priceFor = (line: LineView, prefix: string): number | null => tariffFor(line.settings.tariff, prefix)?.price ?? null;
