/** What the graphs of files are made from. */
import type * as vscode from 'vscode';
import type { BuildProfile } from '../proto/messages/build-profile';
import type { OpResult } from '../proto/messages/language-server';
import type { BuildGraph } from '../proto/model/build-graph';
import type { BuilderService } from './builder-service';
import type { BuildersStatus } from './builders-status';
import type { Builds } from './builds';
import type { LayerFiles } from './layer-files';
import type { Predictions } from './predictions';

/** Somebody follows the graph of a file, until it is disposed of. */
export type Following = {
  /** Nobody looks for now: nothing is asked or heard, and the graph stays what it was. */
  readonly rest: () => void;
  /** Somebody looks again, and what was missed is caught up with; without a rest before it, nothing happens. */
  readonly goOn: () => void;
  readonly dispose: () => void;
};

/** Where the graphs of files come from. */
export type FileGraphs = {
  /** From now on `changed` is called whenever `of` gives another graph. */
  readonly watch: (uri: vscode.Uri, changed: () => void) => Following;
  readonly of: (uri: vscode.Uri) => { readonly graph: BuildGraph } | undefined;
  /** All of the op of a node of that graph. @param node its neutral digest */
  readonly op: (uri: vscode.Uri, node: string) => Promise<OpResult>;
};

export type GraphServices = {
  readonly extensionUri: vscode.Uri;
  readonly graphs: FileGraphs;
  readonly builds: Builds;
  readonly builders: BuildersStatus;
  readonly layers: LayerFiles;
  readonly service: BuilderService;
  readonly predictions: Predictions;
  /** What is chosen to be built of a file: target, arguments, context. */
  readonly profileOf: (uri: vscode.Uri) => BuildProfile;
  readonly log: vscode.LogOutputChannel;
};
