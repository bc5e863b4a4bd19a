import { CheckFailed } from "../report/check-failed.ts";
import type { Call } from "../stage/events.ts";
import type { Stage } from "../stage/stage.ts";
import type { Analysis } from "./claims.ts";
import { itemsIn } from "./model-items.ts";

const topics: Record<Analysis, RegExp> = {
  eligibility: /eligib/i,
  cost: /cost|rate/i,
  fraud: /fraud/i,
};
// The word directly before a finding: `Cost: `, `"cost":"`, `calculateCost says `.
const wordBefore = /(\w+)(?:["'\\:=\s]|says|is)*$/;

/** @throws {CheckFailed} if the model is told a finding under the name of another analysis */
export function expectOwnLabels(stage: Stage, when: string, next: string): void {
  const calls = stage.calls("model").filter(({ by }) => by === "agent");
  const findings = stage.calls("analysis").flatMap(({ subject, answer, outcome }) => {
    return outcome === 200
      ? [{ about: subject, finding: JSON.parse(answer).finding as string }]
      : [];
  });
  for (const { about, finding } of findings) {
    const label = calls.flatMap((call) => labelsOf(finding, call, calls)).find(isOf(about));
    if (label === undefined) continue;
    throw new CheckFailed({
      did: `${when}, your agent gave the model the finding on ${about} under the name "${label}".`,
      asks: "Each finding has its own name: the model relies on what it is told.",
      cause:
        "The results are not read in the order in which the work started, or a name was mixed up.",
      next,
    });
  }
}

/** Whether a label names another analysis. */
function isOf(about: string): (label: string) => boolean {
  return (label) =>
    Object.entries(topics).some(([topic, words]) => topic !== about && words.test(label)) &&
    !topics[about as Analysis].test(label);
}

/** The labels of a finding in a request: the word before it, or the tool that returned it. */
function labelsOf(finding: string, request: Call, calls: readonly Call[]): string[] {
  const items = itemsIn(request, calls);
  const tools = items.flatMap(({ call_id, output }) => {
    if (!JSON.stringify(output ?? "").includes(finding)) return [];
    return items.flatMap((item) => (item.call_id === call_id ? (item.name ?? []) : []));
  });
  const text = request.asked.replaceAll("\\", "");
  const words = text
    .split(finding)
    .slice(0, -1)
    .map((before) => before.match(wordBefore)?.[1] ?? "");
  return [...tools, ...words];
}
