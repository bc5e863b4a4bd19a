// Looks for code that concerns the conversation with the model: its loop, tools and middleware.
import { type Look, type Node, nameOf, nodesIn } from "./syntax.ts";

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

/** The call that makes the model, if no middleware keeps its answers. */
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

/** The AI SDK's telemetry, if it has an integration to report to. */
export const sdkTelemetry: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, key, value }) =>
      type === "Property" &&
      nameOf(key) === "telemetry" &&
      [...nodesIn(value)].some((each) => nameOf(each.key) === "integrations"),
  );

/** A limit of one step on a loop: `isStepCount(1)`. */
export const oneStep: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee, arguments: given }) =>
      type === "CallExpression" &&
      nameOf(callee) === "isStepCount" &&
      (given as Node[])[0]?.value === 1,
  );

/** A tool with a schema and no execute. Code that has its own loop may have one, so it is left out. */
export const toolWithoutExecute: Look = (program) =>
  [...nodesIn(program)].find(({ type, properties }) => {
    if (hasLoop(program)) return false;
    if (type !== "ObjectExpression") return false;
    const names = (properties as Node[]).map(({ key }) => nameOf(key));
    return names.includes("inputSchema") && !names.includes("execute");
  });

/** A call of `generateText` with tools and no stopWhen. Code that has its own loop is left out. */
export const loopWithoutStop: Look = (program) =>
  [...nodesIn(program)].find(({ type, callee, arguments: given }) => {
    if (hasLoop(program) || type !== "CallExpression" || nameOf(callee) !== "generateText")
      return false;
    const [options] = given as Node[];
    if (options?.type !== "ObjectExpression") return false;
    const names = (options.properties as Node[]).map(({ key }) => nameOf(key));
    return names.includes("tools") && !names.includes("stopWhen");
  });

function hasLoop(program: Node): boolean {
  return [...nodesIn(program)].some(({ type }) =>
    /^(For|While|DoWhile|ForOf)Statement$/.test(type),
  );
}
