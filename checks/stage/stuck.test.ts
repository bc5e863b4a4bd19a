import { expect, test } from "vitest";
import type { FamilyRow } from "./restate/admin.ts";
import { patience, type Scene, type Seen, untilStuck } from "./stuck.ts";

/** A scene in which nothing happens, with failures that strike. */
const sceneWith = (strikes: () => number): Scene => ({
  events: [],
  listen: () => () => {},
  busy: false,
  failing: false,
  get strikes() {
    return strikes();
  },
  parts: [],
  patience,
});

/** An invocation whose attempts fail in the same way, one at each look. */
const failing = (looks: number, onLook: (nth: number) => void): Seen => ({
  async *glances() {
    for (let nth = 1; nth <= looks; nth += 1) {
      onLook(nth);
      yield [
        {
          id: "inv_1",
          target: "run",
          status: "backing-off",
          retry_count: nth,
          last_failure: "The weather API answered 429",
          journal_size: 3,
        } satisfies FamilyRow,
      ];
    }
  },
  timers: async () => [],
  othersMove: async () => false,
});

test("attempts that fail because a failure struck again are no evidence", async () => {
  let looks = 0;
  let strikes = 0;
  const family = failing(12, (nth) => {
    looks = nth;
    if (nth <= 6) strikes += 1;
  });
  const why = await untilStuck(
    family,
    sceneWith(() => strikes),
    new AbortController().signal,
  );
  expect(why).toBe("every attempt fails with: The weather API answered 429");
  expect(looks).toBe(6 + 3);
});
