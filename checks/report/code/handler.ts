// Looks at what stands around steps: promises, errors, state, other services.
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

/** A limit on the attempts of a whole run, among a service's options. */
export const runLimit: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key }) => type === "Property" && nameOf(key) === "retryPolicy",
  );

/** A request by `fetch`, past Restate. */
export const ownRequest: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee }) =>
      type === "CallExpression" &&
      (callee as Node).type === "Identifier" &&
      nameOf(callee) === "fetch",
  );

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
