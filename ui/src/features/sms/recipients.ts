/** Numbers out of what a person types, pastes or has in a file. What is no number stays: the station says what is wrong. Pure. */
import { parseCsv } from '../../lib/csv';

/** Most numbers of one send. */
export const MOST_RECIPIENTS = 10_000;
/** Digits from which on a word beside other words is a number of its own. */
const WHOLE_DIGITS = 8;

const digitsOf = (text: string) => text.replace(/\D/g, '');

/** `0812 3456 7890` is one number; `08123456789 08571234567` are two. */
function splitWords(piece: string): string[] {
  const words = piece.split(/\s+/).filter(Boolean);
  const whole = words.length > 1 && words.every((word) => digitsOf(word).length >= WHOLE_DIGITS);
  return whole ? words : [words.join(' ')];
}

export function splitNumbers(text: string): string[] {
  return text
    .split(/[\n\r,;\t|]+/)
    .flatMap((piece) => splitWords(piece.trim()))
    .filter((piece) => piece !== '');
}

/** The same number, however it is written. A leading 0 stands for the country. */
export function sameNumber(one: string, other: string, countryCode = '62'): boolean {
  const bare = (text: string) => digitsOf(text).replace(/^00/, '').replace(/^0/, countryCode);
  return digitsOf(one) === '' ? one.trim() === other.trim() : bare(one) === bare(other);
}

/** Adds numbers to a list: none twice, and none beyond what one send takes. */
export function addNumbers(list: string[], more: string[]): string[] {
  const key = (text: string) => digitsOf(text).replace(/^00/, '').replace(/^0/, '62') || text.trim();
  const known = new Set(list.map(key));
  const result = [...list];
  for (const number of more) {
    if (result.length >= MOST_RECIPIENTS) break;
    if (known.has(key(number))) continue;
    known.add(key(number));
    result.push(number);
  }
  return result;
}

const numberColumn = /^(no(mor|\.)?|number|phone|telp(on)?|telepon|hp|msisdn|wa|whatsapp|recipient|penerima|to|tujuan)\b|(nomor|number|phone|telepon|msisdn)/i;

/** The numbers of a table: of the column that is named so, otherwise of the first one. A head is left out. */
export function numbersOfCsv(text: string): string[] {
  const rows = parseCsv(text);
  const head = rows[0] ?? [];
  const named = head.findIndex((name) => numberColumn.test(name));
  const column = named < 0 ? 0 : named;
  const hasHead = named >= 0 || (head[0] !== undefined && digitsOf(head[0]).length < 3);
  return rows
    .slice(hasHead ? 1 : 0)
    .map((row) => row[column] ?? '')
    .filter((cell) => cell !== '');
}
