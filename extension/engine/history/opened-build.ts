/**
 * One build of a builder's history or of a bundle, opened: its graph with status and times, its logs, its error
 * and its attestations. A build that still runs is followed until it ends.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { readLocalState, type LocalState } from '../../../proto/client/builders/buildx-store';
import {
  BuildkitError,
  errorOfStatus,
  type ErrorDetails,
} from '../../../proto/client/buildkit-error';
import type {
  BuildHistoryRecord,
  Descriptor,
  StatusResponse,
} from '../../../proto/generated/control';
import { Status } from '../../../proto/generated/status';
import {
  emptyGraph,
  type BuildGraph,
  type GraphNode,
  type GraphPatch,
  type GraphSource,
} from '../../../proto/model/build-graph';
import type { SourceRange } from '../../../proto/model/definition';
import { parseDigest } from '../../../proto/model/digest';
import { diffGraphs } from '../../../proto/model/graph-patch';
import type { Op } from '../../../proto/model/op';
import { LogStore, type LogPiece } from '../progress/log-store';
import { PlainProgress } from '../progress/plain-progress';
import { statusUpdate } from '../progress/status-update';
import { ForeignGraph } from './foreign-graph';
import { namedSteps } from './named-steps';
import { provenanceTypes, readProvenance, type Provenance } from './provenance';
import { historyRecord, type HistoryRecord } from './record';
import type { RecordSource } from './record-source';
import { recordTextUri } from './record-uri';

/** Milliseconds between two patches. */
const patchInterval = 100;
/** Characters of plain progress that are kept. */
const longestLog = 32 * 1024 * 1024;

export type Attestation = {
  /** The predicate's type, such as `https://slsa.dev/provenance/v0.2`. */
  readonly type: string;
  readonly digest: string;
  readonly size: number;
};

export type BuildError = {
  readonly message: string;
  /** Where the builder says that it is; `source` indexes the graph's sources. */
  readonly places: readonly { readonly source: number; readonly ranges: readonly SourceRange[] }[];
  readonly vertex?: string;
};

export type OpenedBuildEvents = {
  /** At most ten a second. */
  patch(patch: GraphPatch): void;
  /** Whole lines of plain progress. */
  output(text: string): void;
  /** The build is over, or its stream is; the record as it is then. */
  ended(): void;
};

type SourceText = {
  readonly filename: string;
  readonly language: string;
  readonly text: Uint8Array;
};

export class OpenedBuild {
  record: HistoryRecord;
  error: BuildError | undefined;
  attestations: readonly Attestation[] = [];
  /** The texts of the graph's sources, by the same index. */
  texts: readonly SourceText[] = [];
  graph: BuildGraph = emptyGraph;
  /** Resolves after the last event. */
  readonly ended: Promise<void>;

