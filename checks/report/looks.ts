import { type Node, nodesIn } from "./syntax.ts";

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
export const chance: Look = (program) => {
  const inSteps = new Set(stepsIn(program).flatMap(({ action }) => [...nodesIn(action)]));
  return [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      (isMember(node.callee, "Math", /^random$/) ||
        isMember(node.callee, /^(Date|performance)$/, /^now$/) ||
        nameOf(node.callee) === "randomUUID") &&
      !inSteps.has(node),
  );
};

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
  const inSteps = new Set(stepsIn(program).flatMap(({ action }) => [...nodesIn(action)]));
  return [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      imported.includes(nameOf(node.callee)) &&
      (node.callee as Node).type === "Identifier" &&
      !inSteps.has(node),
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
export const spanAroundStep: Look = (program) => {
  const inSteps = new Set(stepsIn(program).flatMap(({ action }) => [...nodesIn(action)]));
  return [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      /^(startActiveSpan|startSpan)$/.test(nameOf(node.callee)) &&
      !inSteps.has(node),
  );
};

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

interface Step {
  /** The variable on which it is run. */
  context: string;
  name: unknown;
  action: unknown;
  options: unknown;
}

function stepsIn(program: Node): Step[] {
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

/** The names of the variables that a node changes, or fills. */
function changedBy({ type, left, argument, callee }: Node): string[] {
  if (type === "AssignmentExpression") return [nameOfRoot(left)];
  if (type === "UpdateExpression") return [nameOfRoot(argument)];
  const fills = /^(push|unshift|splice|pop|shift|set|add|delete|clear)$/;
  const { object } = (callee ?? {}) as { object?: Node };
  if (type === "CallExpression" && object?.type === "Identifier" && fills.test(nameOf(callee))) {
    return [nameOf(object)];
  }
  return [];
}

/** `a` of `a.b[0].c`. */
function nameOfRoot(node: unknown): string {
  const { type, object } = (node ?? {}) as { type?: string; object?: unknown };
  return type === "MemberExpression" ? nameOfRoot(object) : nameOf(node);
}

/** The name of an identifier, or of the member that an expression ends in. */
function nameOf(node: unknown): string {
  const { type, name, property } = (node ?? {}) as {
    type?: string;
    name?: string;
    property?: unknown;
  };
  return type === "MemberExpression" ? nameOf(property) : (name ?? "");
}

function isNamed(node: unknown, name: string): boolean {
  return (node as Node | undefined)?.type === "Identifier" && nameOf(node) === name;
}

function isMember(callee: unknown, of: string | RegExp, member: RegExp): boolean {
  const { type, object, property } = (callee ?? {}) as { [part: string]: unknown };
  const owner = nameOf(object);
  return (
    type === "MemberExpression" &&
    (typeof of === "string" ? owner === of : of.test(owner)) &&
    member.test(nameOf(property))
  );
}

function isFunction({ type }: Node): boolean {
  return type === "ArrowFunctionExpression" || type.startsWith("Function");
}

function first<Item>(items: Item[], look: (item: Item) => Node | undefined): Node | undefined {
  for (const item of items) {
    const found = look(item);
    if (found) return found;
  }
  return undefined;
}
