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

/** A step that is begun as a statement of its own, and so awaited by nobody. */
export const floatingStep: Look = (program) =>
  [...nodesIn(program)]
    .filter(({ type }) => type === "ExpressionStatement")
    .map(({ expression }) => expression as Node)
    .map((node) => (node.type === "UnaryExpression" ? (node.argument as Node) : node))
    .find((node) => node.type === "CallExpression" && isMember(node.callee, /./, /^run$/));

/** A limit of one step on a loop. */
export const oneStep: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee, arguments: given }) =>
      type === "CallExpression" &&
      nameOf(callee) === "isStepCount" &&
      (given as Node[])[0]?.value === 1,
  );

/** A call of the world's that is begun in a step, as a statement of its own. */
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

/** A client of a service that no handler is called on. */
export const clientWithoutCall: Look = (program) => {
  const owners = new Set([...nodesIn(program)].map(({ object }) => object));
  return [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      isMember(node.callee, /./, /^(service|object|workflow)(Send)?Client$/) &&
      !owners.has(node),
  );
};

/** A `return` in a `finally`. */
export const returnInFinally: Look = (program) =>
  first(
    [...nodesIn(program)].filter(({ type }) => type === "TryStatement"),
    ({ finalizer }) => [...nodesIn(finalizer)].find(({ type }) => type === "ReturnStatement"),
  );

/** A tool that has a schema, and nothing that runs; where the code has a loop of its own, that is right. */
export const toolWithoutExecute: Look = (program) =>
  [...nodesIn(program)].find(({ type, properties }) => {
    if (hasLoop(program)) return false;
    if (type !== "ObjectExpression") return false;
    const names = (properties as Node[]).map(({ key }) => nameOf(key));
    return names.includes("inputSchema") && !names.includes("execute");
  });

/** A call of `generateText` with tools, of which nothing says when its loop ends. */
export const loopWithoutStop: Look = (program) =>
  [...nodesIn(program)].find(({ type, callee, arguments: given }) => {
    if (hasLoop(program) || type !== "CallExpression" || nameOf(callee) !== "generateText")
      return false;
    const [options] = given as Node[];
    if (options?.type !== "ObjectExpression") return false;
    const names = (options.properties as Node[]).map(({ key }) => nameOf(key));
    return names.includes("tools") && !names.includes("stopWhen");
  });

/** State that is set with one serde and read with another, or with none: where it is set. */
export const otherSerde: Look = (program) => {
  const uses = (member: "get" | "set", serdeAt: number) =>
    [...nodesIn(program)].flatMap((node) => {
      const [key, ...others] = (node.arguments ?? []) as Node[];
      if (
        node.type !== "CallExpression" ||
        !isMember(node.callee, /./, new RegExp(`^${member}$`))
      ) {
        return [];
      }
      if (key?.type !== "Literal") return [];
      return [{ node, key: key.value, serde: nameOf(others[serdeAt]) }];
    });
  const reads = uses("get", 0);
  return uses("set", 1).find((set) =>
    reads.some((read) => read.key === set.key && read.serde !== set.serde),
  )?.node;
};

function hasLoop(program: Node): boolean {
  return [...nodesIn(program)].some(({ type }) =>
    /^(For|While|DoWhile|ForOf)Statement$/.test(type),
  );
}

function importedFromWorld(program: Node): string[] {
  return (program.body as Node[])
    .filter(({ type, source }) => type === "ImportDeclaration" && isWorld(source))
    .flatMap(({ specifiers }) => (specifiers as Node[]).map(({ local }) => nameOf(local)));
}

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
