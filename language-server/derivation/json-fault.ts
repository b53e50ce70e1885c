/** What is wrong with a text that is no JSON, in words. */
import { type ParseError, printParseErrorCode } from 'jsonc-parser';

/** `close brace expected`, from the parser's own name of the fault. */
export function jsonFault({ error }: Pick<ParseError, 'error'>): string {
  return printParseErrorCode(error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}
