/** What Go's own decoder answered to these texts. */
import { describe, expect, test } from 'vitest';
import { checkJsonSyntax } from './go-json-syntax';

const answers: readonly (readonly [text: string, message: string | undefined])[] = [
  [' {"a":[1,-0.5e+3,true,false,null,"\\u00e9\\n\\"é"],"b":{}} ', undefined],
  ['0', undefined],
  ['', 'unexpected end of JSON input'],
  ['{"a": [', 'unexpected end of JSON input'],
  ['x', "invalid character 'x' looking for beginning of value"],
  ["'x'", "invalid character '\\'' looking for beginning of value"],
  ['é', "invalid character 'Ã' looking for beginning of value"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a"}', "invalid character '}' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ['[1 2]', "invalid character '2' after array element"],
  ['01', "invalid character '1' after top-level value"],
  ['"\n"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['--1', "invalid character '-' in numeric literal"],
  ['1.', "invalid character ' ' after decimal point in numeric literal"],
  ['1e+]', "invalid character ']' in exponent of numeric literal"],
  ['nul}', "invalid character '}' in literal null (expecting 'l')"],
  ['tru', "invalid character ' ' in literal true (expecting 'e')"],
  ['['.repeat(10_001), 'exceeded max depth'],
];

describe('what is not JSON is refused in Go’s words', () => {
  test.each(answers)('%j', (text, message) => {
    let answer: string | undefined;
    try {
      checkJsonSyntax(new TextEncoder().encode(text));
    } catch (error) {
      answer = error instanceof Error ? error.message : String(error);
    }
    expect(answer).toBe(message);
  });
});
