/** What Go says of a time in JSON that is not of RFC 3339, or of what it takes for that. */
import { quote } from './go';

const layout = '2006-01-02T15:04:05Z07:00';

type Part = {
  /** The part of the layout, as errors name it. */
  readonly name: string;
  readonly digits: RegExp;
  /** What a number out of range is called, and the range. */
  readonly range?: { readonly of: string; readonly low: number; readonly high: number };
};

/** Literals are strings. A day is held against its month at the end. */
const parts: readonly (Part | string)[] = [
  { name: '2006', digits: /^\d{4}/ },
  '-',
  { name: '01', digits: /^\d\d/, range: { of: 'month', low: 1, high: 12 } },
  '-',
  { name: '02', digits: /^\d\d/ },
  'T',
  { name: '15', digits: /^\d\d?/, range: { of: 'hour', low: 0, high: 23 } },
  ':',
  { name: '04', digits: /^\d\d/, range: { of: 'minute', low: 0, high: 59 } },
  ':',
  { name: '05', digits: /^\d\d/, range: { of: 'second', low: 0, high: 59 } },
];

/** @throws Error with Go's message */
export function checkTime(text: string): void {
  const failed = (name: string, rest: string, why?: string): Error =>
    new Error(
      `parsing time ${quote(text)}` +
        (why ?? ` as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(name)}`),
    );
  let rest = text;
  const numbers: number[] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      if (!rest.startsWith(part)) throw failed(part, rest);
      rest = rest.slice(part.length);
      continue;
    }
    const { name, digits, range } = part;
    const [found] = digits.exec(rest) ?? [];
    if (found === undefined) throw failed(name, rest);
    const value = Number(found);
    if (range !== undefined && (value < range.low || value > range.high)) {
      throw failed(name, rest, `: ${range.of} out of range`);
    }
    numbers.push(value);
    rest = rest.slice(found.length);
  }
  rest = rest.replace(/^[.,]\d+/, '');
  rest = afterZone(rest, failed);
  if (rest !== '') throw failed('', rest, `: extra text: ${quote(rest)}`);
  const [year = 0, month = 1, day = 1] = numbers;
  if (day < 1 || day > daysIn(year, month)) throw failed('', '', ': day out of range');
}

type Failed = (name: string, rest: string, why?: string) => Error;

function afterZone(zone: string, failed: Failed): string {
  if (zone.startsWith('Z')) return zone.slice(1);
  const [found, hours = '', minutes = ''] = /^[+-](\d\d):(\d\d)/.exec(zone) ?? [];
  if (found === undefined) throw failed('Z07:00', zone);
  if (Number(hours) > 24) throw failed('', '', ': time zone offset hour out of range');
  if (Number(minutes) > 60) throw failed('', '', ': time zone offset minute out of range');
  return zone.slice(found.length);
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return leap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
