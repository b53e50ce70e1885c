/**
 * `npm run generate`: makes `proto/generated/*.ts` from `proto/buildkit/*.proto`.
 *
 * Each .proto becomes one module: a type and a table of fields for each message (the codec in
 * `proto/wire/` works from the table), constants for enums, and the methods of services.
 * protobufjs only parses; nothing of it is left at run time, so there is neither its reflection
 * to load nor its optional 64-bit library for a bundler to lose.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import protobuf from 'protobufjs';

const sourceFolder = join(import.meta.dirname, 'buildkit');
const targetFolder = join(import.meta.dirname, 'generated');

const scalarTypes: Readonly<Record<string, { type: string; empty: string }>> = {
  string: { type: 'string', empty: "''" },
  bytes: { type: 'Uint8Array', empty: 'new Uint8Array()' },
  bool: { type: 'boolean', empty: 'false' },
  int32: { type: 'number', empty: '0' },
  uint32: { type: 'number', empty: '0' },
  int64: { type: 'bigint', empty: '0n' },
  uint64: { type: 'bigint', empty: '0n' },
};

type Module = {
  name: string;
  messages: protobuf.Type[];
  enums: protobuf.Enum[];
  services: protobuf.Service[];
};

function main(): void {
  const { root, modules } = load();
  root.resolveAll();
  const home = new Map<protobuf.ReflectionObject, string>();
  for (const module of modules) {
    for (const item of [...module.messages, ...module.enums]) home.set(item, module.name);
  }
  mkdirSync(targetFolder, { recursive: true });
  for (const module of modules) {
    writeFileSync(join(targetFolder, `${module.name}.ts`), print(module, home));
  }
}

function load(): { root: protobuf.Root; modules: Module[] } {
  const root = new protobuf.Root();
  const known = new Set<protobuf.ReflectionObject>();
  const modules: Module[] = [];
  for (const file of readdirSync(sourceFolder).sort()) {
    if (!file.endsWith('.proto')) continue;
    protobuf.parse(readFileSync(join(sourceFolder, file), 'utf8'), root, { keepCase: true });
    const module: Module = {
      name: basename(file, '.proto'),
      messages: [],
      enums: [],
      services: [],
    };
    collect(root, known, module);
    modules.push(module);
  }
  return { root, modules };
}

/** Adds what the file just parsed has brought into the root. */
function collect(
  namespace: protobuf.NamespaceBase,
  known: Set<protobuf.ReflectionObject>,
  module: Module,
): void {
  for (const item of namespace.nestedArray) {
    const isNew = !known.has(item);
    known.add(item);
    if (isNew && item instanceof protobuf.Type) module.messages.push(item);
    if (isNew && item instanceof protobuf.Enum) module.enums.push(item);
    if (isNew && item instanceof protobuf.Service) module.services.push(item);
    if (item instanceof protobuf.Namespace) collect(item, known, module);
  }
}

function print(module: Module, home: ReadonlyMap<protobuf.ReflectionObject, string>): string {
  const imports = new Set<string>();
  const reference = (item: protobuf.ReflectionObject): string => {
    const owner = home.get(item);
    if (owner === undefined) throw new Error(`${item.fullName} is in no .proto file`);
    if (owner === module.name) return item.name;
    imports.add(owner);
    return `${owner}.${item.name}`;
  };
  const body = [
    ...module.enums.map(printEnum),
    ...module.messages.map((message) => printMessage(message, reference)),
    ...module.services.map((service) => printService(service, reference)),
  ];
  const wire = [
    ...(module.messages.length > 0 ? ['MessageType'] : []),
    ...(module.services.length > 0 ? ['method'] : []),
  ];
  return [
    `// Made from ../buildkit/${module.name}.proto by \`npm run generate\`.`,
    `import { ${wire.join(', ')} } from '../wire/message';`,
    ...[...imports].sort().map((name) => `import * as ${name} from './${name}';`),
    '',
    ...body,
  ].join('\n');
}

