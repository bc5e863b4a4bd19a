import type { Mistake } from "./proof.ts";

/**
 * The mistake of keeping the context in a variable of the module.
 *
 * @param begin the code that the handler's work begins with
 * @param uses later code that uses the context
 */
export function contextInTheModule(file: string, begin: string, ...uses: string[]): Mistake {
  return {
    id: "context-in-the-module",
    belief: "One context is enough: I keep it where all my functions find it.",
    changes: [
      {
        file,
        replace: [
          ["export default restate.", "let context: restate.Context;\n\nexport default restate."],
          [begin, `context = ctx;\n      ${begin}`],
          ...uses.map((use) => [use, use.replace("ctx", "context")] as const),
        ],
      },
    ],
    caughtBy: { check: "two-at-once", mode: "normal" },
    cause: /kept in a variable of the module/,
  };
}

/**
 * The mistake of a lock in the process. It blocks other runs in this process, but none in another one.
 *
 * @param begin the code that the handler's work begins with
 * @param end the code that it ends with
 */
export function oneAtATime(file: string, begin: string, end: string): Mistake {
  return {
    id: "one-at-a-time",
    belief: "The specialists are expensive, so I let one claim in at a time.",
    changes: [
      {
        file,
        replace: [
          ["export default restate.", "let busy = false;\n\nexport default restate."],
          [
            begin,
            `      if (busy) throw new Error("Another claim is being decided.");
      busy = true;
${begin}`,
          ],
          [end, `busy = false;\n      ${end}`],
        ],
      },
    ],
    caughtBy: { check: "two-at-once", mode: "normal" },
    cause: /kept in a variable of the module/,
  };
}
