/**
 * Message types as data: what `proto/generated/` declares, and the codec that works from it.
 *
 * A generated module is types plus tables of fields, so a hundred messages cost a few kilobytes and
 * nothing at start-up. The codec fills a message that the type's own `empty` made, which is how it
 * stays typed without assertions.
 */
import { messageFromJson } from './json';
import { WireError, WireReader, WireType } from './reader';
import type { Field, MessageShape, Scalar } from './shape';
import { WireWriter } from './writer';

/** What may be given to make a message: every field is optional, at every depth. */
export type Init<T> = { readonly [K in keyof T]?: InitValue<T[K]> | undefined };
type InitValue<V> = V extends string | number | bigint | boolean | Uint8Array | undefined
  ? V
  : V extends readonly (infer E)[]
    ? readonly InitValue<E>[]
    : V extends ReadonlyMap<infer K, infer E>
      ? ReadonlyMap<K, InitValue<E>>
      : Init<V>;

/** Memory for one message after the other; large ones keep theirs, which saves a copy. */
let scratch = new WireWriter();
/** Bytes. */
const smallMessage = 4096;

export class MessageType<T extends object> implements MessageShape {
  private table: readonly Field[] | undefined;
  private index: (Field | undefined)[] | undefined;

  constructor(
    readonly typeName: string,
    readonly empty: () => T,
    private readonly makeFields: () => readonly Field[],
  ) {}

  /** Made on first use, because message types refer to one another in circles. */
  get fields(): readonly Field[] {
    return (this.table ??= this.makeFields());
  }

  field(number: number): Field | undefined {
    if (this.index === undefined) {
      this.index = [];
      for (const field of this.fields) this.index[field.number] = field;
    }
    return this.index[number];
  }

  /** @throws WireError when the bytes are malformed. Byte fields share memory with `bytes`. */
  decode(bytes: Uint8Array): T {
    const message = this.empty();
    read(this, message, new WireReader(bytes), 0);
    return message;
  }

  encode(init: Init<T>): Uint8Array {
    const writer = scratch;
    writer.reset();
    write(this, init, writer);
    if (writer.length <= smallMessage) return writer.copy();
    scratch = new WireWriter();
    return writer.finish();
  }

  /** The message with all fields in place, as if it had been sent. */
  create(init: Init<T>): T {
    return this.decode(this.encode(init));
  }

  /** Reads protobuf's JSON mapping; field names match without regard to case and underscores. */
  fromJson(value: unknown): T {
    const message = this.empty();
    messageFromJson(this, message, value);
    return message;
  }
}

export type MethodKind = 'unary' | 'serverStream' | 'clientStream' | 'bidi';

/** One method of a gRPC service. */
export type Method<Request extends object, Response extends object, Kind extends MethodKind> = {
  readonly kind: Kind;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly request: MessageType<Request>;
  readonly response: MessageType<Response>;
};

export function method<Request extends object, Response extends object, Kind extends MethodKind>(
  kind: Kind,
  path: string,
  request: MessageType<Request>,
  response: MessageType<Response>,
): Method<Request, Response, Kind> {
  return { kind, path, request, response };
}

/** Deeper than any real message, shallow enough never to exhaust the stack. */
const maximumDepth = 200;

function read(shape: MessageShape, message: object, reader: WireReader, depth: number): void {
  if (depth > maximumDepth) throw new WireError('messages nested too deeply');
  while (!reader.done) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const field = shape.field(tag >>> 3);
    if (field === undefined) reader.skip(wireType);
    else readField(shape, field, message, reader, wireType, depth);
  }
}

function readField(
  shape: MessageShape,
  field: Field,
  message: object,
  reader: WireReader,
  wireType: number,
  depth: number,
): void {
  const current: unknown = Reflect.get(message, field.name);
  if (field.mapKey !== undefined) {
    expectWireType(shape, field, wireType, WireType.bytes);
    if (current instanceof Map) readEntry(field, field.mapKey, current, reader.nested(), depth);
    return;
  }
  if (field.repeated) {
    if (!Array.isArray(current)) return;
    if (wireType === WireType.bytes && isVarint(field.type)) {
      const packed = reader.nested();
      while (!packed.done) current.push(readScalar(field.type, packed));
      return;
    }
    expectWireType(shape, field, wireType, wireTypeOf(field.type));
    current.push(readValue(field.type, reader, depth, undefined));
    return;
  }
  expectWireType(shape, field, wireType, wireTypeOf(field.type));
  const value = readValue(field.type, reader, depth, current);
  // The last member of a oneof wins.
  if (field.oneof !== undefined) {
    for (const other of shape.fields) {
      if (other.oneof === field.oneof) Reflect.set(message, other.name, undefined);
    }
  }
  Reflect.set(message, field.name, value);
}

