import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Marked, type Token, type Tokens } from "marked";
import { root } from "../../checks/stage/run-folder.ts";
import { chapters } from "../../manifest.ts";

/** A page beside the slides: a lesson or the guide. */
export interface Page {
  /** Its folder below `lessons`, which is also its address. */
  name: string;
  title: string;
  markdown: string;
}

interface Heading {
  depth: number;
  id: string;
  html: string;
}

const guide = "guide";
// The slides' address in `npm run slides`. Lessons link to it, for people who read them as files.
const slidesFromOutside = /http:\/\/localhost:8000\//g;

/**
 * Writes a page into a folder of slides, as HTML that needs no script. It has a table of contents, and
 * each heading has an address.
 */
export function writePage(folder: string, { name, title, markdown }: Page): void {
  const { body, headings } = render(markdown.replace(slidesFromOutside, "../../"));
  const parts: Record<string, string> = {
    title: escapeHtml(title),
    pages: linksToPages(name),
    contents: contentsOf(headings),
    body,
  };
  const template = readFileSync(join(root, "slides", "page.html"), "utf8");
  const place = join(folder, "lessons", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, "index.html"),
    template.replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part] ?? ""),
  );
}

function render(markdown: string): { body: string; headings: Heading[] } {
  const headings: Heading[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const id = unused(slugOf(textOf(tokens)), headings);
        headings.push({ depth, id, html });
        return `<h${depth} id="${id}">${html}</h${depth}>\n`;
      },
    },
  });
  return { body: marked.parse(markdown, { async: false }), headings };
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => ("text" in token ? token.text : token.raw)).join("");
}

/** Makes the same ids as GitHub: `The calls you need` becomes `the-calls-you-need`. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replace(/\s+/g, "-");
}

function unused(slug: string, headings: readonly Heading[]): string {
  for (let number = 0; ; number++) {
    const id = number === 0 ? slug : `${slug}-${number}`;
    if (!headings.some((heading) => heading.id === id)) return id;
  }
}

function contentsOf(headings: readonly Heading[]): string {
  const items = headings
    .filter(({ depth }) => depth === 2 || depth === 3)
    .map(({ depth, id, html }) => {
      return `<li${depth === 3 ? ' class="below"' : ""}><a href="#${id}">${html}</a></li>`;
    });
  return `<ul>\n${items.join("\n")}\n</ul>`;
}

/** Links to the chapter's slides, or to the first slide, and to all pages. */
function linksToPages(current: string): string {
  const chapter = chapters.find(({ slug }) => slug === current);
  const link = (href: string, text: string, label: string, isCurrent: boolean) =>
    `<a href="${href}" title="${escapeHtml(label)}"${isCurrent ? ' aria-current="page"' : ""}>${text}</a>`;
  return [
    link(`../../#/${Number(chapter?.number ?? 0)}`, "Slides", "The slides", false),
    ...chapters.map(({ slug, number, title }) =>
      link(`../${slug}/`, number, `${number} ${title}`, slug === current),
    ),
    link(`../${guide}/`, "Guide", "Leading the workshop", current === guide),
  ].join("\n");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
