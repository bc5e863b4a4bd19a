import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyWorkshop } from "../files/copy-workshop.ts";

const workshop = copyWorkshop();
const slug = "01-durable-execution";
// Milliseconds. Hundreds of runs take their time on busy cores.
const patience = 600_000;

/** Runs `npm run storm` in a copy of the workshop, as npm does, with Node and its arguments. */
function storm(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const command = [join(workshop, "scripts/storm.ts"), ...args];
    const env = { ...process.env, NO_COLOR: "1", INIT_CWD: workshop };
    const options = { cwd: workshop, env };
    const child = execFile(process.execPath, command, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

/** The solution whose weather step gives up after the second error of a run that its process has seen. */
function givesUpAfterTwoErrors(): string {
  const solution = readFileSync(join(workshop, "solutions", slug, "agent.ts"), "utf8");
  return solution
    .replace("export default", "const seen = new Map<string, number>();\n\nexport default")
    .replace(
      'ctx.run("get weather", () => fetchWeather(city))',
      `ctx.run("get weather", () =>
        fetchWeather(city).catch((error) => {
          const errors = (seen.get(ctx.request().id) ?? 0) + 1;
          seen.set(ctx.request().id, errors);
          if (errors < 2) throw error;
          return "unknown";
        }),
      )`,
    );
}

test(
  "a fault that only two failures show is found, shrunk to them, kept and replayed",
  async () => {
    writeFileSync(join(workshop, "exercises", slug, "agent.ts"), givesUpAfterTwoErrors());
    const { code, output } = await storm("01", "--mine", "--runs", "300", "--seed", "1");
    expect(output).toMatch(
      /✗ 01 agent, normal\n {2}call 2: answered (503|429), twice\n {2}harm: lost/,
    );
    expect(output).toContain("Again: npm run storm -- --replay .workshop/storm-01-agent.json\n");
    expect(output).toMatch(/\n\d+ runs in storms, \S+ a second; 1 of 1 exercises harmed\n$/);
    expect(code).toBe(1);

    const again = await storm("--replay", ".workshop/storm-01-agent.json");
    expect(again.output).toMatch(/✗ 01 agent, normal\n {2}call 2: answered/);
    expect(again.code).toBe(1);

    const sound = readFileSync(join(workshop, "solutions", slug, "agent.ts"), "utf8");
    writeFileSync(join(workshop, "exercises", slug, "agent.ts"), sound);
    const fixed = await storm("--replay", ".workshop/storm-01-agent.json");
    expect(fixed).toEqual({ code: 0, output: "01 agent: no harm in this storm.\n" });
  },
  patience,
);

test(
  "the fault that it plants in a solution is found, and the solution stays as it is",
  async () => {
    const { code, output } = await storm("01", "--planted", "--seed", "1");
    expect(output).toMatch(
      /^01 agent: the planted fault was found in run \d+\n\n1 of 1 planted faults found, seed 1\n$/,
    );
    expect(code).toBe(0);
    const solution = readFileSync(join(workshop, "solutions", slug, "agent.ts"), "utf8");
    expect(solution).not.toContain("giveUpAfterTwoCrashes");
  },
  patience,
);

test("says in two lines why it could not run", async () => {
  const nothing = await storm("--replay", "package.json");
  expect(nothing.code).toBe(2);
  expect(nothing.output).toMatch(
    /package\.json has no storm\.\nName a file that npm run storm has/,
  );
  const word = await storm("01", "--runs", "many");
  expect(word).toEqual({
    code: 2,
    output: '--runs takes a number, not "many".\nFor example: --runs 4711\n',
  });
});