function readEntry(
  field: Field,
  keyType: 'string' | 'int64',
  map: Map<unknown, unknown>,
  reader: WireReader,
  depth: number,
): void {
  let key: unknown = keyType === 'string' ? '' : 0n;
  let value: unknown = defaultOf(field.type);
  while (!reader.done) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = readScalar(keyType, reader);
    else if (tag >>> 3 === 2) value = readValue(field.type, reader, depth, value);
    else reader.skip(tag & 7);
  }
  map.set(key, value);
}

function readValue(
  type: Field['type'],
  reader: WireReader,
  depth: number,
  current: unknown,
): unknown {
  if (typeof type === 'string') return readScalar(type, reader);
  // A message field that comes twice is merged, as protobuf asks.
  const message = typeof current === 'object' && current !== null ? current : type.empty();
  read(type, message, reader.nested(), depth + 1);
  return message;
}

function readScalar(type: Scalar, reader: WireReader): unknown {
  switch (type) {
    case 'string':
      return reader.text();
    case 'bytes':
      return reader.chunk();
    case 'bool':
      return reader.uint64() !== 0n;
    case 'uint32':
      return reader.uint32();
    case 'int32':
    case 'enum':
      return reader.int32();
    case 'int64':
      return reader.int64();
    case 'uint64':
      return reader.uint64();
  }
}

function expectWireType(shape: MessageShape, field: Field, found: number, wanted: number): void {
  if (found === wanted) return;
  throw new WireError(`${shape.typeName}.${field.name} has wire type ${found}, not ${wanted}`);
}

function wireTypeOf(type: Field['type']): number {
  return isVarint(type) ? WireType.varint : WireType.bytes;
}

function isVarint(type: Field['type']): type is Exclude<Scalar, 'string' | 'bytes'> {
  return typeof type === 'string' && type !== 'string' && type !== 'bytes';
}

function defaultOf(type: Field['type']): unknown {
  if (typeof type !== 'string') return type.empty();
  switch (type) {
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array();
    case 'bool':
      return false;
    case 'int32':
    case 'uint32':
    case 'enum':
      return 0;
    case 'int64':
    case 'uint64':
      return 0n;
  }
}

function write(shape: MessageShape, message: object, writer: WireWriter): void {
  for (const field of shape.fields) {
    const value: unknown = Reflect.get(message, field.name);
    if (value === undefined) continue;
    if (field.mapKey !== undefined) {
      if (value instanceof Map) writeMap(field, field.mapKey, value, writer);
    } else if (field.repeated) {
      if (Array.isArray(value)) writeList(field, value, writer);
    } else if (field.oneof !== undefined || !isDefault(value)) {
      writeField(field.number, field.type, value, writer);
    }
  }
}

function writeList(field: Field, list: readonly unknown[], writer: WireWriter): void {
  const { number, type } = field;
  if (isVarint(type)) {
    writer.integers(
      number,
      list.map((item) => integerOf(type, item)),
    );
    return;
  }
  for (const item of list) writeField(number, type, item, writer);
}

/** Go's deterministic marshalling sorts map keys; doing the same keeps equal messages equal. */
function writeMap(
  field: Field,
  keyType: 'string' | 'int64',
  map: ReadonlyMap<unknown, unknown>,
  writer: WireWriter,
): void {
  const entries = [...map].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  for (const [key, value] of entries) {
    writer.message(field.number, () => {
      writeField(1, keyType, key, writer);
      writeField(2, field.type, value, writer);
    });
  }
}

function writeField(number: number, type: Field['type'], value: unknown, writer: WireWriter): void {
  if (typeof type !== 'string') {
    if (typeof value !== 'object' || value === null)
      throw new WireError(`${type.typeName} expected`);
    const start = writer.open(number);
    write(type, value, writer);
    writer.close(start);
  } else if (isVarint(type)) writer.integerAlways(number, integerOf(type, value));
  else if (type === 'string' && typeof value === 'string') {
    writer.stringAlways(number, wellFormed(value));
  } else if (type === 'bytes' && value instanceof Uint8Array) writer.bytesAlways(number, value);
  else throw new WireError(`cannot write a ${typeof value} as ${type}`);
}

/** File names and logs may hold anything; a lone surrogate is no reason to lose the message. */
function wellFormed(text: string): string {
  return surrogate.test(text) ? text.replace(loneSurrogate, '\ufffd') : text;
}

const surrogate = /[\ud800-\udfff]/;

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function integerOf(type: Scalar, value: unknown): number | bigint {
  const wanted =
    type === 'int64' || type === 'uint64' ? 'bigint' : type === 'bool' ? 'boolean' : 'number';
  if (typeof value === 'bigint' && wanted === 'bigint') return value;
  if (typeof value === 'boolean' && wanted === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && wanted === 'number')
    return type === 'uint32' ? value >>> 0 : value;
  throw new WireError(`cannot write a ${typeof value} as ${type}`);
}

function isDefault(value: unknown): boolean {
  return (
    value === '' ||
    value === 0 ||
    value === 0n ||
    value === false ||
    (value instanceof Uint8Array && value.length === 0)
  );
}
