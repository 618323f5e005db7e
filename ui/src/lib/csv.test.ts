import { describe, expect, it } from 'vitest';
import { csvLine, parseCsv } from './csv';

describe('a table', () => {
  it('is read with the separator it was written with', () => {
    expect(parseCsv('a,b\n1,2')).toEqual([['a', 'b'], ['1', '2']]);
    expect(parseCsv('nama;nomor\r\nSiti;0812 3456\r\n')).toEqual([['nama', 'nomor'], ['Siti', '0812 3456']]);
    expect(parseCsv('a\tb\n1,5\t2')).toEqual([['a', 'b'], ['1,5', '2']]);
  });

  it('keeps what stands in quotes, line ends and quotes included', () => {
    expect(parseCsv('a,b\n"x, ""y""\nz",2')).toEqual([['a', 'b'], ['x, "y"\nz', '2']]);
  });

  it('has no empty rows and no mark of order in its first name', () => {
    expect(parseCsv('\uFEFFnomor\n\n0812\n ,\n')).toEqual([['nomor'], ['0812']]);
    expect(parseCsv('')).toEqual([]);
  });

  it('comes back as it was written', () => {
    const fields = ['62812', 'Telkomsel, "simPATI"', ' x', 'a;b', ''];
    expect(parseCsv(`a,b,c,d,e\n${csvLine(fields)}`)[1]).toEqual(['62812', 'Telkomsel, "simPATI"', 'x', 'a;b', '']);
  });

  it('an open quote at the end is an end', () => expect(parseCsv('a,"b')).toEqual([['a', 'b']]));
});
