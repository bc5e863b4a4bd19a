// Looks at the conversation with the model: its loop, its tools, its middleware.
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

/** A limit of one step on a loop. */
export const oneStep: Look = (program) =>
  [...nodesIn(program)].find(
    ({ type, callee, arguments: given }) =>
      type === "CallExpression" &&
      nameOf(callee) === "isStepCount" &&
      (given as Node[])[0]?.value === 1,
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

function hasLoop(program: Node): boolean {
  return [...nodesIn(program)].some(({ type }) =>
    /^(For|While|DoWhile|ForOf)Statement$/.test(type),
  );
}
