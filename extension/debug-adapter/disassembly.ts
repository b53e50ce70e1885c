/**
 * The ops of a definition as a list of instructions: what a build without a text is made of.
 *
 * An op's address is its position in definition order, since views want numbers that grow; its
 * digest is accepted wherever an address is.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DefinitionOp } from '../../proto/model/definition';
import { opText } from '../engine/input/op-text';
import type { LiveBuild } from './live-build';
import type { DebugSession } from './session';

function opsOf({ job }: LiveBuild): readonly DefinitionOp[] {
  const seen = new Set<string>();
  return job.definitions
    .flatMap(({ ops }) => ops)
    .filter(({ digest, op }) => {
      if (op.op.kind === 'terminal' || seen.has(digest)) return false;
      seen.add(digest);
      return true;
    });
}

function indexOf(ops: readonly DefinitionOp[], reference: string): number {
  const byDigest = ops.findIndex(({ digest }) => digest === reference);
  return byDigest >= 0 ? byDigest : Number(reference);
}

const addressOf = (index: number) => `0x${index.toString(16).padStart(4, '0')}`;

/** @param reference a digest or an address */
export function disassembled(
  build: LiveBuild,
  reference: string,
  offset: number,
  count: number,
): DebugProtocol.DisassembledInstruction[] {
  const ops = opsOf(build);
  const start = indexOf(ops, reference) + offset;
  const statements = build.walks.program.tracks.flatMap((track) => track.statements);
  return Array.from({ length: count }, (_, at): DebugProtocol.DisassembledInstruction => {
    const entry = ops[start + at];
    if (entry === undefined) {
      const address = start + at < 0 ? '-1' : addressOf(start + at);
      return { address, instruction: '', presentationHint: 'invalid' };
    }
    const statement = statements.find((one) => one.step?.ops.includes(entry));
    const source = statement?.source;
    return {
      address: addressOf(start + at),
      instruction: opText(
        entry,
        ops.map(({ digest }) => digest),
      ),
      symbol: entry.digest,
      ...(statement === undefined || source?.kind !== 'file'
        ? {}
        : {
            location: { path: source.path },
            line: statement.firstLine,
            endLine: statement.lastLine,
          }),
    };
  });
}

/** The digest behind an address, or the digest itself. */
export function digestOfAddress(session: DebugSession, reference: string, offset: number): string {
  if (!/^(0x)?[0-9a-f]+$/i.test(reference)) return reference;
  return opsOf(session.live())[Number(reference) + offset]?.digest ?? reference;
}
