// Looks for code in steps, around steps, and in their names.
import {
  callsOutsideSteps,
  changedBy,
  first,
  isMember,
  isNamed,
  type Look,
  type Node,
  nameOf,
  nodesIn,
  stepsIn,
} from "./syntax.ts";

// Members of a context that may be used anywhere, also inside a step.
const harmless = ["console", "rand", "request", "key"];

/** The context used inside a step: another step, a sleep, state or a call begins while the step runs. */
export const contextInStep: Look = (program) =>
  first(stepsIn(program), ({ context, action }) =>
    [...nodesIn(action)].find((node) => {
      if (node.type === "MemberExpression") {
        return isNamed(node.object, context) && !harmless.includes(nameOf(node.property));
      }
      return (
        node.type === "CallExpression" &&
        (node.arguments as Node[]).some((argument) => isNamed(argument, context))
      );
    }),
  );

/** A step's name that contains a random value, the time or a counter. */
export const changingName: Look = (program) =>
  first(stepsIn(program), ({ name }) =>
    [...nodesIn(name)].find(
      (node) =>
        node.type === "UpdateExpression" ||
        node.type === "NewExpression" ||
        (node.type === "CallExpression" &&
          /^(random|randomUUID|now|uuidv4|time)$/.test(nameOf(node.callee))),
    ),
  );

/** A random value, the time or a request, outside every step. A replay does not compare a send's delay. */
export const chance: Look = (program) => {
  const isDelay = ({ type, key, id }: Node) =>
    (type === "Property" && nameOf(key) === "delay") ||
    (type === "VariableDeclarator" && nameOf(id) === "delay");
  const inDelays = new Set(
    [...nodesIn(program)].filter(isDelay).flatMap((each) => [...nodesIn(each)]),
  );
  return callsOutsideSteps(program).find(
    (call) =>
      !inDelays.has(call) &&
      (isMember(call.callee, "Math", /^random$/) ||
        isMember(call.callee, /^(Date|performance)$/, /^now$/) ||
        ["randomUUID", "fetch"].includes(nameOf(call.callee) ?? "")),
  );
};

/** A unique value that is made inside a step. */
export const keyInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) =>
    [...nodesIn(action)].find(
      ({ type, callee }) =>
        type === "CallExpression" && /^(randomUUID|uuidv4|random)$/.test(nameOf(callee)),
    ),
  );

/** A variable from outside a step that the step changes. */
export const changeInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) => {
    const own = new Set(
      [...nodesIn(action)]
        .filter(({ type }) => type === "VariableDeclarator")
        .map(({ id }) => nameOf(id)),
    );
    return [...nodesIn(action)].find((node) => changedBy(node).some((name) => !own.has(name)));
  });

/** A limit in a step's options. */
export const stepLimit: Look = (program) =>
  first(stepsIn(program), ({ options }) =>
    [...nodesIn(options)].find(
      ({ type, key }) =>
        type === "Property" && /^(maxRetryAttempts|maxRetryDuration)$/.test(nameOf(key)),
    ),
  );

/** A call to the world outside every step. */
export const callOutsideStep: Look = (program) => {
  const imported = importedFromWorld(program);
  return callsOutsideSteps(program).find(
    ({ callee }) => (callee as Node).type === "Identifier" && imported.includes(nameOf(callee)),
  );
};

/** The whole conversation in one step. */
export const wholeInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) =>
    [...nodesIn(action)].find(
      ({ type, callee }) =>
        type === "CallExpression" && /^(generateText|generate)$/.test(nameOf(callee)),
    ),
  );

/** A span that is opened outside every step. */
export const spanAroundStep: Look = (program) =>
  callsOutsideSteps(program).find(({ callee }) =>
    /^(startActiveSpan|startSpan)$/.test(nameOf(callee)),
  );

/** A step that makes several calls: it waits for them with `Promise.all`. */
export const manyInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) =>
    [...nodesIn(action)].find(
      ({ type, callee }) =>
        type === "CallExpression" && isMember(callee, "Promise", /^(all|allSettled)$/),
    ),
  );

/** A step that is started as a statement, so nobody awaits it. */
export const floatingStep: Look = (program) =>
  [...nodesIn(program)]
    .filter(({ type }) => type === "ExpressionStatement")
    .map(({ expression }) => expression as Node)
    .map((node) => (node.type === "UnaryExpression" ? (node.argument as Node) : node))
    .find((node) => node.type === "CallExpression" && isMember(node.callee, /./, /^run$/));

/** A call to the world that a step starts as a statement, so nobody awaits it. */
export const floatingInStep: Look = (program) => {
  const imported = importedFromWorld(program);
  return first(stepsIn(program), ({ action }) =>
    [...nodesIn(action)].find(
      ({ type, expression }) =>
        type === "ExpressionStatement" &&
        (expression as Node).type === "CallExpression" &&
        [...nodesIn(expression)].some(({ callee }) => imported.includes(nameOf(callee))),
    ),
  );
};

function importedFromWorld(program: Node): string[] {
  return (program.body as Node[])
    .filter(({ type, source }) => type === "ImportDeclaration" && isWorld(source))
    .flatMap(({ specifiers }) => (specifiers as Node[]).map(({ local }) => nameOf(local)));
}

function isWorld(source: unknown): boolean {
  return /^(#world\/|\.\/utils)/.test(String((source as Node).value));
}
