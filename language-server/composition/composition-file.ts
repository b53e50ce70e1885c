/**
 * A Bake or Compose file as a {@link BuildFile}: its targets as an outline, links to the Dockerfiles
 * that they name, the way to a stage's FROM, and what does not fit the Dockerfile.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  DiagnosticSeverity,
  DocumentHighlightKind,
  SymbolKind,
  type Diagnostic,
  type DocumentHighlight,
  type DocumentLink,
  type DocumentSymbol,
  type Location,
  type Position,
  type Range,
} from 'vscode-languageserver-types';
import type { ComposedBuild } from '../../proto/messages/language-server';
import type { BuildFile, Compiled, OfferedName } from '../build-file';
import { parse, predefinedVariables, touches, type SyntaxTree } from '../dockerfile';
import { stageTable, type StageNode, type StageTable } from '../dockerfile/occurrences/stages';
import { quote } from '../dockerfile/text/go';
import { withSuggestion } from '../dockerfile/text/suggest';
import type { ServerHost } from '../host';
import { rangeOfSpan } from '../places';
import { bakeHclTargets } from './hcl-targets';
import { isCompositionPath } from './patterns';
import { filesReadWith } from './read-together';
import { settledByBake, settledByCompose, type Settled } from './settled';
import type { CompositionTarget, Place, ReadTargets, Setting } from './targets';
import { bakeJsonTargets, composeTargets } from './yaml-targets';

/** By the file's name, of those that are {@link isCompositionPath}. */
const readers: readonly (readonly [RegExp, ReadTargets])[] = [
  [/\.hcl$/i, bakeHclTargets],
  [/\.json$/i, bakeJsonTargets],
  [/\.ya?ml$/i, composeTargets],
];

/** Undefined for a file of another kind. */
export function compositionReader(uri: string): ReadTargets | undefined {
  if (!isCompositionPath(uri)) return undefined;
  return readers.find(([ending]) => ending.test(uri))?.[1];
}

type Dockerfile = { readonly uri: string; readonly tree: SyntaxTree; readonly stages: StageTable };

/** A name in a Bake or Compose file that a Dockerfile defines. */
export type DockerfileName = {
  readonly kind: OfferedName['kind'];
  readonly text: string;
  /** The URI of the Dockerfile. */
  readonly dockerfile: string;
  /** In the Bake or Compose file. */
  readonly range: Range;
};

/** A target of the file, with what other blocks and files add to it. */
type Target = CompositionTarget & { readonly settled: Settled };

export class CompositionFile implements BuildFile {
  readonly #targets: readonly CompositionTarget[];
  readonly #dockerfiles = new Map<string, Promise<Dockerfile | undefined>>();

  constructor(
    readonly document: TextDocument,
    private readonly host: Pick<ServerHost, 'readText'>,
    read: ReadTargets,
  ) {
    this.#targets = read(document.getText());
  }

  async diagnostics(): Promise<readonly Diagnostic[]> {
    const targets = await this.#settled();
    const found = await Promise.all(targets.map((target) => this.#problemsOf(target)));
    // What several services have from one anchor stands in one place.
    const texts = new Set<string>();
    return found.flat().filter((problem) => {
      const text = JSON.stringify(problem);
      return !texts.has(text) && texts.add(text);
    });
  }

  symbols(): readonly DocumentSymbol[] {
    return this.#targets.map(({ name, stage, dockerfile }) => {
      const range = rangeOfSpan(this.document, name);
      const texts = [dockerfile, stage].map((setting) => placeOf(setting)?.text);
      const detail = texts.filter((text) => text !== undefined).join(' ');
      return { name: name.text, detail, kind: SymbolKind.Class, range, selectionRange: range };
    });
  }

  foldingRanges(): readonly [] {
    return [];
  }

  targets(): readonly [] {
    return [];
  }

  /** What is drawn is the Dockerfile that a target names. */
  compile(): Promise<Compiled> {
    return Promise.resolve({ graph: undefined, notes: [] });
  }

