import type { Chapter } from "../../manifest.ts";
import { currentPlace } from "../learner/progress-file.ts";

/**
 * Prints what to type while the workshop runs: for the chapter that it serves, or for the learner's current
 * chapter if it serves all.
 */
export function printCommands(served: readonly Chapter[], ingressPort: number): void {
  const [first, ...others] = served;
  const shown = others.length === 0 ? first : currentPlace()?.chapter;
  if (shown === undefined) console.log("\nYou have passed every exercise.");
  else printCommandsOf(shown, ingressPort);
  if (others.length === 0) return;
  const other = served.find(({ number }) => number > (shown?.number ?? "")) ?? first;
  console.log(
    `\nnpm start serves all chapters. Each lesson has the commands of its chapter.\nTo print them here: Ctrl-C, then npm start ${other?.number}.`,
  );
}

function printCommandsOf({ number, title, curl }: Chapter, ingressPort: number): void {
  console.log(`\nTry chapter ${number}, ${title}, in another terminal:`);
  for (const line of curl) {
    console.log(line.replaceAll("localhost:8080", `localhost:${ingressPort}`));
  }
  console.log(`npm run break ${number}   lists what you can break while this runs`);
  console.log(`npm run check ${number}   checks your exercises`);
}
