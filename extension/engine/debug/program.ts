/**
 * A build as a debugger walks it: tracks of statements that run side by side.
 *
 * A track is a section of the text (a stage), once for each platform that it is built for. Its
 * statements come from the input's outline, so those without an op are there too; the ops of the
 * definition are joined to them by line. What a definition holds besides becomes a track of its own.
 */
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { BuildInput, BuildResult, Outline, Section } from '../input/build-input';
import { type Step, stepsOf } from './steps';

/** Where a statement's text is: a file here, or a text that only the definition holds. */
export type TextSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly name: string; readonly data: Uint8Array };

export type TrackStatement = {
  readonly track: Track;
  /** Position in the track. */
  readonly index: number;
  readonly firstLine: number;
  readonly lastLine: number;
  /** BuildKit's name of the vertex, else the text. */
  readonly name: string;
  /** On one line. */
  readonly text: string;
  readonly source: TextSource | undefined;
  /** Undefined for a statement that makes no op. */
  readonly step: Step | undefined;
  /** Statements of other tracks whose results this one uses. */
  readonly needs: readonly TrackStatement[];
};

export type Track = {
  /** The same for the same section and platform in every program of a session. */
  readonly key: string;
  readonly name: string;
  /** The section's own name, without a platform. */
  readonly section: string;
  /** `linux/arm64` in a multi-platform build, else empty. */
  readonly platform: string;
  /** Each statement goes on from the one before it; else they only come in an order. */
  readonly isChain: boolean;
  readonly statements: readonly TrackStatement[];
};

