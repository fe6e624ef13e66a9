const cell = new Int32Array(new SharedArrayBuffer(4));

/** Turns of the event loop before the first nap: short waits stay short. */
const eagerTurns = 50;

/**
 * Awaits a promise of dawn.node without burning a core. dawn.node polls its promises with setImmediate, so a plain
 * await spins at full speed until the GPU is done; this one sleeps up to a millisecond between turns once the wait has
 * proved long. On a software adapter that core is the one that computes.
 */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let pending = true;
  const done = () => {
    pending = false;
  };
  promise.then(done, done);
  for (let turn = 0; pending; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (pending && turn > eagerTurns) Atomics.wait(cell, 0, 0, 1);
  }
  return promise;
}
