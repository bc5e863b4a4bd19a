import RevealHighlight from "./reveal/plugin/highlight.mjs";
import RevealMarkdown from "./reveal/plugin/markdown.mjs";
import RevealNotes from "./reveal/plugin/notes.mjs";
import Reveal from "./reveal/reveal.mjs";

const root = document.documentElement;
const isDark = () =>
  (root.dataset.theme ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function changeTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
}

const wanted = new URLSearchParams(location.search).get("theme");
if (wanted === "light" || wanted === "dark") root.dataset.theme = wanted;

/** As in the address: the chapter, and the slide of it, from 0. */
function numberOf(slide) {
  const { h, v } = deck.getIndices(slide);
  const { deck: name } = slide.parentElement.dataset;
  return [/^\d+$/.test(name) ? name : h, "/", v];
}

const deck = new Reveal({
  plugins: [RevealMarkdown, RevealHighlight, RevealNotes],
  width: 1600,
  height: 900,
  margin: 0.03,
  center: false,
  hash: true,
  navigationMode: "linear",
  transition: "none",
  backgroundTransition: "none",
  // Asked for once before there is a current slide.
  slideNumber: (slide) => (slide ? numberOf(slide) : [""]),
  keyboard: { 68: changeTheme },
});
// For who looks at the slides from outside: the tests.
globalThis.deck = deck;
await deck.initialize();
