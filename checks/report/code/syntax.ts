import { parseAst } from "vitest/node";

/** A node of a program's syntax tree, in ESTree's form. */
export interface Node {
  type: string;
  /** Where its text begins and ends, as offsets in the program. */
  start: number;
  end: number;
  [part: string]: unknown;
}

/**
 * Parses a TypeScript program into its syntax tree.
 *
 * @throws if it cannot be parsed
 */
export function parse(text: string): Node {
  return parseAst(text, { lang: "ts" }) as unknown as Node;
}

/** All nodes of a tree, each before its children. */
export function* nodesIn(tree: unknown): Generator<Node> {
  if (Array.isArray(tree)) {
    for (const each of tree) yield* nodesIn(each);
  } else if (typeof tree === "object" && tree !== null) {
    if ("type" in tree && "start" in tree) yield tree as Node;
    for (const each of Object.values(tree)) yield* nodesIn(each);
  }
}

/** The parts of a call of `ctx.run`. */
export interface Step {
  /** The name of the variable before `.run`. */
  context: string;
  name: unknown;
  action: unknown;
  options: unknown;
}

/** The steps of a program: the calls of `run` on a variable, whatever its name is. */
export function stepsIn(program: Node): Step[] {
  return [...nodesIn(program)].flatMap(({ type, callee, arguments: given }) => {
    const { object, property } = (callee ?? {}) as { object?: Node; property?: Node };
    if (type !== "CallExpression" || nameOf(property) !== "run" || object?.type !== "Identifier") {
      return [];
    }
    const all = given as Node[];
    const action = all.find(isFunction);
    if (action === undefined) return [];
    const name = all[0] === action ? [] : all[0];
    const options = all.slice(all.indexOf(action) + 1);
    return [{ context: nameOf(object), name, action, options }];
  });
}

/** The calls outside every step. */
export function callsOutsideSteps(program: Node): Node[] {
  const inSteps = new Set(stepsIn(program).flatMap(({ action }) => [...nodesIn(action)]));
  return [...nodesIn(program)].filter(
    (node) => node.type === "CallExpression" && !inSteps.has(node),
  );
}

/** The names of the variables that a node changes or fills. */
export function changedBy({ type, left, argument, callee }: Node): string[] {
  if (type === "AssignmentExpression") return [nameOfRoot(left)];
  if (type === "UpdateExpression") return [nameOfRoot(argument)];
  const fills = /^(push|unshift|splice|pop|shift|set|add|delete|clear)$/;
  const { object } = (callee ?? {}) as { object?: Node };
  if (type === "CallExpression" && object?.type === "Identifier" && fills.test(nameOf(callee))) {
    return [nameOf(object)];
  }
  return [];
}

/** The first name of a chain: `a` of `a.b[0].c`. */
function nameOfRoot(node: unknown): string {
  const { type, object } = (node ?? {}) as { type?: string; object?: unknown };
  return type === "MemberExpression" ? nameOfRoot(object) : nameOf(node);
}

/** The name of an identifier, or the last name of a chain: `c` of `a.b.c`. */
export function nameOf(node: unknown): string {
  const { type, name, property } = (node ?? {}) as {
    type?: string;
    name?: string;
    property?: unknown;
  };
  return type === "MemberExpression" ? nameOf(property) : (name ?? "");
}

/** Whether a node is the variable with this name. */
export function isNamed(node: unknown, name: string): boolean {
  return (node as Node | undefined)?.type === "Identifier" && nameOf(node) === name;
}

/** Whether a callee is such a member of such an object, for example `Promise.all`. */
export function isMember(callee: unknown, of: string | RegExp, member: RegExp): boolean {
  const { type, object, property } = (callee ?? {}) as { [part: string]: unknown };
  const owner = nameOf(object);
  return (
    type === "MemberExpression" &&
    (typeof of === "string" ? owner === of : of.test(owner)) &&
    member.test(nameOf(property))
  );
}

/** Whether a node is a function, with or without a name. */
export function isFunction({ type }: Node): boolean {
  return type === "ArrowFunctionExpression" || type.startsWith("Function");
}

/** Finds the part of a program that a cause is about; undefined if the program has none. */
export type Look = (program: Node) => Node | undefined;

/** What `look` finds first in one of the items; undefined if it finds nothing. */
export function first<Item>(
  items: Item[],
  look: (item: Item) => Node | undefined,
): Node | undefined {
  for (const item of items) {
    const found = look(item);
    if (found) return found;
  }
  return undefined;
}
