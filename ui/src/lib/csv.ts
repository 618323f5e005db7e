/** Tables as people keep them: commas, semicolons or tabs, quotes where a field needs them (RFC 4180). Pure. */

const SEPARATORS = [',', ';', '\t'] as const;

/** Rows of fields. The separator is the one that the first line has most of; a file's mark of order (BOM) is no text. */
export function parseCsv(text: string): string[][] {
  const clean = text.replace(/^\uFEFF/, '');
  const first = clean.split(/\r?\n/, 1)[0] ?? '';
  const counts = SEPARATORS.map((separator) => first.split(separator).length);
  const separator = SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;

  const endField = () => {
    row.push(field.trim());
    field = '';
  };
  const endRow = () => {
    endField();
    if (row.some((cell) => cell !== '')) rows.push(row);
    row = [];
  };

  for (let at = 0; at < clean.length; at += 1) {
    const sign = clean[at]!;
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (clean[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && field.trim() === '') {
      quoted = true;
      field = '';
    } else if (sign === separator) endField();
    else if (sign === '\n') endRow();
    else if (sign !== '\r') field += sign;
  }
  endRow();
  return rows;
}

/** One line of a table; fields are quoted where they must be. */
export function csvLine(fields: string[]): string {
  return fields.map((field) => (/[",;\t\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
