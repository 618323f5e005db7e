import { describe, expect, it } from 'vitest';
import { priceFor, tariffFor } from './prices';
import { addNumbers, MOST_RECIPIENTS, numbersOfCsv, sameNumber, splitNumbers } from './recipients';

describe('numbers that are typed or pasted', () => {
  it('are cut at commas, semicolons, tabs and line ends', () => {
    expect(splitNumbers('0812345678, +62 857 1234 5678;0878\n\n0899 1\t')).toEqual(['0812345678', '+62 857 1234 5678', '0878', '0899 1']);
  });

  it('a number with blanks is one, whole numbers beside each other are many', () => {
    expect(splitNumbers('0812 3456 7890')).toEqual(['0812 3456 7890']);
    expect(splitNumbers('081234567890 085712345678')).toEqual(['081234567890', '085712345678']);
    expect(splitNumbers('+62-812-3456-7890')).toEqual(['+62-812-3456-7890']);
  });

  it('what is no number stays, for the station to say so', () => expect(splitNumbers('Ibu Ratna')).toEqual(['Ibu Ratna']));

  it('none comes twice, however it is written', () => {
    expect(sameNumber('0812 3456 7890', '+62 812-3456-7890')).toBe(true);
    expect(sameNumber('abc', 'abd')).toBe(false);
    expect(addNumbers(['081234567890'], ['+6281234567890', '0062 812 3456 7890', '0857', '0857'])).toEqual(['081234567890', '0857']);
  });

  it('are no more than one send takes', () => {
    const many = Array.from({ length: MOST_RECIPIENTS + 5 }, (_, at) => `08${at}0000000`);
    expect(addNumbers([], many)).toHaveLength(MOST_RECIPIENTS);
  });
});

describe('numbers of a table', () => {
  it('stand in the column that is named so', () => {
    expect(numbersOfCsv('nama;nomor\nSiti;0812\nBudi;0857')).toEqual(['0812', '0857']);
    expect(numbersOfCsv('name,Phone number\nSiti,+62812')).toEqual(['+62812']);
    expect(numbersOfCsv('id,MSISDN,x\n1,62812,a\n2,,b')).toEqual(['62812']);
    expect(numbersOfCsv('No. HP,nama\n0812,Siti')).toEqual(['0812']);
  });

  it('or in the first one, with or without a head', () => {
    expect(numbersOfCsv('0812345678,Siti\n0857123456,Budi')).toEqual(['0812345678', '0857123456']);
    expect(numbersOfCsv('siswa\n0812')).toEqual(['0812']);
    expect(numbersOfCsv('')).toEqual([]);
  });
});

describe('prices', () => {
  const tariff = [
    { prefix: '', price: 350, after: 0, price_after: 0 },
    { prefix: '62812', price: 150, after: 0, price_after: 0 },
    { prefix: '62', price: 300, after: 0, price_after: 0 },
  ];
  it('the longest prefix counts', () => {
    expect(tariffFor(tariff, '62812')?.price).toBe(150);
    expect(tariffFor(tariff, '62857')?.price).toBe(300);
    expect(tariffFor(tariff, '1')?.price).toBe(350);
    expect(tariffFor(tariff.slice(1), '1')).toBeNull();
    expect(priceFor({ settings: { tariff } } as never, '628123')).toBe(150);
  });
});
