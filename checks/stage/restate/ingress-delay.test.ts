import { expect, test } from "vitest";
import { delayIn, withDelay } from "./ingress-delay.ts";

const hour = 3_600_000;

test.each([
  ["A/b/c/send?delay=20h", 20 * hour, "A/b/c/send?delay=5ms"],
  ["A/b/c/send?delay=7200000ms&x=1", 2 * hour, "A/b/c/send?delay=5ms&x=1"],
  ["A/b/c/send?x=1&delay=1.5d", 36 * hour, "A/b/c/send?x=1&delay=5ms"],
  ["A/b/c/send?delay=PT1H", undefined, "A/b/c/send?delay=PT1H"],
  ["A/b/c/send", undefined, "A/b/c/send"],
])("%s", (path, delay, replaced) => {
  expect(delayIn(path)).toBe(delay);
  expect(withDelay(path, 5)).toBe(replaced);
});
