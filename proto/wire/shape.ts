/** How a message type is described: the tables that `proto/generated/` holds. */

export type Scalar = 'string' | 'bytes' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'enum';

export type Field = {
  readonly number: number;
  /** The property's name, lower camel case. */
  readonly name: string;
  readonly type: Scalar | MessageShape;
  readonly repeated?: true;
  /** Set for maps: the type of their keys. */
  readonly mapKey?: 'string' | 'int64';
  readonly oneof?: string;
  /** The names of an enum's values, for JSON. */
  readonly names?: Readonly<Record<string, number>>;
};

/** A message type as the codec sees it. */
export interface MessageShape {
  /** The full protobuf name. */
  readonly typeName: string;
  readonly fields: readonly Field[];
  field(number: number): Field | undefined;
  empty(): object;
}
