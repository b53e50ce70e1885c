/**
 * The Dockerfile language: text → syntax tree → typed instructions → LLB definition, and lint.
 *
 * Pure functions over plain data. What they need from outside, image metadata, comes through
 * {@link ImageResolver}.
 */
export { parse, reparse } from './parser/parse';
export { tokensIn, tokensOf, type Token, type TokenKind } from './parser/tokens';
export { detectSyntax } from './parser/directives';
export { compile, lint, lintAndCompile, type Analysis, type LintResult } from './compile/compile';
export { outline, targets } from './compile/subrequests';
export { CompileMemo } from './compile/memo';
export { typeInstructions, type TypedDockerfile } from './instructions/dockerfile';
export { parseInstruction } from './instructions/parse';
export { allRules, rules, type LintRule } from './lint/rules';
export { applyEdits, fixesFor, type AppliedFix } from './lint/fixes/fixes';
export type { TextEdit } from './lint/fixes/fix';
export { offlineResolver, type KnownImages } from './resolvers/offline-resolver';
export { tableResolver, type ImageTable } from './resolvers/table-resolver';
export { neutralSession } from './compile/options';
export {
  flagSpec,
  instructionNames,
  instructionSpec,
  referenceUrl,
  signatureOf,
  type InstructionName,
} from './grammar/instructions';
export { mountOption, mountOptions, mountSpecs, mountTypeOption } from './grammar/mounts';
export { directiveSpecs, type DirectiveSpec } from './grammar/directives';
export { predefinedVariables, type VariableSpec } from './grammar/variables';
export type * from './grammar/specification';
export { parseNormalized, formatReference, familiarReference } from './names/image-reference';
export { formatPlatformAll, normalizePlatform, parsePlatform } from './names/platform';
export { environmentOf } from './words/environment';
export { expandWord } from './words/lexer';
export { lineList, touches } from './text/span';
export type * from './parser/syntax-tree';
export type * from './instructions/command';
export type * from './compile/options';
export type * from './compile/image-resolver';
export type * from './compile/result';
export type { LintWarning } from './lint/warning';
export type { Lines, Span } from './text/span';
export {
  batchSession,
  definitionJson,
  errorOf,
  requestsOf,
  runBatchCase,
  warningOf,
  type BatchCase,
  type BatchOptions,
  type BatchResult,
} from './report';
