/** Rate limits for work that follows the pointer: the newest request is always served, older ones are dropped. */

/** Wraps asynchronous work so that one call runs at a time; of the requests meanwhile, only the newest is kept.
 * Errors go to ``onError``, and later requests still run. */
export function runLatest<A>(work: (argument: A) => Promise<void>, onError: (error: unknown) => void): (argument: A) => void {
  let running = false;
  let waiting: { argument: A } | null = null;
  const runWaiting = async () => {
    running = true;
    while (waiting) {
      const { argument } = waiting;
      waiting = null;
      try {
        await work(argument);
      } catch (error) {
        onError(error);
      }
    }
    running = false;
  };
  return (argument) => {
    waiting = { argument };
    if (!running) void runWaiting();
  };
}

/** Wraps work so that it runs at most once per painted frame, with the newest argument. */
export function oncePerFrame<A>(work: (argument: A) => void): (argument: A) => void {
  let waiting: { argument: A } | null = null;
  return (argument) => {
    if (!waiting)
      requestAnimationFrame(() => {
        const { argument } = waiting!;
        waiting = null;
        work(argument);
      });
    waiting = { argument };
  };
}

/** Resolves after the elements built so far are on the screen: a frame measures them, the next one draws them. */
export async function afterPaint(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}