  private raw: BuildHistoryRecord;
  private readonly foreign = new ForeignGraph();
  private readonly logs = new LogStore();
  private readonly progress = new PlainProgress();
  private waiting: StatusResponse[] = [];
  private output = '';
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly source: RecordSource,
    private readonly options: OpenOptions,
    /** What this machine's buildx knows of the build. */
    private readonly local: LocalState | undefined,
  ) {
    this.raw = source.record;
    this.record = this.recordNow();
    this.foreign.began(this.record.started);
    this.ended = this.follow();
    this.ended.catch(() => undefined);
  }

  /** Opens a build; one that is over is complete when this resolves. @throws BuildkitError */
  static async open(source: RecordSource, options: OpenOptions): Promise<OpenedBuild> {
    const local = await readLocalState(options.env, source.record.ref);
    const build = new OpenedBuild(source, options, local);
    // A build that ran while its record was exported does not go on in the bundle.
    const isLive = build.record.state === 'running' && source.bundle === undefined;
    if (isLive) await build.know();
    else await build.ended;
    return build;
  }

  /** The whole log as plain progress; the beginning is cut where it is very long. */
  get plainLog(): string {
    return this.output;
  }

  /** Log text of a step from a byte offset on. */
  log(vertex: string, from: number): LogPiece {
    return this.logs.read(vertex, from);
  }

  /** A blob that the record names, such as an attestation. @throws BuildkitError */
  content(digest: string): Promise<Uint8Array> {
    return this.source.content(digest);
  }

  /** The op of a step, where the record keeps it. */
  op(vertex: string): Op | undefined {
    const digest = parseDigest(vertex);
    return digest === undefined ? undefined : this.foreign.op(digest);
  }

  private async follow(): Promise<void> {
    const { events, signal } = this.options;
    try {
      for await (const response of this.source.status(signal)) {
        this.push(response);
      }
      if (this.record.state === 'running') {
        this.raw = await this.source.completed(signal);
        this.record = this.recordNow();
      }
      this.drain();
      this.foreign.end(this.record.completed ?? Date.now());
      await this.know();
    } finally {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.flush();
      events.ended();
    }
  }

  private push(response: StatusResponse): void {
    for (const { vertex, msg } of response.logs) this.logs.append(vertex, msg);
    this.waiting.push(response);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, patchInterval);
  }

  /** Brings the graph up to date with what has come. */
  private drain(): void {
    const responses = this.waiting;
    this.waiting = [];
    for (const response of responses) this.foreign.apply(statusUpdate(response));
    const text = responses.map((response) => this.progress.lines(response)).join('');
    if (text === '') return;
    this.output = (this.output + text).slice(-longestLog);
    this.options.events.output(text);
  }

  private flush(): void {
    this.drain();
    const next = this.foreign.graph();
    const patch = diffGraphs(this.graph, next);
    this.graph = next;
    if (patch !== undefined) this.options.events.patch(patch);
  }

  /** Reads what the record carries besides the stream. */
  private async know(): Promise<void> {
    const { signal } = this.options;
    const read = (digest: string): Promise<Uint8Array> => this.source.content(digest, signal);
    const described = attestationsOf(this.raw);
    this.attestations = described.map(attestation);
    const [provenance, failure, local] = await Promise.all([
      provenanceOf(described, read),
      failureOf(this.raw, read),
      localText(this.record),
    ]);
    const errors = failure?.details.sources ?? [];
    this.texts = uniqueTexts([
      ...(provenance?.sources ?? []),
      ...errors.map(({ filename, language, data }) => ({ filename, language, text: data })),
      ...(provenance === undefined && local !== undefined ? [local] : []),
    ]);
    this.error =
      failure === undefined ? undefined : buildError(failure.message, failure.details, this.texts);
    const [main] = this.texts;
    const byName =
      provenance === undefined && main !== undefined ? await this.stepsByName(main) : undefined;
    this.foreign.know({
      ...(provenance === undefined ? {} : { provenance }),
      ...(byName === undefined ? {} : { byName }),
      sources: await graphSources(this.record, this.texts, this.source.bundle),
      notes: [],
    });
    this.flush();
  }

  /**
   * Paths count where this machine's own buildx knows the build. A bundle may come from anywhere:
   * what it says of its machine's folders gives the build its name, and no file here is touched.
   */
  private recordNow(): HistoryRecord {
    const { local, raw, source } = this;
    if (local !== undefined || source.local === undefined) return historyRecord(raw, local);
    return { ...historyRecord(raw), name: historyRecord(raw, source.local).name };
  }

  private stepsByName({ filename, text }: SourceText): Promise<ReadonlyMap<string, GraphNode>> {
    return namedSteps(new TextDecoder().decode(text), filename, this.record.attributes);
  }
}

type OpenOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly events: OpenedBuildEvents;
  readonly signal: AbortSignal;
};

