import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyWorkshop } from "../files/copy-workshop.ts";
import type { Work } from "./progress-file.ts";

const passed = { spent: 0, passedAt: "2026-01-01T00:00:00.000Z" };
const failed = (check: string) => ({ spent: 0, failed: check });

/** A learner's copy in which so much is known of exercises, and hints for it. */
function workshopWith(work: Record<string, Work>, lastFailed?: string) {
  const folder = copyWorkshop();
  mkdirSync(join(folder, ".workshop"));
  writeFileSync(join(folder, ".workshop/progress.json"), JSON.stringify({ work, lastFailed }));
  const hint = (...words: string[]) => {
    const command = [join(folder, "scripts/hint.ts"), ...words];
    const env = { ...process.env, NO_COLOR: "1", INIT_CWD: folder };
    const { stdout, stderr, status } = spawnSync(process.execPath, command, {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    return { told: stdout + stderr, code: status };
  };
  return { folder, hint };
}

/** Of which exercise, TODO and stage a hint is: `01 agent 1.2`. */
function placeOf(told: string): string | undefined {
  const [, exercise, todo, stage] =
    told.match(/^(\d\d \S+), TODO (\d): (?:.+\n)+\nHint (\d) of 3\n\n\S/m) ?? [];
  return exercise && `${exercise} ${todo}.${stage}`;
}

test("gives one stage after another, TODO by TODO, and then names the diff", () => {
  const { hint } = workshopWith({});
  const told = Array.from({ length: 6 }, () => hint("01", "agent").told);
  expect(told[0]).toMatch(/^01 agent, TODO 1: keep every answer (?:.+\n)+\nHint 1 of 3\n\nWhen /);
  for (const line of told.slice(0, 2).join("\n").split("\n")) {
    expect(line.length).toBeLessThanOrEqual(80);
  }
  const stages = ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"];
  expect(told.map(placeOf)).toEqual(stages.map((stage) => `01 agent ${stage}`));
  expect(hint("01").told).toBe("You have had all hints. The solution: npm run diff 01\n");
  expect(placeOf(hint("01", "agent", "2").told)).toBe("01 agent 2.3");
  expect(hint("01", "agent", "9")).toEqual({
    told: '"9" does not name one TODO.\nagent has 2. Type: npm run hint 01 agent 1\n',
    code: 2,
  });
});

test("without words, is for the check that failed last where the learner is", () => {
  const { hint } = workshopWith({ "01 agent": passed, "02 agent": failed("crash-logged") });
  const told = Array.from({ length: 4 }, () => hint().told);
  expect(told[0]).toMatch(
    /^02\.crash-logged failed in your last check\. It is about this TODO:\n02 agent, TODO 2/,
  );
  expect(told.map(placeOf)).toEqual(
    ["2.1", "2.2", "2.3", "1.1"].map((stage) => `02 agent ${stage}`),
  );
  expect(told[3]).toMatch(
    /^02\.crash-logged failed in your last check, and you have had all hints for it\.\nThe solution: npm run diff 02 agent\. /,
  );
});

test("without words, is for what failed last, also where exercises before it were skipped", () => {
  const work = { "01 agent": failed("calm"), "06 racing-agents": failed("loser-cancelled") };
  const { hint } = workshopWith(work, "06 racing-agents");
  expect(hint().told).toMatch(/^06\.loser-cancelled failed in your last check[.,]/);
  expect(hint("01").told).toMatch(/^01\.calm failed when you last checked 01 agent\./);
});

test("before anything is checked, is for the first TODO", () => {
  expect(placeOf(workshopWith({}).hint().told)).toBe("01 agent 1.1");
});

test("after a pass says so, and names the next exercise", () => {
  const { hint } = workshopWith({ "01 agent": passed, "03 agent": passed });
  const next = "Next: 02 agent, exercises/02-observing-agents. Then: npm run check 02 agent\n";
  expect(hint().told).toBe(
    `01 agent has passed.\n${next}For a hint without a check: npm run hint 02 agent\n`,
  );
  expect(hint("01").told).toBe(
    `01 agent has passed.\n${next}A hint anyway: npm run hint 01 agent 1\n`,
  );
  expect(placeOf(hint("01", "agent", "1").told)).toBe("01 agent 1.1");
});

test("of a chapter, is for the exercise that fails, and for none that has passed", () => {
  const fails = workshopWith({ "07 retry-budget-agent": failed("weather-down") });
  expect(placeOf(fails.hint("07").told)).toBe("07 retry-budget-agent 2.1");
  expect(placeOf(fails.hint("07", "stop-on-terminal-tool-agent").told)).toBe(
    "07 stop-on-terminal-tool-agent 1.1",
  );
  const passes = workshopWith({ "03 agent": passed });
  expect(placeOf(passes.hint("03").told)).toBe("03 agent-with-timeout 1.1");
});

test("of two TODOs that a check is about, is for the one that nobody has begun", () => {
  const { folder, hint } = workshopWith({ "05 multi-agent": failed("own-invocations") });
  const file = join(folder, "exercises/05-orchestration/multi-agent.ts");
  const stub = readFileSync(file, "utf8");
  const begun = (text: string, by: string) => writeFileSync(file, stub.replace(text, by));

  expect(placeOf(hint("05", "multi-agent").told)).toBe("05 multi-agent 1.1");
  begun("assessEligibility(ctx, claim),", "ctx.serviceClient(eligibilityAgent).run(claim),");
  expect(placeOf(hint("05", "multi-agent").told)).toBe("05 multi-agent 2.1");
  begun("assessFraud(ctx, claim),", "ctx.serviceClient(fraudCheckAgent).run(claim),");
  expect(placeOf(hint("05", "multi-agent").told)).toBe("05 multi-agent 1.2");
});

test("says where a check is about no single TODO, or the code did not compile", () => {
  const atOnce = workshopWith({ "01 agent": failed("two-at-once") }).hint().told;
  expect(atOnce).toMatch(
    /^01\.two-at-once failed in your last check\.\nThis check belongs to no single TODO\. First read /,
  );
  expect(placeOf(atOnce)).toBe("01 agent 1.1");
  const types = workshopWith({ "01 agent": failed("types") }).hint().told;
  expect(types).toMatch(/^The code did not compile in your last check: fix that first\.\n/);
});
