import type { Mistake } from "./proof.ts";

/**
 * The mistake of a step that only some attempts run. A replay finds a different journal than it
 * expects, and the next attempt may succeed.
 *
 * @param begin the code that the handler's work begins with
 */
export function sampledEachThirdTime(file: string, begin: string): Mistake {
  return sampled(file, begin, 3);
}

/**
 * The same mistake at the end of the handler, which attempts that fail earlier do not reach.
 *
 * @param end the code that the handler's work ends with
 */
export function sampledEachSecondTime(file: string, end: string): Mistake {
  return sampled(file, end, 2);
}

function sampled(file: string, place: string, each: number): Mistake {
  return {
    id: "sampled-now-and-then",
    belief: "I note the time now and then: that is enough for statistics.",
    changes: [
      {
        file,
        replace: [
          ["export default restate.", "let times = 0;\n\nexport default restate."],
          [
            place,
            `if (++times % ${each} === 0) await ctx.run("note the time", () => Date.now());
      ${place}`,
          ],
        ],
      },
    ],
    caughtBy: { check: "calm", mode: "always-replay" },
    cause: /What the code does next depends on a variable of the module/,
  };
}
