/** Waiting for what a window does in its own time. */

/** Waits until `probe` gives something other than undefined and false. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeout = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether something comes to pass in its time. */
export function happens(something: Promise<void>): Promise<boolean> {
  return something.then(
    () => true,
    () => false,
  );
}
