// Looks for code around steps: promises, errors, state, other services.
import {
  changedBy,
  first,
  isFunction,
  isMember,
  type Look,
  type Node,
  nameOf,
  nodesIn,
} from "./syntax.ts";

/** `Promise.all`, `Promise.race` and the like, which do not know Restate's promises. */
export const nativeCombinator: Look = (program) =>
  [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      isMember(node.callee, "Promise", /^(all|race|any|allSettled)$/),
  );

/** One of Restate's combinators with an async function in its arguments. */
export const plainPromise: Look = (program) =>
  [...nodesIn(program)].find(
    (node) =>
      node.type === "CallExpression" &&
      isMember(node.callee, /RestatePromise$/, /^(all|race|any|allSettled)$/) &&
      [...nodesIn(node.arguments)].some(({ async }) => async === true),
  );

/** A variable of the module that a function changes, or a list, map or object that a function fills. */
export const moduleVariable: Look = (program) => {
  const declared = (program.body as Node[])
    .filter(({ type }) => type === "VariableDeclaration")
    .flatMap(({ declarations }) => declarations as Node[]);
  const functions = [...nodesIn(program)].filter(isFunction).map(({ body }) => body);
  const changed = new Set(functions.flatMap((body) => [...nodesIn(body)]).flatMap(changedBy));
  return declared.find(({ id }) => changed.has(nameOf(id)));
};

/** A time limit: around a step or a wait, inside a step, or in its options. */
export const timeLimit: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key, name }) =>
      (type === "Property" && nameOf(key) === "maxRetryDuration") ||
      (type === "Identifier" && /^(orTimeout|setTimeout|timeout)$/.test(String(name))),
  );

/** The place where errors are caught, `catch` or `.catch(…)`; undefined if there are several. */
export const onlyCatch: Look = (program) => {
  const all = [...nodesIn(program)].filter(
    ({ type, callee }) =>
      type === "CatchClause" || (type === "CallExpression" && nameOf(callee) === "catch"),
  );
  return all.length === 1 ? all[0] : undefined;
};

/** A limit on the attempts of a whole run: `retryPolicy` in a service's options. */
export const runLimit: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key }) => type === "Property" && nameOf(key) === "retryPolicy",
  );

/** A request with `fetch`, which Restate does not see. */
export const ownRequest: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee }) =>
      type === "CallExpression" &&
      (callee as Node).type === "Identifier" &&
      nameOf(callee) === "fetch",
  );

/** A client of a service on which no handler is called. */
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

/** A place that sets state with one serde, if another place reads it with another serde or with none. */
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
