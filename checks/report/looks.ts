import {
  callsOutsideSteps,
  changedBy,
  isFunction,
  isMember,
  isNamed,
  type Node,
  nameOf,
  nodesIn,
  stepsIn,
} from "./syntax.ts";

/** Finds, in a program, what a cause speaks of; undefined where it is not there. */
export type Look = (program: Node) => Node | undefined;

// What of a context may be used anywhere.
const harmless = ["console", "rand", "request", "key"];

/** The context used inside a step: a step, a sleep, state or a call, begun while another step runs. */
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

/** `Promise.all`, `Promise.race` and the like, which know nothing of Restate's promises. */
export const nativeCombinator: Look = (program) =>
  [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      isMember(node.callee, "Promise", /^(all|race|any|allSettled)$/),
  );

/** A combinator of Restate's that is given what an async function returns. */
export const plainPromise: Look = (program) =>
  [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      isMember(node.callee, /RestatePromise$/, /^(all|race|any|allSettled)$/) &&
      [...nodesIn(node.arguments)].some(({ async }) => async === true),
  );

/** A variable of the module that its functions change, or a list, a map or an object that they fill. */
export const moduleVariable: Look = (program) => {
  const declared = (program.body as Node[])
    .filter(({ type }) => type === "VariableDeclaration")
    .flatMap(({ declarations }) => declarations as Node[]);
  const functions = [...nodesIn(program)].filter(isFunction).map(({ body }) => body);
  const changed = new Set(functions.flatMap((body) => [...nodesIn(body)]).flatMap(changedBy));
  return declared.find(({ id }) => changed.has(nameOf(id)));
};

/** A step whose name is made of chance, of the time, or of something that is counted. */
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

/** Chance or the time, outside of any step. */
export const chance: Look = (program) =>
  callsOutsideSteps(program).find(
    ({ callee }) =>
      isMember(callee, "Math", /^random$/) ||
      isMember(callee, /^(Date|performance)$/, /^now$/) ||
      nameOf(callee) === "randomUUID",
  );

/** A call of `streamText`, or of an agent's `stream`. */
export const streaming: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee }) => type === "CallExpression" && /^(streamText|stream)$/.test(nameOf(callee)),
  );

/** The AI SDK's own approval of a tool. */
export const ownApproval: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key }) => type === "Property" && /^(needsApproval|toolApproval)$/.test(nameOf(key)),
  );

/** Something unique made inside a step. */
export const keyInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) =>
    [...nodesIn(action)].find(
      ({ type, callee }) =>
        type === "CallExpression" && /^(randomUUID|uuidv4|random)$/.test(nameOf(callee)),
    ),
  );

/** A variable from around a step that is changed inside it. */
export const changeInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) => {
    const own = new Set(
      [...nodesIn(action)]
        .filter(({ type }) => type === "VariableDeclarator")
        .map(({ id }) => nameOf(id)),
    );
    return [...nodesIn(action)].find((node) => changedBy(node).some((name) => !own.has(name)));
  });

/** A limit among a step's options. */
export const stepLimit: Look = (program) =>
  first(stepsIn(program), ({ options }) =>
    [...nodesIn(options)].find(
      ({ type, key }) =>
        type === "Property" && /^(maxRetryAttempts|maxRetryDuration)$/.test(nameOf(key)),
    ),
  );

/** A limit of time: around a step or a wait, inside a step, or among its options. */
export const timeLimit: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key, name }) =>
      (type === "Property" && nameOf(key) === "maxRetryDuration") ||
      (type === "Identifier" && /^(orTimeout|setTimeout|timeout)$/.test(String(name))),
  );

/** A place where errors are caught: `catch`, or `.catch(…)`; undefined where there are several. */
export const onlyCatch: Look = (program) => {
  const all = [...nodesIn(program)].filter(
    ({ type, callee }) =>
      type === "CatchClause" || (type === "CallExpression" && nameOf(callee) === "catch"),
  );
  return all.length === 1 ? all[0] : undefined;
};

/** A call of the world's that no step makes. */
export const callOutsideStep: Look = (program) => {
  const imported = (program.body as Node[])
    .filter(({ type, source }) => type === "ImportDeclaration" && isWorld(source))
    .flatMap(({ specifiers }) => (specifiers as Node[]).map(({ local }) => nameOf(local)));
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

/** The model's call, where no middleware keeps what it answers. */
export const unwrappedModel: Look = (program) => {
  const all = [...nodesIn(program)];
  const keeps = all.some(
    ({ type, callee, key }) =>
      (type === "CallExpression" && nameOf(callee) === "durableCalls") ||
      (type === "Property" && nameOf(key) === "wrapGenerate"),
  );
  if (keeps) return undefined;
  return all.find(({ type, callee }) => type === "CallExpression" && nameOf(callee) === "openai");
};

/** The AI SDK's telemetry, where it is given somewhere to report to. */
export const sdkTelemetry: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key, value }) =>
      type === "Property" &&
      nameOf(key) === "telemetry" &&
      [...nodesIn(value)].some((each) => nameOf(each.key) === "integrations"),
  );

/** A span that is opened outside of any step. */
export const spanAroundStep: Look = (program) =>
  callsOutsideSteps(program).find(({ callee }) =>
    /^(startActiveSpan|startSpan)$/.test(nameOf(callee)),
  );

/** A limit on the attempts of a whole run, among a service's options. */
export const runLimit: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key }) => type === "Property" && nameOf(key) === "retryPolicy",
  );

/** A step that waits for several things of its own. */
export const manyInStep: Look = (program) =>
  first(stepsIn(program), ({ action }) =>
    [...nodesIn(action)].find(
      ({ type, callee }) =>
        type === "CallExpression" && isMember(callee, "Promise", /^(all|allSettled)$/),
    ),
  );

/** A request by `fetch`, past Restate. */
export const ownRequest: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee }) =>
      type === "CallExpression" &&
      (callee as Node).type === "Identifier" &&
      nameOf(callee) === "fetch",
  );

function isWorld(source: unknown): boolean {
  return /^(#world\/|\.\/utils)/.test(String((source as Node).value));
}

function first<Item>(items: Item[], look: (item: Item) => Node | undefined): Node | undefined {
  for (const item of items) {
    const found = look(item);
    if (found) return found;
  }
  return undefined;
}
