import { describe, expect, it } from 'vitest';
import { byteStringOf, byteStringOfText, bytesOf } from './byte-string';
import { parseDerivation } from './parse';
import { printDerivation } from './print';

const TAIL = ',[],[],"x86_64-linux","/bin/sh",[],[])';
const OUTPUTS = '[("out","/nix/store/7lxa0zghqzy0pvyr43ki0sz3z9n8aicq-x","","")]';
const PLAIN = `Derive(${OUTPUTS}${TAIL}`;
const EVERYTHING =
  `Derive(${OUTPUTS},[("/nix/store/a.drv",["dev","out"])],["/nix/store/s"],"x86_64-linux","/bin/sh",` +
  '["-c","a\\nb\\t\\"c\\" \\\\d\\r"],[("name","x"),("out","")])';

const parse = (text: string) => parseDerivation(bytesOf(byteStringOfText(text)));

describe('parseDerivation', () => {
  it.each([
    ['the least', PLAIN],
    ['all fields and escapes', EVERYTHING],
    ['control characters as they are', `Derive(${OUTPUTS},[],[],"s","b",["\u0001\u007f"],[])`],
    [
      'dynamic inputs',
      `DrvWithVersion("xp-dyn-drv",${OUTPUTS},[("/a.drv",["out"]),("/b.drv",(["out"],[("x",["out"]),("y",([],[]))]))],[],"s","b",[],[])`,
    ],
  ])('prints %s again byte for byte', (_, text) => {
    const { derivation, errors } = parse(text);
    expect(errors).toEqual([]);
    expect(derivation && byteStringOf(printDerivation(derivation))).toBe(text);
  });

  it('keeps bytes that are not UTF-8', () => {
    const bytes = bytesOf(PLAIN.replace('/bin/sh', '\xff\xfe'));
    const { derivation } = parseDerivation(bytes);
    expect(derivation?.builder).toBe('\xff\xfe');
    expect(derivation && printDerivation(derivation)).toEqual(bytes);
  });

  it('reads escapes', () => {
    expect(parse(EVERYTHING).derivation?.args).toEqual(['-c', 'a\nb\t"c" \\d\r']);
  });

  it('gives each field its place', () => {
    const { syntax } = parse(EVERYTHING);
    const at = ({ start, end }: { start: number; end: number }) => EVERYTHING.slice(start, end);
    expect(syntax.fields.system && at(syntax.fields.system)).toBe('"x86_64-linux"');
    expect(syntax.env.map(at)).toEqual(['("name","x")', '("out","")']);
    expect(syntax.inputDrvs.map((input) => at(input.path))).toEqual(['"/nix/store/a.drv"']);
    expect(syntax.args.map(at)).toEqual(['"-c"', '"a\\nb\\t\\"c\\" \\\\d\\r"']);
  });

  it.each([
    ['', 0, `expected 'Derive(' or 'DrvWithVersion(' but found the end of the file`],
    ['Derive[', 0, `expected 'Derive(' or 'DrvWithVersion(' but found 'D'`],
    ['Derive([("out"]', 14, `expected ',' but found ']'`],
    ['Derive([(out', 9, `expected an output name but found 'o'`],
    ['Derive([("out', 9, 'unterminated string'],
    ['Derive([("out\\', 9, 'unterminated string'],
    ['Derive([]', 9, `expected ',' but found the end of the file`],
    [`Derive(${OUTPUTS},["x"`, OUTPUTS.length + 9, `expected '(' but found '"'`],
    ['DrvWithVersion("2",', 15, `unknown derivation format version '2'`],
    [`Derive(${OUTPUTS},[],["x"y]`, OUTPUTS.length + 15, `expected ',' or ']' but found 'y'`],
    [`Derive(${OUTPUTS},[],["x",]`, OUTPUTS.length + 16, `expected a store path but found ']'`],
  ])('says where %j is wrong', (text, start, message) => {
    const { derivation, errors } = parse(text);
    expect(derivation).toBeUndefined();
    expect(errors).toMatchObject([{ kind: 'syntax', start, message }]);
  });

  it('reports an escape that Nix never writes, and reads on', () => {
    const text = PLAIN.replace('/bin/sh', '/bin\\/sh');
    const { derivation, errors } = parse(text);
    expect(derivation?.builder).toBe('/bin/sh');
    const start = text.indexOf('\\');
    expect(errors).toMatchObject([{ kind: 'escape', start, end: start + 2 }]);
  });

  it.each([
    ['no comma between two parts', EVERYTHING.replace('),("out"', ')("out"'), `no ',' before this`],
    [
      'a comma before the first',
      EVERYTHING.replace('"],[("name', '"],[,("name'),
      `a ',' before the first`,
    ],
    ['an end of line after all', `${EVERYTHING}\n`, 'text after the derivation'],
  ])('reports %s, which Nix never writes, and reads on', (_, text, message) => {
    const { derivation, errors } = parse(text);
    expect(derivation).toEqual(parse(EVERYTHING).derivation);
    const said = expect.stringContaining(message) as unknown;
    expect(errors).toMatchObject([{ kind: 'unusual', message: said }]);
  });

  it('keeps what stands before a fault', () => {
    const { syntax } = parse(EVERYTHING.slice(0, -20));
    expect(syntax.system?.value).toBe('x86_64-linux');
    expect(syntax.env).toEqual([]);
  });

  it('never throws, wherever a file is cut or changed', () => {
    for (let at = 0; at <= EVERYTHING.length; at++) {
      expect(parse(EVERYTHING.slice(0, at)).errors).toHaveLength(at === EVERYTHING.length ? 0 : 1);
      for (const letter of '"\\()[],x') {
        parse(EVERYTHING.slice(0, at) + letter + EVERYTHING.slice(at + 1));
      }
    }
  });
});
