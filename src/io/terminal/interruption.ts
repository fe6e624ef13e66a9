/** Ctrl-C and SIGTERM. */

const signals = ["SIGINT", "SIGTERM"] as const;

/** The first signal fires `signal`, so that work stops where it stays whole; the second kills the process. */
export function watchSignals(note: (line: string) => void): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const stop = () => {
    for (const name of signals) process.off(name, onSignal);
  };
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      stop();
      process.kill(process.pid, name);
      return;
    }
    controller.abort();
    note("stopping after this step; press Ctrl-C again to quit now");
  };
  for (const name of signals) process.on(name, onSignal);
  return { signal: controller.signal, stop };
}
