import { expect, test } from "vitest";
import { atMost } from "./at-most.ts";

test("tasks wait for their turn, in order, also behind one that fails", async () => {
  const inTurn = atMost(2);
  const begun: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const tasks = [0, 1, 2, 3].map((number) => {
    ends[number] = Promise.withResolvers<void>();
    return inTurn(async () => {
      begun.push(number);
      await ends[number]?.promise;
    });
  });
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error("no"));
  await expect(tasks[1]).rejects.toThrow("no");
  expect(begun).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  await Promise.allSettled(tasks);
  expect(begun).toEqual([0, 1, 2, 3]);
});
