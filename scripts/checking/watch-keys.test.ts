import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyWorkshop } from "../files/copy-workshop.ts";

// The one of util-linux makes a terminal for a command; that of macOS takes other arguments.
const hasTerminal =
  process.platform === "linux" && spawnSync("script", ["--version"]).error === undefined;
if (!hasTerminal) console.log("The test of keys is skipped: there is no util-linux `script`.");

test.skipIf(!hasTerminal)(
  "keys give a hint, the diff and the next exercise, and quit",
  async () => {
    const workshop = copyWorkshop();
    const check = `${process.execPath} ${join(workshop, "scripts/check.ts")} 01 --watch`;
    const child = spawn("script", ["-qec", check, "/dev/null"], { cwd: workshop });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const ended = once(child, "close");
    const says = (text: string) => expect.poll(() => output).toContain(text);

    await says("Keys: h hint, d diff to the solution, n next exercise, q quit");
    child.stdin.write("h");
    await says("failed in your last check.");
    await says("Hint 1 of 3");
    child.stdin.write("d");
    await says("+ solutions/01-durable-execution/agent.ts");
    child.stdin.write("n");
    await says("exercises/02-observing-agents/agent.ts");
    await expect.poll(() => output.split("Keys: h hint").length).toBe(3);
    child.stdin.write("q");
    const [code] = await ended;
    expect(code).toBe(0);
  },
);
