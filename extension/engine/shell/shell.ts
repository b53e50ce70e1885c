/** A process in a container of the build, with the files, environment and mounts of a step. */

/** `message` is why the process could not run, e.g. that there is no such program. */
export type ShellExit = { readonly code: number; readonly message?: string };

/** A running process. Its container belongs to it alone and goes when it ends. */
export type ShellProcess = {
  /** Bytes as they come; with a terminal everything is on fd 1. */
  readonly output: AsyncIterable<{ readonly fd: number; readonly data: Uint8Array }>;
  readonly exit: Promise<ShellExit>;
  write(data: Uint8Array): void;
  closeStdin(): void;
  resize(rows: number, columns: number): void;
  /** Ends the process if it still runs and releases the container; safe to call again. */
  close(): Promise<void>;
};
