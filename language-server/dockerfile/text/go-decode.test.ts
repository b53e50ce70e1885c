/** Go's own texts, from its decoder. */
import { describe, expect, test } from 'vitest';
import { checkDecodes, type GoType } from './go-decode';

const text: GoType = { kind: 'string', name: 'string' };
const inner: GoType = {
  kind: 'struct',
  name: 'p.Inner',
  fields: {
    Name: { type: text },
    Count: { type: { kind: 'integer', name: 'int' } },
    At: { type: { kind: 'time', name: 'time.Time' } },
    List: { type: { kind: 'list', name: '[]string', of: text }, within: 'Base.' },
    Map: { type: { kind: 'map', name: 'map[string]string', of: text } },
  },
};
const outer: GoType = { kind: 'struct', name: 'p.Outer', fields: { in: { type: inner } } };
const refusal = (value: unknown): string => {
  try {
    checkDecodes(value, outer);
  } catch (error) {
    return String(error);
  }
  return '';
};

describe('Go decodes', () => {
  test.each<[unknown]>([
    [null],
    [{}],
    [{ other: 1 }],
    [{ IN: { NAME: 'x', count: 3, list: [null, 'a'], map: { a: null }, at: null } }],
    [{ in: { at: '2024-02-29T23:59:59.123+01:00' } }],
    [{ in: { at: '2024-01-01T1:00:00,5+24:00' } }],
  ])('%j', (value) => {
    expect(refusal(value)).toBe('');
  });
});

describe('Go refuses', () => {
  const kind = 'Error: json: cannot unmarshal';
  test.each<[unknown, string]>([
    [1, `${kind} number into Go value of type p.Outer`],
    [{ in: [] }, `${kind} array into Go struct field Outer.in of type p.Inner`],
    [{ in: { Name: true } }, `${kind} bool into Go struct field Inner.in.Name of type string`],
    [
      { in: { List: ['', {}] } },
      `${kind} object into Go struct field Inner.in.Base.List of type string`,
    ],
    [{ in: { Count: 1.5 } }, `${kind} number 1.5 into Go struct field Inner.in.Count of type int`],
    [
      { in: { Map: { a: 1 }, Name: 1 } },
      `${kind} number into Go struct field Inner.in.Map of type string`,
    ],
    [{ in: { Name: 1, At: 2 } }, 'Error: Time.UnmarshalJSON: input is not a JSON string'],
  ])('%j', (value, message) => {
    expect(refusal(value)).toBe(message);
  });

  const asLayout = 'as "2006-01-02T15:04:05Z07:00": cannot parse';
  test.each([
    ['x', `${asLayout} "x" as "2006"`],
    ['2024/01/01', `${asLayout} "/01/01" as "-"`],
    ['2024-13-01T00:00:00Z', ': month out of range'],
    ['2023-02-29T00:00:00Z', ': day out of range'],
    ['2024-01-01T24:00:00Z', ': hour out of range'],
    ['2024-01-01T00:00:00', `${asLayout} "" as "Z07:00"`],
    ['2024-01-01T00:00:00Zx', ': extra text: "x"'],
    ['2024-1-01T00:00:00Z', `${asLayout} "1-01T00:00:00Z" as "01"`],
    ['2024-01-01T00:00:00+25:00', ': time zone offset hour out of range'],
  ])('the time %s', (time, why) => {
    const separator = why.startsWith(':') ? '' : ' ';
    expect(refusal({ in: { At: time } })).toBe(`Error: parsing time "${time}"${separator}${why}`);
  });
});
