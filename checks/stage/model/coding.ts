import type { Conversation, Reply } from "./conversation.ts";

const tool = "writeFile";

/** Writes a file for all that the user has said. Then it says for what, and what became of the file. */
export function writeCode({ prompt, said, tools, results }: Conversation): Reply | undefined {
  if (!tools.includes(tool)) return undefined;
  const wishes = [...said, prompt];
  const written = results.find((result) => result.tool === tool);
  if (written === undefined) {
    return { call: { tool, input: { path: "main.ts", content: `// ${wishes.join(" ")}` } } };
  }
  const list = wishes.map((wish) => `"${wish}"`).join(", then ");
  return { text: `For ${list}: ${written.output}` };
}
