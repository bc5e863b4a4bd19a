import type { Mistake } from "./proof.ts";

/**
 * The mistake of a context that is kept beside the service.
 *
 * @param begin how the handler's work begins
 * @param uses where the context is used behind that
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
 * The mistake of a lock in the process: it holds up others, and nobody in another process.
 *
 * @param begin how the handler's work begins
 * @param end how it ends
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
