/** The simple commands of a shell line: enough to see which programs run with which words. */

export type SimpleCommand = {
  readonly program: string;
  /** Without the program; quotes taken off. */
  readonly words: readonly string[];
  /** What joins it to the command before: `|`, `&&`, `;` … */
  readonly joint: string;
  /** Where the program stands in the text. */
  readonly start: number;
  readonly end: number;
};

const pattern = /(&&|\|\||[;|&\n()])|((?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s;|&()"'\\])+)/g;
const prefixes = new Set(['sudo', 'env', 'time', 'exec', 'then', 'do', 'else', 'if', 'while', '!']);

export function simpleCommands(text: string): SimpleCommand[] {
  const commands: SimpleCommand[] = [];
  let joint = '';
  let words: { text: string; start: number; end: number }[] = [];
  const finish = (): void => {
    while (words[0] !== undefined && /^[A-Za-z_]\w*=/.test(words[0].text)) words.shift();
    const kept = words.filter(
      ({ text: word }, index) => index > 0 || !prefixes.has(word) || word === 'sudo',
    );
    const [program, ...rest] = kept;
    if (program !== undefined) {
      commands.push({
        program: program.text.slice(program.text.lastIndexOf('/') + 1),
        words: rest.map((word) => word.text),
        joint,
        start: program.start,
        end: program.end,
      });
    }
    words = [];
  };
  for (const match of text.matchAll(pattern)) {
    const [whole, operator] = match;
    if (operator === undefined) {
      words.push({
        text: whole.replace(/["']/g, ''),
        start: match.index,
        end: match.index + whole.length,
      });
    } else {
      finish();
      joint = operator;
    }
  }
  finish();
  return commands;
}
