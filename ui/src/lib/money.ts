/** Rupiah on screen: `Rp 1.250.000` in Indonesian, `Rp 1,250,000` in English. The amounts are whole rupiah. */
import type { Language } from '../bindings/Language';
import type { BalancePrivacy } from '../bindings/BalancePrivacy';

const formats: Record<Language, Intl.NumberFormat> = {
  id: new Intl.NumberFormat('id-ID', { maximumFractionDigits: 0 }),
  en: new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }),
};

/** Groups digits without a currency sign: `1.250.000`. A minus sign is the true one, U+2212. */
export function digits(amount: number, language: Language): string {
  return formats[language].format(amount).replace('-', '−');
}

/** With its sign, never broken over two lines. */
export function rupiah(amount: number, language: Language): string {
  return amount < 0 ? `−Rp\u00a0${digits(-amount, language)}` : `Rp\u00a0${digits(amount, language)}`;
}

/** A balance as the privacy setting allows it on a screen that others can read; `null` shows nothing. */
export function privateBalance(balance: number | null, privacy: BalancePrivacy, language: Language): string | null {
  if (balance === null || privacy === 'hide') return null;
  if (privacy === 'show') return rupiah(balance, language);
  return `Rp\u00a0•••${String(Math.abs(balance) % 1000).padStart(3, '0')}`;
}

/** Reads what a person typed: `15.000`, `Rp 15,000`, `15000`. `null` when it is not a whole number of rupiah. */
export function parseRupiah(typed: string): number | null {
  const bare = typed.replace(/^\s*rp\.?/i, '').replace(/[.,\s\u00a0]/g, '');
  if (!/^\d{1,12}$/.test(bare)) return null;
  return Number(bare);
}

const secondFormats: Record<Language, Intl.NumberFormat> = {
  id: new Intl.NumberFormat('id-ID', { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  en: new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
};

/** Milliseconds as seconds with one decimal: `2,8` in Indonesian, `2.8` in English. */
export const secondsText = (ms: number, language: Language): string => secondFormats[language].format(Math.max(0, ms) / 1_000);
