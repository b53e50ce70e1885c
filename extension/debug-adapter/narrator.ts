/** What the adapter tells its client unasked: the graph, its patches, the end, printed lines. */
import { createHash } from 'node:crypto';
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  EndEvent,
  type BuildWarningBody,
  type EndEventBody,
  GraphEvent,
  type GraphEventBody,
  PatchEvent,
  type PatchEventBody,
  PositionEvent,
  type PositionEventBody,
  ShellEvent,
  type ShellEventBody,
} from '../../proto/messages/debug-adapter';
import type { BuildGraph, GraphPatch } from '../../proto/model/build-graph';
import type { BuildInput } from '../engine/input/build-input';
import type { DapConnection } from './connection';

export type Client = Pick<DapConnection, 'event' | 'request'>;

/** A place in a file, from 1, to make printed text a link. */
export type TextPlace = {
  readonly path: string;
  readonly line: number;
  readonly column?: number;
};

type Category = 'stdout' | 'stderr' | 'console';

export class Narrator {
  private seq = 0;

  constructor(private readonly client: Client) {}

  graph(buildId: string, graph: BuildGraph, input: BuildInput, version: number | undefined): void {
    this.seq = 0;
    const hash = createHash('sha256').update(input.text).digest('hex');
    const source = { path: input.path, hash, ...(version === undefined ? {} : { version }) };
    this.client.event(GraphEvent, {
      buildId,
      seq: this.seq,
      graph,
      source,
    } satisfies GraphEventBody);
  }

  patch(patch: GraphPatch, buildId: string): void {
    this.client.event(PatchEvent, { buildId, seq: ++this.seq, patch } satisfies PatchEventBody);
  }

  end(body: EndEventBody, warned: readonly BuildWarningBody[] = []): void {
    const warnings = warned.map(({ text, url, filename, lines }) => ({
      text,
      url,
      filename,
      lines,
    }));
    this.client.event(EndEvent, {
      ...body,
      ...(warnings.length === 0 ? {} : { warnings }),
    } satisfies EndEventBody);
  }

  /** After the end: the process is over, and so is the session. */
  terminated(exitCode: number): void {
    this.client.event('exited', { exitCode } satisfies DebugProtocol.ExitedEvent['body']);
    this.client.event('terminated');
  }

  print(output: string, category: Category, at?: TextPlace): void {
    this.client.event('output', {
      category,
      output,
      ...(at === undefined ? {} : placed(at)),
    } satisfies DebugProtocol.OutputEvent['body']);
  }

  position(body: PositionEventBody): void {
    this.client.event(PositionEvent, body);
  }

  shell(body: ShellEventBody): void {
    this.client.event(ShellEvent, body);
  }

  thread(threadId: number, reason: 'started' | 'exited'): void {
    this.client.event('thread', { reason, threadId } satisfies DebugProtocol.ThreadEvent['body']);
  }

  stopped(body: DebugProtocol.StoppedEvent['body']): void {
    this.client.event('stopped', body);
  }

  /** What the client has asked for of stops is out of date. */
  invalidated(): void {
    this.client.event('invalidated', {
      areas: ['all'],
    } satisfies DebugProtocol.InvalidatedEvent['body']);
  }

  breakpoints(changed: readonly DebugProtocol.Breakpoint[]): void {
    for (const breakpoint of changed) {
      this.client.event('breakpoint', { reason: 'changed', breakpoint });
    }
  }
}

function placed({ path, line, column }: TextPlace) {
  return { source: { path }, line, ...(column === undefined ? {} : { column }) };
}
