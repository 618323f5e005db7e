/** Width of a big amount in its own font size, from the widths of Inter's tabular figures. Pure. */
const DIGIT_EMS = 0.64;
const SEPARATOR_EMS = 0.3;
/** `Rp` at half size and the space behind it. */
const SIGN_EMS = 0.98;

export function amountEms(figure: string): number {
  let ems = SIGN_EMS;
  for (const sign of figure) ems += sign >= '0' && sign <= '9' ? DIGIT_EMS : SEPARATOR_EMS;
  return Math.round(ems * 100) / 100;
}