export type Program = {
  readonly tracks: readonly Track[];
  /** Statements of the text that this build does not run, with the name of their section. */
  readonly idle: readonly { readonly line: number; readonly lastLine: number; section: string }[];
  readonly path: string | undefined;
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type DraftTrack = Omit<Writable<Track>, 'statements'> & { statements: DraftStatement[] };
type DraftStatement = Omit<Writable<TrackStatement>, 'track' | 'needs'> & {
  track: DraftTrack;
  needs: DraftStatement[];
};

/** @param results one definition for each platform */
export function programOf(
  results: readonly Pick<BuildResult, 'id' | 'definition'>[],
  input: Pick<BuildInput, 'outline' | 'pathOfSource'>,
): Program {
  const outline = input.outline();
  const tracks: DraftTrack[] = [];
  for (const result of results) {
    const own = tracksOf(result, outline, input);
    const kept = own.map((track) => tracks.find((one) => isSame(one, track)) ?? track);
    link(result.definition, kept, outline, result.id);
    for (const track of kept) if (!tracks.includes(track)) tracks.push(track);
  }
  const needed = outline?.sections ?? [];
  return {
    tracks,
    path: outline?.path,
    idle: needed
      .filter((section) => !tracks.some((track) => track.section === section.name))
      .flatMap(({ name, statements }) =>
        statements.map(({ firstLine, lastLine }) => ({ line: firstLine, lastLine, section: name })),
      ),
  };
}

/** A statement and all that rests on it: what follows it in its track, and what uses these. */
export function restingOn(
  { tracks }: Program,
  statement: TrackStatement,
): ReadonlySet<TrackStatement> {
  const statements = tracks.flatMap((track) => track.statements);
  const resting = new Set([statement]);
  for (let before = 0; before < resting.size;) {
    before = resting.size;
    for (const one of statements) {
      const follows = [...resting].some(
        ({ track, index }) => track === one.track && index < one.index,
      );
      if (follows || one.needs.some((need) => resting.has(need))) resting.add(one);
    }
  }
  return resting;
}

function tracksOf(
  { id, definition }: Pick<BuildResult, 'id' | 'definition'>,
  outline: Outline | undefined,
  input: Pick<BuildInput, 'pathOfSource'>,
): DraftTrack[] {
  const left = new Set(stepsOf(definition));
  const tracks = (outline?.sections ?? []).flatMap((section) => {
    const track = sectionTrack(section, id, outline?.path ?? '');
    let used = section.needed;
    for (const statement of track.statements) {
      const steps = [...left].filter(
        (step) =>
          isIn(definition, step, outline?.path, input) &&
          statement.firstLine <= step.firstLine &&
          step.firstLine <= statement.lastLine,
      );
      for (const step of steps) left.delete(step);
      statement.step = mergedStep(steps);
      statement.name = statement.step?.name ?? statement.text;
      used ||= steps.length > 0;
    }
    return used ? [track] : [];
  });
  if (left.size > 0) tracks.push(restTrack([...left], id, definition, input));
  return tracks;
}

function sectionTrack({ id, name, statements }: Section, platform: string, path: string) {
  const track: DraftTrack = {
    key: `${id}|${platform}`,
    name: platform === '' ? name : `${name} (${platform})`,
    section: name,
    platform,
    isChain: true,
    statements: [],
  };
  const source: TextSource = { kind: 'file', path };
  track.statements = statements.map(({ firstLine, lastLine, text }, index) => ({
    track,
    index,
    firstLine,
    lastLine,
    name: text,
    text,
    source,
    step: undefined,
    needs: [],
  }));
  return track;
}

/** The steps that no outline speaks of, in the order they can run in. */
function restTrack(
  steps: readonly Step[],
  platform: string,
  definition: Definition,
  input: Pick<BuildInput, 'pathOfSource'>,
): DraftTrack {
  const name = platform === '' ? 'Build' : platform;
  const track: DraftTrack = {
    key: `|${platform}`,
    name,
    section: name,
    platform,
    isChain: false,
    statements: [],
  };
  track.statements = steps.map((step, index) => ({
    track,
    index,
    firstLine: step.firstLine,
    lastLine: step.lastLine,
    name: step.name,
    text: step.name.replace(/\s+/g, ' '),
    source: textSource(definition, step, input),
    step,
    needs: [],
  }));
  return track;
}

function textSource(
  definition: Definition,
  step: Step,
  input: Pick<BuildInput, 'pathOfSource'>,
): TextSource | undefined {
  const info = definition.sources[step.source];
  if (info === undefined) return undefined;
  const path = input.pathOfSource(info.filename);
  if (path !== undefined) return { kind: 'file', path };
  return info.data.length === 0
    ? undefined
    : { kind: 'text', name: info.filename, data: info.data };
}

function isIn(
  definition: Definition,
  step: Step,
  path: string | undefined,
  input: Pick<BuildInput, 'pathOfSource'>,
): boolean {
  const filename = definition.sources[step.source]?.filename;
  return filename !== undefined && path !== undefined && input.pathOfSource(filename) === path;
}

function mergedStep(steps: readonly Step[]): Step | undefined {
  const last = steps.at(-1);
  return last === undefined || steps.length === 1
    ? last
    : { ...last, ops: steps.flatMap(({ ops }) => ops) };
}

/** A stage that two platforms share (one that runs on the build platform) is one track. */
function isSame(a: DraftTrack, b: DraftTrack): boolean {
  return (
    a.section === b.section &&
    a.statements.length === b.statements.length &&
    a.statements.some(({ step }) => step !== undefined) &&
    a.statements.every(({ step }, index) => step?.digest === b.statements[index]?.step?.digest)
  );
}

/** Finds what each statement uses of other tracks, through ops that belong to none. */
function link(
  definition: Definition,
  tracks: readonly DraftTrack[],
  outline: Outline | undefined,
  platform: string,
): void {
  const owner = new Map<Digest, DraftStatement>();
  for (const statement of tracks.flatMap(({ statements }) => statements)) {
    for (const { digest } of statement.step?.ops ?? []) owner.set(digest, statement);
  }
  const nearest = new Map<Digest, ReadonlySet<DraftStatement>>();
  const add = (statement: DraftStatement | undefined, need: DraftStatement | undefined) => {
    if (statement === undefined || need === undefined || need.track === statement.track) return;
    if (!statement.needs.includes(need)) statement.needs.push(need);
  };
  for (const { digest, op } of definition.ops) {
    const below = new Set<DraftStatement>();
    for (const input of op.inputs) {
      const own = owner.get(input.digest);
      if (own !== undefined) below.add(own);
      else for (const one of nearest.get(input.digest) ?? []) below.add(one);
    }
    nearest.set(digest, below);
    for (const need of below) add(owner.get(digest), need);
  }
  for (const { name, base } of outline?.sections ?? []) {
    if (base === undefined) continue;
    const track = tracks.find(({ section }) => section === name);
    const below = tracks.find(
      (one) => one.section === base && (one.platform === platform || one.platform === ''),
    );
    // The statement that names the base is the first one that is not a global argument.
    add(track?.statements[0], below?.statements.at(-1));
  }
}
