/** What a token of a Dockerfile can be. */
export type TokenKind =
  | 'bom'
  /** White space within a line. */
  | 'blank'
  /** The end of a line, carriage returns included. */
  | 'newline'
  /** From `#` to the end of the line, also between the lines of an instruction. */
  | 'comment'
  | 'directive-mark'
  | 'directive-name'
  | 'directive-equals'
  | 'directive-value'
  /** The instruction's name, and the trigger's after ONBUILD. */
  | 'keyword'
  | 'flag-name'
  | 'flag-equals'
  | 'flag-value'
  /** A word of the arguments, or a line's part of a command in shell form. */
  | 'argument'
  /** `AS` of FROM, `CMD` and `NONE` of HEALTHCHECK. */
  | 'argument-keyword'
  | 'pair-key'
  | 'pair-equals'
  | 'pair-value'
  | 'json-punctuation'
  | 'json-string'
  /** The escape character that continues a line. */
  | 'continuation'
  /** `<<EOF` with its quotes and file descriptor. */
  | 'heredoc-mark'
  /** All lines of one body, their ends included. */
  | 'heredoc-body'
  | 'heredoc-end'
  /** What BuildKit does not read. */
  | 'other';
