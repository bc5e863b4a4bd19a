import { readDecks } from "./deck/deck.ts";
import { chapterGuide } from "./deck/guide-text.ts";
import { chaptersAskedFor, readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const usage = { words: ["chapter"], switches: [], values: [] };
  const { words } = readCommand("npm run guide", usage, process);
  const decks = readDecks();
  for (const chapter of chaptersAskedFor(words[0] ?? "all")) {
    const deck = decks.find((each) => each.chapter === chapter);
    if (deck) console.log(`${await chapterGuide(chapter, deck)}\n`);
  }
});
