import { parseAst } from "vitest/node";

/** A part of a program's syntax tree, as ESTree has it. */
export interface Node {
  type: string;
  /** Where its text begins and ends. */
  start: number;
  end: number;
  [part: string]: unknown;
}

/**
 * The syntax tree of a program in TypeScript.
 *
 * @throws where it cannot be parsed
 */
export function parse(text: string): Node {
  return parseAst(text, { lang: "ts" }) as unknown as Node;
}

/** All nodes of a tree, each before those in it. */
export function* nodesIn(tree: unknown): Generator<Node> {
  if (Array.isArray(tree)) {
    for (const each of tree) yield* nodesIn(each);
  } else if (typeof tree === "object" && tree !== null) {
    if ("type" in tree && "start" in tree) yield tree as Node;
    for (const each of Object.values(tree)) yield* nodesIn(each);
  }
}