  async links(): Promise<DocumentLink[]> {
    return (await this.#settled()).flatMap((target) => {
      const place = placeOf(target.dockerfile ?? target.context);
      const uris = this.#uris(target);
      if (place === undefined || uris === undefined) return [];
      return [{ range: rangeOfSpan(this.document, place), target: uris.dockerfile }];
    });
  }

  /** Where a stage or an argument is defined in its Dockerfile. */
  async definition(position: Position): Promise<Location | undefined> {
    const offset = this.document.offsetAt(position);
    for (const target of await this.#settled()) {
      const { args } = target;
      const stage = placeOf(target.stage);
      const isStage = stage !== undefined && touches(stage, offset);
      const arg = args.find((each) => touches(each, offset));
      if (!isStage && arg === undefined) continue;
      const dockerfile = await this.#dockerfile(target);
      if (dockerfile === undefined) return undefined;
      const lines = isStage
        ? stageNamed(dockerfile, stage)?.from.lines
        : dockerfile.tree.instructions.find((each) => declares(each, arg?.text))?.lines;
      if (lines === undefined) return undefined;
      const start = { line: lines.first - 1, character: 0 };
      return { uri: dockerfile.uri, range: { start, end: start } };
    }
    return undefined;
  }

  async names(position: Position): Promise<readonly OfferedName[]> {
    const offset = this.document.offsetAt(position);
    for (const target of await this.#settled()) {
      const { args } = target;
      const stage = placeOf(target.stage);
      const place = [stage, ...args].find((each) => each !== undefined && touches(each, offset));
      if (place === undefined) continue;
      const dockerfile = await this.#dockerfile(target);
      if (dockerfile === undefined) return [];
      const range = rangeOfSpan(this.document, place);
      const texts = place === stage ? stageNames(dockerfile) : argumentNames(dockerfile);
      const kind = place === stage ? 'stage' : 'argument';
      return texts.map((text) => ({ text, kind, range }));
    }
    return [];
  }

  /** The stage or the argument of a Dockerfile that stands at a position. */
  async nameAt(position: Position): Promise<DockerfileName | undefined> {
    const offset = this.document.offsetAt(position);
    for (const target of await this.#settled()) {
      const { args } = target;
      const stage = placeOf(target.stage);
      const place = [stage, ...args].find((each) => each !== undefined && touches(each, offset));
      const dockerfile = this.#uris(target)?.dockerfile;
      if (place === undefined || dockerfile === undefined) continue;
      const kind = place === stage ? 'stage' : 'argument';
      return { kind, text: place.text, dockerfile, range: rangeOfSpan(this.document, place) };
    }
    return undefined;
  }

  /** The places of this file that name the same stage or argument of the same Dockerfile. */
  async highlights(position: Position): Promise<DocumentHighlight[]> {
    const name = await this.nameAt(position);
    if (name === undefined) return [];
    const { Read, Write } = DocumentHighlightKind;
    const kind = name.kind === 'stage' ? Read : Write;
    const places = await this.placesOf(name.dockerfile, name.kind, name.text);
    return places.map((range) => ({ range, kind }));
  }

  /** The places that name a stage or an argument of a Dockerfile. */
  async placesOf(dockerfile: string, kind: OfferedName['kind'], name: string): Promise<Range[]> {
    const places = (await this.#settled()).flatMap((target) => {
      if (this.#uris(target)?.dockerfile !== dockerfile) return [];
      const stage = placeOf(target.stage);
      return kind === 'stage'
        ? [stage].filter((place) => place?.text.toLowerCase() === name.toLowerCase())
        : target.args.filter(({ text }) => text === name);
    });
    // Several services may have one place from an anchor.
    const starts = new Map(places.flatMap((place) => (place ? [[place.start, place]] : [])));
    return [...starts.values()].map((place) => rangeOfSpan(this.document, place));
  }

  /** Those that are told whole: where anything is left to an expression, it is Bake's to build. */
  async builds(): Promise<ComposedBuild[]> {
    return (await this.#settled()).flatMap((target) => {
      const { name, settled, isSeveral } = target;
      const { stage, args, inheritsUnknown } = settled;
      const uris = this.#uris(target);
      if (uris === undefined || isSeveral || stage === 'unknown') return [];
      if (inheritsUnknown && stage === undefined) return [];
      return [
        {
          name: name.text,
          line: this.document.positionAt(name.start).line + 1,
          ...uris,
          ...(stage === undefined || stage.text === '' ? {} : { target: stage.text }),
          buildArgs: Object.fromEntries(args),
        },
      ];
    });
  }

  /** With what the files say that are read together with this one. */
  async #settled(): Promise<readonly Target[]> {
    const name = decodeURIComponent(
      this.document.uri.slice(this.document.uri.lastIndexOf('/') + 1),
    );
    const files = await Promise.all(
      filesReadWith(name).map(async (names) => {
        for (const one of names) {
          if (one === name) return this.#targets;
          const text = await this.host.readText(new URL(one, this.document.uri).href);
          if (text !== undefined) return compositionReader(one)?.(text) ?? [];
        }
        return [];
      }),
    );
    const settle = /\.ya?ml$/i.test(name) ? settledByCompose : settledByBake;
    return this.#targets.map((target) => ({
      ...target,
      settled: settle(target.name.text, files),
    }));
  }

  async #problemsOf(target: Target): Promise<Diagnostic[]> {
    const { args } = target;
    const stage = placeOf(target.stage);
    const dockerfile = await this.#dockerfile(target);
    if (dockerfile === undefined) return [];
    const problems: Diagnostic[] = [];
    if (stage !== undefined && stage.text !== '' && stageNamed(dockerfile, stage) === undefined) {
      const names = stageNames(dockerfile);
      const message = `target stage ${quote(stage.text)} could not be found`;
      const said = withSuggestion(message, stage.text, names);
      problems.push(this.#problem(stage, said, DiagnosticSeverity.Error));
    }
    for (const arg of args) {
      if (predefinedVariables.has(arg.text)) continue;
      if (dockerfile.tree.instructions.some((each) => declares(each, arg.text))) continue;
      const message = `The Dockerfile declares no ARG ${arg.text}: it has no effect.`;
      problems.push(this.#problem(arg, message, DiagnosticSeverity.Warning));
    }
    return problems;
  }

  #problem(place: Place, message: string, severity: DiagnosticSeverity): Diagnostic {
    return { range: rangeOfSpan(this.document, place), message, severity, source: 'LLB Lens' };
  }

  /** Undefined for a file that lies elsewhere: in a remote context, or where another target says. */
  #uris({
    settled,
  }: Target): { readonly dockerfile: string; readonly context: string } | undefined {
    const { context, dockerfile, isInline, inheritsUnknown } = settled;
    if (isInline || context === 'unknown' || dockerfile === 'unknown') return undefined;
    if (inheritsUnknown && (context === undefined || dockerfile === undefined)) return undefined;
    const folder = context?.text ?? '.';
    if (/^([a-z+-]{2,}:|git@|github\.com\/)/i.test(folder)) return undefined;
    const named = dockerfile?.text ?? 'Dockerfile';
    if (/^[a-z]+:\/\//i.test(named)) return undefined;
    const path = (text: string): string => text.split(/\/+/).map(encodeURIComponent).join('/');
    try {
      const base = new URL(`${path(folder.replace(/\/+$/, ''))}/`, this.document.uri);
      const file = new URL(path(named), base);
      return { dockerfile: file.href, context: base.href };
    } catch {
      return undefined; // A document that is in no folder.
    }
  }

  #dockerfile(target: Target): Promise<Dockerfile | undefined> {
    const uri = this.#uris(target)?.dockerfile;
    if (uri === undefined) return Promise.resolve(undefined);
    let found = this.#dockerfiles.get(uri);
    if (found === undefined) {
      found = this.host.readText(uri).then((text) => {
        if (text === undefined) return undefined;
        const tree = parse(text);
        return { uri, tree, stages: stageTable(tree) };
      });
      this.#dockerfiles.set(uri, found);
    }
    return found;
  }
}

function placeOf(setting: Setting | undefined): Place | undefined {
  return setting === 'unknown' ? undefined : setting;
}

function stageNamed({ stages: { stages } }: Dockerfile, { text }: Place): StageNode | undefined {
  const wanted = text.toLowerCase();
  const named = stages.findLast(({ alias }) => alias?.text.toLowerCase() === wanted);
  return named ?? (/^\d+$/.test(text) ? stages[Number(text)] : undefined);
}

function declares(
  { name, words }: SyntaxTree['instructions'][number],
  variable: string | undefined,
): boolean {
  return name === 'arg' && words.some(({ text }) => text.split('=')[0] === variable);
}

function stageNames({ stages }: Dockerfile): string[] {
  return stages.stages.flatMap(({ alias }) => alias?.text ?? []);
}

function argumentNames({ tree }: Dockerfile): string[] {
  const declared = tree.instructions
    .filter(({ name }) => name === 'arg')
    .flatMap(({ words }) => words.map(({ text }) => text.split('=')[0] ?? ''));
  return [...new Set(declared)].filter((name) => name !== '');
}
