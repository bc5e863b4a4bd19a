import { besideACall, type Conversation, type Reply } from "./conversation.ts";

const tool = "findRhymes";

/** Looks for rhymes before it writes a poem. To anything else, it answers what the user has said so far. */
export function holdConversation({ prompt, said, tools, results }: Conversation) {
  if (!tools.includes(tool)) return undefined;
  return /poem|rhyme/i.test(prompt)
    ? writePoem([...said, prompt], results)
    : { text: tellMemory([...said, prompt]) };
}

function writePoem(said: string[], results: Conversation["results"]): Reply {
  const topic = said.map(topicOf).findLast((named) => named !== undefined);
  if (topic === undefined) return { text: "What should the poem be about?" };

  const rhymes = results.find((result) => result.tool === tool);
  if (rhymes === undefined) {
    return { call: { tool, input: { word: topic.split(" ").at(-1) } }, beside: besideACall };
  }
  return { text: `Of ${topic} I sing, and it rhymes: ${rhymes.output}` };
}

/** "make a poem about durable execution" is about durable execution. */
function topicOf(text: string): string | undefined {
  return text.match(/\babout ([\p{L}\d' -]+)/iu)?.[1]?.trim();
}

function tellMemory(said: string[]): string {
  const list = said.map((text) => `"${text}"`).join(", then ");
  return `You said ${list}. I am the workshop's scripted model: I remember, and I rhyme. For more, \
set OPENAI_API_KEY and start again.`;
}
