/**
 * Makes a function that runs tasks one after another: each begins when those given before it have ended, well or not. A
 * task must not wait for another.
 */
export function turns(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  };
}
