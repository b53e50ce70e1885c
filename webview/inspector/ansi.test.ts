import { expect, test } from 'vitest';
import { AnsiReader } from './ansi';

/** The lines of a text, each as `text` or `[style]text` pieces. */
function lines(...chunks: string[]): string[] {
  const reader = new AnsiReader();
  const complete = chunks.flatMap((chunk) => reader.push(chunk));
  return [...complete, reader.tail()].map((line) =>
    line
      .map(({ text, style }) => {
        const names = Object.entries(style).map(([name, value]) =>
          value === true ? name : `${name}=${colorName(value)}`,
        );
        return names.length === 0 ? text : `[${names.join(' ')}]${text}`;
      })
      .join(''),
  );
}

function colorName(color: unknown): string {
  return JSON.stringify(color)
    .replace(/"kind":"\w+",?|[{}"]/g, '')
    .replace(/\w+:/g, '');
}

const ESC = '\u001b';

test.each<[string, string[], string[]]>([
  ['plain lines', ['one\ntwo\n'], ['one', 'two', '']],
  ['a line across chunks', ['on', 'e\ntw', 'o'], ['one', 'two']],
  ['a named colour and its end', [`${ESC}[31mred${ESC}[0m plain`], ['[foreground=1]red plain']],
  ['bright colours', [`${ESC}[92;103mx`], ['[foreground=10 background=11]x']],
  ['an empty parameter as reset', [`${ESC}[1mb${ESC}[mp`], ['[bold]bp']],
  ['the table of 256', [`${ESC}[38;5;208mx`], ['[foreground=255,135,0]x']],
  ['greys of the table', [`${ESC}[48;5;232mx`], ['[background=8,8,8]x']],
  ['true colour', [`${ESC}[38;2;1;2;3mx`], ['[foreground=1,2,3]x']],
  ['colours with colons', [`${ESC}[38:5:1mx`], ['[foreground=1]x']],
  ['styles that go on over lines', [`${ESC}[4ma\nb`], ['[underline]a', '[underline]b']],
  ['a sequence cut in two', [`a${ESC}[3`, '1mb'], ['a[foreground=1]b']],
  ['a lone escape at the end', ['a', ESC, '[31mb'], ['a[foreground=1]b']],
  ['progress that overwrites its line', ['10%\r50%\r100%\ndone'], ['100%', 'done']],
  ['line ends of Windows', ['a\r\nb'], ['a', 'b']],
  ['titles and links dropped', [`${ESC}]0;evil\u0007a${ESC}]8;;http://x${ESC}\\b`], ['ab']],
  ['cursor movement dropped', [`a${ESC}[2K${ESC}[1Ab`], ['ab']],
  ['other controls dropped', ['a\u0000\u0008\u0007b'], ['ab']],
  ['markup as text', ['<img src=x onerror=alert(1)>'], ['<img src=x onerror=alert(1)>']],
])('reads %s', (_, chunks, expected) => {
  expect(lines(...chunks)).toEqual(expected);
});

test('a string sequence that never ends does not swallow the log for ever', () => {
  const reader = new AnsiReader();
  reader.push(`${ESC}]0;${'x'.repeat(10_000)}`);
  expect(reader.push('\nshown\n').length).toBeGreaterThan(0);
});
