/**
 * Reads protobuf's JSON mapping into a message.
 *
 * BuildKit's error details are JSON from two Go encoders (protojson and encoding/json) and old
 * daemons capitalise names, so names are compared without case and underscores, 64-bit integers
 * may be numbers or strings, and enums numbers or names.
 */
import type { Field, MessageShape } from './shape';

/** Fills `message` from `value`; what does not fit its field is left out. */
export function messageFromJson(shape: MessageShape, message: object, value: unknown): void {
  if (!isRecord(value)) return;
  const fields = new Map(shape.fields.map((field) => [plain(field.name), field]));
  for (const [key, item] of Object.entries(value)) {
    const field = fields.get(plain(key));
    if (field === undefined || item === null) continue;
    const current: unknown = Reflect.get(message, field.name);
    if (current instanceof Map) {
      if (!isRecord(item)) continue;
      for (const [mapKey, mapItem] of Object.entries(item)) {
        const mapValue = valueFromJson(field, mapItem);
        if (mapValue !== undefined) {
          current.set(field.mapKey === 'int64' ? BigInt(mapKey) : mapKey, mapValue);
        }
      }
    } else if (field.repeated) {
      if (!Array.isArray(item) || !Array.isArray(current)) continue;
      for (const entry of item) {
        const entryValue = valueFromJson(field, entry);
        if (entryValue !== undefined) current.push(entryValue);
      }
    } else {
      const single = valueFromJson(field, item);
      if (single !== undefined) Reflect.set(message, field.name, single);
    }
  }
}

function valueFromJson(field: Field, value: unknown): unknown {
  const { type } = field;
  if (typeof type !== 'string') {
    const message = type.empty();
    messageFromJson(type, message, value);
    return message;
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'bytes':
      return typeof value === 'string' ? fromBase64(value) : undefined;
    case 'int32':
    case 'uint32':
      return typeof value === 'number' ? value : undefined;
    case 'enum':
      return typeof value === 'string' ? field.names?.[value] : value;
    case 'int64':
    case 'uint64':
      return (typeof value === 'number' && Number.isInteger(value)) ||
        (typeof value === 'string' && /^-?\d+$/.test(value))
        ? BigInt(value)
        : undefined;
  }
}

function fromBase64(text: string): Uint8Array | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard)) return undefined;
  return Uint8Array.from(atob(standard), (character) => character.charCodeAt(0));
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
