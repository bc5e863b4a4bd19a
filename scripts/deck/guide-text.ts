import { join } from "node:path";
import type { Proof } from "../../checks/shared/proof.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { importFile } from "../../checks/stage/source-file.ts";
import type { Chapter } from "../../manifest.ts";
import type { Deck, Slide } from "./deck.ts";

/**
 * A chapter's part of the instructor's guide, as Markdown: the goal, the minutes, the demos with their
 * commands, what learners ask, and the mistakes that they make. All of it comes from the deck and from
 * the checks' proofs.
 */
export async function chapterGuide(chapter: Chapter, deck: Deck): Promise<string> {
  const { number, title, exercises } = chapter;
  const [first] = deck.slides;
  const shown = deck.slides.filter(({ exercise }) => exercise === undefined);
  const minutes = Math.round(shown.reduce((sum, slide) => sum + slide.minutes, 0));
  const worked = exercises.map((exercise) => `${exercise.id} ${exercise.minutes}`).join(", ");
  const proofs = await Promise.all(exercises.map(({ id }) => proofOf(chapter, id)));
  const demos = deck.slides.filter((slide) => slide.title.startsWith("Demo"));
  const asked = deck.slides.flatMap(({ notes }) => questionsIn(notes));
  return [
    `## ${number} ${title}`,
    first?.notes ?? "",
    `Slides ${minutes} minutes; exercises, in minutes: ${worked}.`,
    ...demos.flatMap((slide) => [`### ${slide.title}`, commandsOf(slide, chapter), slide.notes]),
    ...(asked.length > 0
      ? ["### What learners ask", asked.map((question) => `- ${question}`).join("\n")]
      : []),
    "### What learners believe, and the check that proves them wrong",
    ...exercises.map(({ id }, place) => beliefs(id, proofs[place] as Proof)),
  ].join("\n\n");
}

async function proofOf({ slug }: Chapter, id: string): Promise<Proof> {
  return (await importFile<{ proof: Proof }>(join(root, "checks", slug, `${id}.proof.ts`))).proof;
}

function beliefs(id: string, { mistakes }: Proof): string {
  const lines = mistakes.map(({ belief, caughtBy }) => `- "${belief}" (${caughtBy.check})`);
  return [`\`${id}\``, "", ...lines].join("\n");
}

function questionsIn(notes: string): string[] {
  const [, ...questions] = notes.split(/\bQuestion: /);
  return questions.map((question) =>
    question.replaceAll("\n", " ").replace(" Answer: ", " ").trim(),
  );
}

/** The commands on a slide, including those from the manifest. */
function commandsOf({ markdown }: Slide, { number, curl }: Chapter): string {
  const commands = [...markdown.matchAll(/^<!-- curl: (\d+) -->$|^```bash\n([\s\S]*?)^```$/gm)].map(
    ([, nth, typed]) => (nth === undefined ? (typed ?? "").trim() : curl[Number(nth) - 1]),
  );
  return `\`\`\`\n${[`npm start ${number} -- --solution`, ...commands].join("\n")}\n\`\`\``;
}
