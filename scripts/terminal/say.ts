import { styleText } from "node:util";

/** Says who does what, in one line. */
export type Say = (who: string, what: string) => void;

type Look = Parameters<typeof styleText>[0];

// What a reader looks for is bold. What ends as expected is dim.
const looks: Record<string, Look> = {
  agents: ["bold", "cyan"],
  approve: ["bold", "yellow"],
  attempt: "yellow",
  break: ["bold", "red"],
  done: "dim",
  registered: ["bold", "green"],
  step: "yellow",
  trace: ["bold", "magenta"],
};

/** Says who does what, in one line. */
export function say(who: string, what: string): void {
  console.log(lineOf(who, what));
}

/** The line that says who does what. In a terminal, the first word of `who` decides its style. */
export function lineOf(who: string, what: string): string {
  const look = looks[who.split(" ")[0] ?? ""];
  const name = who.padEnd(10);
  return `${look === undefined ? name : styleText(look, name)} ${what}`;
}
