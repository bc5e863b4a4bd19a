/**
 * Opens what a command needs, waits for Ctrl-C or another request to stop, and closes everything in the
 * opposite order. If opening fails, what was already opened is closed too.
 *
 * @param open gets a function that registers what to call at the end
 */
export async function untilStopped(
  open: (closeLater: (close: () => Promise<void>) => void) => Promise<void>,
): Promise<void> {
  const closings: (() => Promise<void>)[] = [];
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, resolve);
  });
  try {
    await Promise.race([open((close) => closings.push(close)), stopped]);
    await stopped;
  } finally {
    for (const close of closings.reverse()) await close();
  }
}
