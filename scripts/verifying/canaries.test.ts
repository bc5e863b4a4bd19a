// Each sabotage of the checks or of their proof must make `npm run verify` fail, for the right reason.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { stubs } from "../../manifest.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";

const chapter = "01-durable-execution";

/** A copy of the workshop, with chapter 01's proof replaced. */
class Copy {
  readonly #folder = copyWorkshop();

  constructor(proof: string) {
    this.write(`checks/${chapter}/agent.proof.ts`, proof);
  }

  change(path: string, found: string, by: string): void {
    const file = join(this.#folder, path);
    const text = readFileSync(file, "utf8");
    expect(text).toContain(found);
    writeFileSync(file, text.replace(found, by));
  }

  read(path: string): string {
    return readFileSync(join(this.#folder, path), "utf8");
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#folder, path), text);
  }

  run(script: string, ...flags: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const command = [join(this.#folder, `scripts/${script}.ts`), "01", ...flags];
      const options = {
        cwd: this.#folder,
        env: { ...process.env, NO_COLOR: "1", INIT_CWD: this.#folder },
      };
      const child = execFile(process.execPath, command, options, (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
      });
    });
  }
}

const mistake = (id: string, check: string, replace: readonly [string, string][]) => `{
  id: "${id}",
  belief: "",
  changes: [{ file: "agent.ts", replace: ${JSON.stringify(replace)} }],
  caughtBy: { check: "${check}", mode: "normal" },
  cause: /./,
}`;
const proofOf = (mistakes: string[], variants: string) => `export const proof = {
  stubFails: ["crash-before-weather"],
  mistakes: [${mistakes.join(",\n")}],
  variants: [${variants}],
};
`;

describe("verification turns red", () => {
  let verified: { code: number; output: string };
  const hardCoded: [string, string][] = [["return text;", 'return text && "Sunny.";']];

  beforeAll(async () => {
    const copy = new Copy(
      proofOf(
        [
          mistake("sound", "answers", hardCoded),
          mistake("no-syntax", "answers", [["return text;", "return text +;"]]),
          mistake("names-another-check", "weather-outage", hardCoded),
          mistake("no-longer-applies", "answers", [["return words;", ""]]),
          mistake("of-a-gutted-check", "model-errors", [
            [
              "      const { text } = await generateText({",
              "      const answer = await generateText({",
            ],
            [
              "parallelToolCalls: false } },\n      });",
              'parallelToolCalls: false } },\n      }).catch(() => ({ text: "Sorry." }));',
            ],
            ["return text;", "return answer.text;"],
            ["maxRetryAttempts: 3", "maxRetryAttempts: 1"],
          ]),
        ],
        `{ id: "really-wrong", how: "", changes: [{ file: "agent.ts", replace: ${JSON.stringify(hardCoded)} }] }`,
      ),
    );
    copy.change(
      `checks/${chapter}/agent.test.ts`,
      "    stage.inject(modelAnswers(429, 1));",
      "    if (city) return;\n    stage.inject(modelAnswers(429, 1));",
    );
    copy.write(`${stubs}/${chapter}/agent.ts`, copy.read(`solutions/${chapter}/agent.ts`));
    verified = await copy.run("verify");
  });

  test("with an exit code", () => {
    expect(verified.code).toBe(1);
    expect(verified.output).toMatch(/\n2 passed, \d+ failed\n$/);
  });

  test("and not for what is sound", () => {
    expect(verified.output).toContain("✓ 01 agent, solution agent");
    expect(verified.output).toContain("✓ 01 agent, mistake sound");
  });

  test.each([
    ["a check gutted to pass always", "mistake of-a-gutted-check: no check rejects it"],
    ["its proof gone", "01 agent: no mistake makes 01.model-errors fail"],
    ["a syntax error", /mistake no-syntax: it does not compile: agent\.ts:\d+ Expression expected/],
    [
      "the wrong check named",
      "mistake names-another-check: 01.answers (normal) rejects it first, not weather-outage",
    ],
    [
      "a change that no longer applies",
      'mistake no-longer-applies: it no longer applies: agent.ts contains this text 0 times, not once: "return words;"',
    ],
    [
      "a stub that equals the solution",
      "stub agent: it passes crash-before-weather, but the proof says that it fails",
    ],
    ["a variant that is wrong", "variant really-wrong: 01.answers (normal) rejects it"],
  ])("for %s", (_, complaint) => {
    expect(verified.output).toMatch(complaint);
  });
});

test("a run in the wrong mode turns verification red", async () => {
  const copy = new Copy(proofOf([], ""));
  copy.change("checks/stage/restate/admin.ts", '"always-replay": "0s"', '"always-replay": "1m"');
  const { code, output } = await copy.run("verify");
  expect(output).toContain("WeatherAgent is in mode normal, and not always-replay.");
  expect(code).toBe(2);
});

test("a check that never ends, and one that breaks nothing, are failures of the code", async () => {
  const copy = new Copy(proofOf([], ""));
  const checks = `checks/${chapter}/agent.test.ts`;
  copy.change("checks/shared/perform.ts", "const checkCap = 60_000", "const checkCap = 15_000");
  copy.change(
    checks,
    "    stage.inject(modelAnswers(429, 1));",
    "    await new Promise(() => {});",
  );
  copy.change(checks, 'killBefore("weather", 1)', 'killBefore("weather", 9)');
  const { code, output } = await copy.run("check", "--solution");
  expect(output).toMatch(/✗ 01\.model-errors /);
  // The first check still runs on that stage, and would disturb the next checks there.
  expect(output).toContain("Skipped: An earlier check never ended, so this one was not run.");
  expect(output).toMatch(/✗ 01\.crash-before-weather /);
  expect(output).not.toMatch(/checks broke|workshop is wrong/);
  expect(code).toBe(1);
});

test("checks that were not made are no checks that have found nothing", async () => {
  const copy = new Copy(proofOf([], ""));
  copy.change("vitest.config.ts", "    testTimeout", "    bail: 1,\n    testTimeout");
  const { code, output } = await copy.run("check", "--dir", `${stubs}/${chapter}`);
  expect(output).toMatch(/The checks broke: \d+ of \d+ checks were not run/);
  expect(code).toBe(2);
});
