import { readFileSync, writeFileSync } from "node:fs";
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
const handler = /async \(\s*ctx: [\s\S]*?=> \{\n/;

/**
 * Plants a fault that only two failures in one run show, in a copy of an exercise's code.
 *
 * @throws if the code has no handler with a body in braces
 */
export function plantFault({ chapter, exercise, file }: Target): Target {
  const folder = join(makeRunFolder(), chapter.slug);
  copyFiles(join(root, file, ".."), folder);
  const planted = join(folder, basename(file));
  const code = readFileSync(planted, "utf8");
  if (!handler.test(code)) throw new Error(`${file} has no handler to plant a fault in.`);
  const call = "giveUpAfterTwoCrashes(ctx.request().id);\n";
  writeFileSync(planted, guard + code.replace(handler, (begin) => begin + call));
  return { chapter, exercise, file: relative(root, planted) };
}
