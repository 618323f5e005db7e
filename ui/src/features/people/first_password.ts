/** A first password that is read out or written down once: 16 letters and digits that cannot be mistaken, in fours. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** About 79 bits. */
export function firstPassword(): string {
  const letters: string[] = [];
  while (letters.length < 16) {
    // Whole multiples only, so that each letter is as likely as the others.
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      if (byte < 256 - (256 % ALPHABET.length) && letters.length < 16) letters.push(ALPHABET[byte % ALPHABET.length]!);
    }
  }
  return (letters.join('').match(/.{4}/g) ?? []).join('-');
}
