/** Runs a task when its turn comes. */
export type InTurn = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** Runs at most `limit` tasks at the same time. The others wait, in the order in which they came. */
export function atMost(limit: number): InTurn {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
