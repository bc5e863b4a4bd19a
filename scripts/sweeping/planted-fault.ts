import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { copyFiles } from "../files/copy-files.ts";
import type { Target } from "../learner/targets.ts";

// Two crashes in one run make it give up; one makes no difference. It notes on disk which processes a run
// has had, as a guard against requests that crash every process would.
const guard = `
const { appendFileSync, readFileSync } = await import("node:fs");
function giveUpAfterTwoCrashes(id: Iterable<number>): void {
  const file = new URL(\`crashes-\${Buffer.from([...id]).toString("hex")}\`, import.meta.url);
  appendFileSync(file, \`\${process.pid}\\n\`);
  const processes = new Set(readFileSync(file, "utf8").trim().split("\\n"));
  if (processes.size > 2) throw new restate.TerminalError("This request crashes every process.");
}
`;
const handler = /async \(\s*ctx: [\s\S]*?=> \{\n/g;
const call = "giveUpAfterTwoCrashes(ctx.request().id);\n";
const specialists = "#world/specialists.ts";

/**
 * Plants a fault that only two failures in one run show, in a copy of an exercise's code. An agent that calls
 * specialists leaves most calls to them, so they have the fault.
 *
 * @throws if the code has no place for it
 */
export function plantFault({ chapter, exercise, file }: Target): Target {
  const folder = join(makeRunFolder(), chapter.slug);
  copyFiles(join(root, file, ".."), folder);
  const planted = join(folder, basename(file));
  if (readFileSync(planted, "utf8").includes(specialists)) plantInSpecialists(folder);
  else plantAt(planted, handler);
  return { chapter, exercise, file: relative(root, planted) };
}

function plantAt(file: string, place: RegExp): void {
  const code = readFileSync(file, "utf8");
  const changed = code.replace(place, (begin) => begin + call);
  if (changed === code) throw new Error(`${file} has no place for a planted fault.`);
  writeFileSync(file, guard + changed);
}

/** Gives a folder specialists of its own, and plants the fault in what all of them run. */
function plantInSpecialists(folder: string): void {
  const own = join(folder, "specialists.ts");
  const code = readFileSync(join(root, "exercises/world/specialists.ts"), "utf8");
  writeFileSync(own, code.replaceAll('"./', '"#world/'));
  plantAt(own, /async function assess\([\s\S]*?\{\n/);
  for (const name of readdirSync(folder).filter((each) => each !== "specialists.ts")) {
    const text = readFileSync(join(folder, name), "utf8");
    writeFileSync(join(folder, name), text.replaceAll(specialists, "./specialists.ts"));
  }
}
