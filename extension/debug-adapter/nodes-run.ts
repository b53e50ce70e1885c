/** A Run on several nodes of a builder: builds on all of them that are told as one, with no stops. */
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import type { NodeShare } from '../../proto/client/builders/resolve-builder';
import { explain } from '../engine/failure/explain';
import { GatheredNodes } from '../engine/job/gathered-nodes';
import type { BuildEnd } from '../engine/job/job-parts';
import type { RunEnd } from '../engine/job/run-build';
import { runOnNodes } from '../engine/job/run-on-nodes';
import type { LogPiece } from '../engine/progress/log-store';
import type { ResolvedProfile } from '../engine/profile/profile';
import { RequestError } from './connection';
import { gate } from './gate';
import type { Narrator } from './narrator';

export type NodesRunParts = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** An editor's text of a file that is not saved. */
  readonly unsaved: {
    get(path: string): { readonly text: string; readonly version: number } | undefined;
  };
  readonly narrator: Narrator;
  /** Prints whole lines of the log. */
  readonly print: (lines: string) => void;
  readonly attributes: LaunchAttributes;
  readonly profile: ResolvedProfile;
  /** At least two. */
  readonly shares: readonly NodeShare[];
  /** Ends the builds on all nodes. */
  readonly signal: AbortSignal;
};

export class NodesRun {
  private readonly nodes: GatheredNodes;
  /** Every node has its definition. */
  private readonly defined = gate();
  /** The client knows that. */
  private readonly begun = gate();
  private running: Promise<BuildEnd> | undefined;

  constructor(private readonly parts: NodesRunParts) {
    const { narrator, unsaved, print } = parts;
    this.nodes = new GatheredNodes({
      graph: (graph, { id, input }) =>
        narrator.graph(id, graph, input, unsaved.get(input.path)?.version),
      patch: (patch, id) => narrator.patch(patch, id),
      output: print,
    });
  }

  /**
   * Resolves when every node has its definition; {@link run} then builds.
   * @throws RequestError when one of them has none, and has said why
   */
  async prepare(): Promise<void> {
    const over = this.build();
    this.running = over;
    const end = await Promise.race([this.defined.passed, over]);
    if (end === undefined) return;
    const { buildId, outcome, message } = end;
    const reason = message === undefined ? {} : { message };
    if (buildId !== '') this.parts.narrator.end({ buildId, outcome, ...reason });
    throw new RequestError(message ?? 'The session was ended.');
  }

  /** Builds what was prepared, and says why where it fails. Never rejects. */
  run(): Promise<BuildEnd> | undefined {
    this.begun.open();
    return this.running;
  }

  /** Resolves when the builds on all nodes are over, after the signal has said so. */
  async ended(): Promise<void> {
    await this.running;
  }

  log(digest: string, from: number): LogPiece {
    return this.nodes.log(digest, from);
  }

  private async build(): Promise<BuildEnd> {
    const end = await this.outcome();
    this.nodes.end();
    return { exported: new Map(), ...end, buildId: this.nodes.id ?? '' };
  }

  private async outcome(): Promise<Pick<BuildEnd, 'outcome' | 'message'>> {
    const { attributes, profile, shares, env, cwd, unsaved, narrator, signal } = this.parts;
    let waiting = shares.length;
    const mayRun = (): Promise<void> => {
      waiting -= 1;
      if (waiting === 0) this.defined.open();
      return this.begun.passed;
    };
    const text = unsaved.get(profile.source.file)?.text;
    try {
      const end: RunEnd = await runOnNodes(
        {
          profile: attributes,
          cwd,
          env,
          signal,
          mayRun,
          events: this.nodes.events,
          ...(text === undefined ? {} : { unsaved: text }),
        },
        profile,
        shares,
      );
      if (end.message !== undefined && !signal.aborted) {
        const at = end.place && { path: end.place.file, line: end.place.line };
        narrator.print(`${end.message}\n`, 'stderr', at);
      }
      return end;
    } catch (error) {
      if (signal.aborted) return { outcome: 'cancelled' };
      const message = explain(error);
      narrator.print(`${message}\n`, 'stderr');
      return { outcome: 'failed', message };
    }
  }
}
