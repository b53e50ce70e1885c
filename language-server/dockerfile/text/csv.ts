/** One line of comma-separated values, as BuildKit reads `--mount` and its like. */

/**
 * Splits a line into fields.
 * @throws Error with Go's messages for misplaced quotes and for an empty line (`EOF`).
 */
export function csvFields(text: string): string[] {
  const line = text.replace(/\r?\n$/, '');
  if (line === '') throw new Error('EOF');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at);
      const field = line.slice(at, comma < 0 ? line.length : comma);
      const quote = field.indexOf('"');
      if (quote >= 0) throw csvError(line, at + quote, 'bare " in non-quoted-field');
      fields.push(field);
      if (comma < 0) return fields;
      at = comma + 1;
      continue;
    }
    let field = '';
    at++;
    for (;;) {
      const quote = line.indexOf('"', at);
      if (quote < 0) throw csvError(line, at, 'extraneous or missing " in quoted-field');
      field += line.slice(at, quote);
      at = quote + 1;
      if (line[at] !== '"') break;
      field += '"';
      at++;
    }
    fields.push(field);
    if (at === line.length) return fields;
    if (line[at] !== ',') throw csvError(line, at - 1, 'extraneous or missing " in quoted-field');
    at++;
  }
}

function csvError(line: string, at: number, reason: string): Error {
  const column = new TextEncoder().encode(line.slice(0, at)).length + 1;
  return new Error(`parse error on line 1, column ${column}: ${reason}`);
}
