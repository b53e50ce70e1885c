/**
 * Holds messages to the Debug Adapter Protocol as it is published: the types of the protocol's own
 * package are read by the TypeScript compiler, and every value is compared with its type.
 */
import { createRequire } from 'node:module';
import ts from 'typescript';
import { isRecord } from '../../extension/engine/profile/decode';
import type { Message } from './dap-client';

const declarations = createRequire(import.meta.url)
  .resolve('@vscode/debugprotocol/package.json')
  .replace('package.json', 'lib/debugProtocol.d.ts');

const program = ts.createProgram([declarations], { strict: true, lib: ['lib.es5.d.ts'] });
const checker = program.getTypeChecker();

/** The interfaces of the namespace `DebugProtocol` by name. */
const interfaces = new Map<string, ts.Type>();
for (const file of program.getSourceFiles()) {
  ts.forEachChild(file, function visit(node) {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
      interfaces.set(node.name.text, checker.getTypeAtLocation(node));
    } else ts.forEachChild(node, visit);
  });
}

/** Everything in the messages that the protocol does not allow; our own additions are passed over. */
export function violations(messages: readonly Message[]): string[] {
  return messages.flatMap((message) => {
    const name = typeName(message);
    if (name === undefined) return [];
    const type = interfaces.get(name);
    if (type === undefined) return [`the protocol has no ${name}`];
    return mismatches(message, type, name);
  });
}

/** `stopped` → `StoppedEvent`; an error response is one of its own kind. */
function typeName({ type, command, event, success }: Message): string | undefined {
  const word = String(type === 'event' ? event : command);
  if (word.startsWith('llb')) return undefined;
  if (type === 'response' && success === false) return 'ErrorResponse';
  const kind = type === 'event' ? 'Event' : type === 'request' ? 'Request' : 'Response';
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}${kind}`;
}

function mismatches(value: unknown, type: ts.Type, path: string): string[] {
  if ((type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return [];
  if (type.isUnion()) {
    const tries = type.types.map((one) => mismatches(value, one, path));
    return tries.find((one) => one.length === 0) ?? tries.at(-1) ?? [];
  }
  if (type.isIntersection()) {
    // `'a' | 'b' | string` keeps its names by an empty object.
    return type.types.flatMap((one) =>
      one.getProperties().length === 0 && typeof value === 'string'
        ? []
        : mismatches(value, one, path),
    );
  }
  const wrong = [`${path}: ${JSON.stringify(value)} is no ${checker.typeToString(type)}`];
  if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value ? [] : wrong;
  if ((type.flags & ts.TypeFlags.BooleanLiteral) !== 0) {
    return String(value) === checker.typeToString(type) ? [] : wrong;
  }
  if ((type.flags & ts.TypeFlags.Null) !== 0) return value === null ? [] : wrong;
  if ((type.flags & ts.TypeFlags.Undefined) !== 0) return value === undefined ? [] : wrong;
  if ((type.flags & ts.TypeFlags.String) !== 0) return typeof value === 'string' ? [] : wrong;
  if ((type.flags & ts.TypeFlags.Number) !== 0) return typeof value === 'number' ? [] : wrong;
  const item = checker.typeToString(type).endsWith('[]') ? type.getNumberIndexType() : undefined;
  if (item !== undefined) {
    if (!Array.isArray(value)) return wrong;
    const list: readonly unknown[] = value;
    return list.flatMap((one, index) => mismatches(one, item, `${path}[${index}]`));
  }
  return isRecord(value) ? inObject(value, type, path) : wrong;
}

function inObject(value: Message, type: ts.Type, path: string): string[] {
  const properties = type.getProperties();
  const isOpen =
    type.getStringIndexType() !== undefined ||
    properties.length === 0 ||
    // What is launched is every adapter's own affair.
    /^(Launch|Attach|Restart)Request\.arguments/.test(path);
  const known = new Set(properties.map(({ name }) => name));
  const unknown = isOpen ? [] : Object.keys(value).filter((key) => !known.has(key));
  return [
    ...unknown.map((key) => `${path}.${key} is not known to the protocol`),
    ...properties.flatMap((property) => {
      const own = value[property.name];
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      if (own === undefined) {
        return isOptional ? [] : [`${path}.${property.name} is missing`];
      }
      return mismatches(own, checker.getTypeOfSymbol(property), `${path}.${property.name}`);
    }),
  ];
}