function printEnum(item: protobuf.Enum): string {
  const values = Object.entries(item.values).map(([name, value]) => `  ${name}: ${value},`);
  return `export const ${item.name} = {\n${values.join('\n')}\n} as const;\n`;
}

type Reference = (item: protobuf.ReflectionObject) => string;

function printMessage(message: protobuf.Type, reference: Reference): string {
  const { name } = message;
  const fields = message.fieldsArray.map((field) => describe(field, reference));
  return [
    `export type ${name} = {`,
    ...fields.map((field) => `  readonly ${field.name}: ${field.type};`),
    '};',
    `export const ${name}: MessageType<${name}> = new MessageType<${name}>(`,
    `  '${message.fullName.slice(1)}',`,
    `  () => ({ ${fields.map((field) => `${field.name}: ${field.empty}`).join(', ')} }),`,
    '  () => [',
    ...fields.map((field) => `    { ${field.entry} },`),
    '  ],',
    ');',
    '',
  ].join('\n');
}

function describe(
  field: protobuf.Field,
  reference: Reference,
): { name: string; type: string; empty: string; entry: string } {
  const name = lowerCamel(field.name);
  const scalar = scalarTypes[field.type];
  const resolved = field.resolvedType;
  const single = scalar?.type ?? (resolved instanceof protobuf.Enum ? 'number' : undefined);
  const element = single ?? (resolved === null ? undefined : reference(resolved));
  if (element === undefined) throw new Error(`${field.fullName}: no type ${field.type}`);

  const codecType =
    scalar !== undefined
      ? `'${field.type}'`
      : resolved instanceof protobuf.Enum
        ? "'enum'"
        : element;
  const entry = [`number: ${field.id}`, `name: '${name}'`, `type: ${codecType}`];
  if (resolved instanceof protobuf.Enum) entry.push(`names: ${reference(resolved)}`);
  if (field.repeated) entry.push('repeated: true');
  if (field.partOf !== null) entry.push(`oneof: '${field.partOf.name}'`);

  if (field instanceof protobuf.MapField) {
    const key = field.keyType === 'string' ? 'string' : 'bigint';
    entry.push(`mapKey: '${field.keyType}'`);
    return {
      name,
      type: `ReadonlyMap<${key}, ${element}>`,
      empty: `new Map<${key}, ${element}>()`,
      entry: entry.join(', '),
    };
  }
  if (field.repeated) {
    return { name, type: `readonly ${element}[]`, empty: '[]', entry: entry.join(', ') };
  }
  // Messages and members of a oneof can be absent; other fields always have a value.
  const optional = single === undefined || field.partOf !== null;
  return {
    name,
    type: optional ? `${element} | undefined` : element,
    empty: optional ? 'undefined' : (scalar?.empty ?? '0'),
    entry: entry.join(', '),
  };
}

function printService(service: protobuf.Service, reference: Reference): string {
  const methods = service.methodsArray.map((item) => {
    const { resolvedRequestType: request, resolvedResponseType: response } = item;
    if (request === null || response === null) throw new Error(`${item.fullName} is unresolved`);
    const kind = item.requestStream
      ? item.responseStream
        ? 'bidi'
        : 'clientStream'
      : item.responseStream
        ? 'serverStream'
        : 'unary';
    const path = `/${service.fullName.slice(1)}/${item.name}`;
    return `  ${lowerCamel(item.name)}: method('${kind}', '${path}', ${reference(request)}, ${reference(response)}),`;
  });
  return `export const ${service.name}Service = {\n${methods.join('\n')}\n};\n`;
}

/** `ID` → `id`, `SSHOpt` → `sshOpt`, `mountIDs` → `mountIds`, `media_type` → `mediaType`. */
function lowerCamel(name: string): string {
  const [first = '', ...rest] = name
    .replace('IDs', 'Ids')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .split('_')
    .map((word) => word.toLowerCase());
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

main();
