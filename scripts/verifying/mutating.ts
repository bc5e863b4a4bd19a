import { type Node, nodesIn, parse } from "../../checks/report/code/syntax.ts";

/** A change at one place in a text. */
export interface Mutation {
  /** From 1. */
  line: number;
  /** The old and the new code, each in one line and shortened. */
  found: string;
  by: string;
  /** The whole text with the change. */
  text: string;
}

/** All small changes of a program. Each may be a slip, or another way to write the same. */
export function mutationsOf(text: string): Mutation[] {
  return [...nodesIn(parse(text))].flatMap((node) =>
    changesOf(node, text).map(({ start, end, by }) => ({
      line: text.slice(0, start).split("\n").length,
      found: inALine(text.slice(start, end)),
      by: inALine(by),
      text: text.slice(0, start) + by + text.slice(end),
    })),
  );
}

interface Replacement {
  start: number;
  end: number;
  by: string;
}

/** What can replace a node. */
function changesOf(node: Node, text: string): Replacement[] {
  const { start, end } = node;
  const source = (part: unknown) => text.slice((part as Node).start, (part as Node).end);
  const by = (...others: string[]) => others.map((other) => ({ start, end, by: other }));
  switch (node.type) {
    case "AwaitExpression":
      return by(source(node.argument));
    case "ExpressionStatement":
    case "ThrowStatement":
      return by("");
    case "ReturnStatement":
      return node.argument ? by("return;") : [];
    case "IfStatement":
      return by("", source(node.consequent));
    case "TryStatement":
      return by(source(node.block));
    case "LogicalExpression":
      return by(source(node.left), source(node.right));
    case "ConditionalExpression":
      return by(source(node.consequent), source(node.alternate));
    case "UnaryExpression":
      return node.operator === "!" ? by(source(node.argument)) : [];
    case "Literal":
      return typeof node.value === "number" ? by(String(node.value + 1), "1") : [];
    case "Property":
      return without(node, text);
    case "MemberExpression":
      return source(node.object) === "restate.RestatePromise"
        ? by(`Promise.${source(node.property)}`)
        : [];
    case "CallExpression":
      return changesOfCall(node, text);
    default:
      return [];
  }
}

/** A call without its last argument, the call's receiver alone, and a step's action without the step. */
function changesOfCall(node: Node, text: string): Replacement[] {
  const { start, end } = node;
  const callee = node.callee as Node;
  const args = node.arguments as Node[];
  const last = args.at(-1);
  const changes: Replacement[] = [];
  if (args.length > 1 && last) changes.push(...without(last, text));
  if (callee.type === "MemberExpression") {
    const receiver = callee.object as Node;
    if (receiver.type === "CallExpression" || receiver.type === "MemberExpression") {
      changes.push({ start, end, by: text.slice(receiver.start, receiver.end) });
    }
    const action = args[1];
    if (text.slice(callee.start, callee.end) === "ctx.run" && action) {
      changes.push({ start, end, by: `(${text.slice(action.start, action.end)})()` });
    }
  }
  return changes;
}

/** A list without one of its items and the comma beside it. */
function without({ start, end }: Node, text: string): Replacement[] {
  const behind = text.slice(end).match(/^\s*,/)?.[0].length;
  const before = text.slice(0, start).match(/,\s*$/)?.[0].length ?? 0;
  return behind === undefined
    ? [{ start: start - before, end, by: "" }]
    : [{ start, end: end + behind, by: "" }];
}

function inALine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 50 ? `${line.slice(0, 49)}…` : line;
}
