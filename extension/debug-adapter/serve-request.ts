/** How one request is served: a row of the tables that make up the adapter. */
import type { Answer } from './connection';
import type { DebugSession } from './session';

export type Serve = (session: DebugSession, args: unknown) => Answer | Promise<Answer>;
export type Table = Readonly<Record<string, Serve>>;

export const nothing: Answer = {};