function attestationsOf({ result, results }: BuildHistoryRecord): Descriptor[] {
  const all = [result, ...results.values()].flatMap((one) => one?.attestations ?? []);
  return [...new Map(all.map((one) => [one.digest, one])).values()];
}

const predicateOf = ({ annotations, mediaType }: Descriptor): string =>
  annotations.get('in-toto.io/predicate-type') ?? mediaType;

function attestation(descriptor: Descriptor): Attestation {
  const { digest, size } = descriptor;
  return { type: predicateOf(descriptor), digest, size: Number(size) };
}

type Read = (digest: string) => Promise<Uint8Array>;

/** All platforms' provenance as one: their steps have digests of their own. */
async function provenanceOf(
  described: readonly Descriptor[],
  read: Read,
): Promise<Provenance | undefined> {
  const wanted = described.filter((one) => provenanceTypes.has(predicateOf(one)));
  const found = await Promise.all(
    wanted.map(async ({ digest }) => {
      const bytes = await unlessGone(read(digest));
      return bytes === undefined ? undefined : readProvenance(bytes);
    }),
  );
  const [first, ...rest] = found.filter((one) => one !== undefined);
  if (first === undefined) return undefined;
  return {
    sources: first.sources,
    steps: new Map([first, ...rest].flatMap(({ steps }) => [...steps])),
  };
}

async function failureOf(
  { error, externalError }: BuildHistoryRecord,
  read: Read,
): Promise<BuildkitError | undefined> {
  if (error === undefined) return undefined;
  // The record's own error is short; its details are a blob of their own since 0.15.
  const bytes =
    externalError === undefined ? undefined : await unlessGone(read(externalError.digest));
  return errorOfStatus(bytes === undefined ? error : Status.decode(bytes));
}

/** The builder's clean-up may take a blob at any time. */
async function unlessGone(reading: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof BuildkitError) return undefined;
    throw error;
  }
}

function buildError(
  message: string,
  details: ErrorDetails,
  texts: readonly SourceText[],
): BuildError {
  return {
    message,
    places: details.sources.flatMap(({ filename, data, ranges }) => {
      const source = texts.findIndex((one) => sameText(one, { filename, text: data }));
      return source < 0 ? [] : [{ source, ranges }];
    }),
    ...(details.vertex === undefined ? {} : { vertex: details.vertex }),
  };
}

function uniqueTexts(texts: readonly SourceText[]): SourceText[] {
  return texts.filter((text, index) => texts.findIndex((one) => sameText(one, text)) === index);
}

function sameText(
  one: Pick<SourceText, 'filename' | 'text'>,
  other: Pick<SourceText, 'filename' | 'text'>,
): boolean {
  return one.filename === other.filename && Buffer.compare(one.text, other.text) === 0;
}

/** The Dockerfile as it is now: the best there is while the builder has not kept it. */
async function localText({ dockerfile }: HistoryRecord): Promise<SourceText | undefined> {
  const text = dockerfile === undefined ? undefined : await fileBytes(dockerfile);
  if (dockerfile === undefined || text === undefined) return undefined;
  return {
    filename: dockerfile.slice(dockerfile.lastIndexOf('/') + 1),
    language: 'Dockerfile',
    text,
  };
}

async function fileBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch {
    // Moved, or never on this machine.
    return undefined;
  }
}

/** A text that is still what the file holds leads to the file; another to the record's own copy. */
async function graphSources(
  { ref, dockerfile }: HistoryRecord,
  texts: readonly SourceText[],
  bundle: string | undefined,
): Promise<GraphSource[]> {
  const now = dockerfile === undefined ? undefined : await fileBytes(dockerfile);
  return texts.map(({ filename, language, text }, index) => ({
    filename,
    language,
    uri:
      dockerfile !== undefined && now !== undefined && Buffer.compare(now, text) === 0
        ? pathToFileURL(dockerfile).href
        : recordTextUri({ ref, index, ...(bundle !== undefined && { bundle }) }, filename),
  }));
}
