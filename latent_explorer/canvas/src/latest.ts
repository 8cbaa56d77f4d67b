/** Work that keeps up with the hand: while one call runs, only the newest request waits; the ones between are dropped. */

export function latest<A>(work: (argument: A) => Promise<void>, failed: (error: unknown) => void): (argument: A) => void {
  let running = false;
  let waiting: { argument: A } | null = null;
  const next = async () => {
    running = true;
    while (waiting) {
      const { argument } = waiting;
      waiting = null;
      try {
        await work(argument);
      } catch (error) {
        failed(error);
      }
    }
    running = false;
  };
  return (argument) => {
    waiting = { argument };
    if (!running) void next();
  };
}

/** At most one call per painted frame, with the newest argument. */
export function perFrame<A>(work: (argument: A) => void): (argument: A) => void {
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

/** Once what was just built is on the screen: it is measured in one frame, drawn in the next. What takes a while waits for it. */
export async function painted(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}
