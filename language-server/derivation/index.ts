/**
 * The derivation core: everything the language server, the CLI and the engine use of it.
 * Pure: no I/O, no editor. Nothing here throws for reasons of the text.
 */
export {
  byteStringOf,
  byteStringOfText,
  bytesOf,
  exactTextOf,
  textOf,
  type ByteString,
} from './byte-string';
export {
  isDerivationFile,
  loadClosure,
  storePathOfFile,
  type Closure,
  type ClosureOptions,
  type ClosureRoot,
  type LoadedDerivation,
  derivationReferences,
} from './closure';
export { narFingerprint, parseNarInfo, printNarInfo, type NarInfo } from './cache/narinfo';
export {
  planSubstitution,
  type Packing,
  type Substitute,
  type Substitution,
} from './cache/substitution';
export { fromNix32, toNix32 } from './nix32';
export { compileClosure, StagedCompiler, type RuntimePath } from './compile/compile';
export type { ReportStep } from './compile/report-steps';
export { layersOf } from './image/layers';
export {
  ROLES,
  SOURCES_NAME,
  type CompiledClosure,
  type CompiledOutput,
  type CompileOptions,
} from './compile/compiled-closure';
export { isFixedOutput, outputKind, type Derivation } from './derivation';
export {
  DIAGNOSTIC_CODES,
  isRefused,
  type ClosureDiagnostic,
  type DerivationDiagnostic,
  type DiagnosticCode,
} from './diagnostic';
export { derivationDiagnostics, type DerivationFile } from './diagnostics';
export { unsupportedFeatures } from './compile/features';
export { parseDerivationJson, type JsonDerivation, type JsonDerivations } from './json-layouts';
export { Knowledge } from './knowledge';
export { linesOf, type Lines } from './lines';
export { closurePaths, type DerivationPaths } from './outputs';
export { optionsOf } from './options';
export { parseDerivation, type ParsedDerivation } from './parse';
export { printDerivation } from './print';
export { REPORT_FILE } from './runner/report-script';
export { SHELL_STARTUP } from './runner/runner';
export {
  BUSYBOX,
  EXIT_HASH_MISMATCH,
  EXIT_REJECTED,
  FULL_LOG,
  LOG_NAME,
  OWN_FAILURE,
  PLAN_FILE,
  PLAN_VARIABLE,
  RUNNER,
  SHELL_ENVIRONMENT,
  STATE_DIR,
  TOOLS_DIR,
} from './runner/tools';
export {
  HOST_FILES,
  SHELL_IMAGE,
  TOOLS_NAME,
  type ShellImage,
  type ToolsFolder,
} from './sandbox/skeleton';
export { TOOLS_DIGEST, TOOLS_TAG, TOOLS_VARIABLE } from './sandbox/tools-image';
export type { StoreReader } from './store-reader';
export {
  baseName,
  DEFAULT_STORE_DIR,
  derivationNameOf,
  derivationPath,
  parseStorePath,
  storeDirOf,
} from './store-path';
export { derivationSymbols, type DerivationSymbol, type SymbolKind } from './symbols';
export type { ByteRange, DerivationSyntax, FieldName } from './syntax';
export { builtOutputs, type BuiltOutput } from './built-outputs';
export { treeAt, type FileTree } from './file-tree';
export { narBytes, NarError, narHash, readNar } from './nar';
export { readableDerivation } from './reading/readable';
export { waysTo } from './reading/needs';
export { ReferenceScanner, scanReferences } from './references';
export { TarError, treeOfTar } from './tar';
