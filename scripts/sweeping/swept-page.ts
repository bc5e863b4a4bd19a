import type { Swept } from "../../checks/stage/sweep.ts";
import { quote } from "./quote.ts";
import { drawRun, legend } from "./run-picture.ts";
import { didHarm, listHarm, nameRun, type ServiceSweep, tellCounts } from "./told-harm.ts";

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f27, #eceff4); --quiet: light-dark(#525b6b, #a9b3c4);
  --ground: light-dark(#fff, #16191f); --line: light-dark(#d5dbe6, #363d4a);
  --bad: light-dark(#b3261e, #ff9c94); --good: light-dark(#1d6b34, #83d69b); }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .3rem; }
p { margin: .3rem 0; }
.harm, .failed, .undone { color: var(--bad); }
.kept, .replayed, .done { color: var(--good); }
.waiting, .quiet, summary { color: var(--quiet); }
.picture { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 400; font-size: .95rem; line-height: 1.25; padding: .3rem .8rem .3rem 0;
  width: max-content; max-width: 22rem; position: sticky; left: 0; background: var(--ground); }
@media (max-width: 40rem) { th { min-width: 8rem; max-width: 9rem; } }
td { min-width: 1.6rem; height: 1.8rem; text-align: center; border-top: 1px solid var(--line); }
td.killed { background: color-mix(in srgb, var(--bad) 22%, transparent); }
td span { cursor: default; font-weight: 650; }
:focus-visible { outline: 3px solid var(--quiet); outline-offset: 2px; }
@media print { details { display: none; } }
`;

/** What a sweep found, as one HTML page that needs no network: a picture for each kind of harm. */
export function renderPage({ call, swept, leftOut }: ServiceSweep): string {
  const kinds = Map.groupBy(swept.filter(didHarm), (each) => listHarm(each).join("\n"));
  const sections = [...kinds.values()].map(renderKind);
  const [calm] = swept;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${quote(call)} in a crash sweep</title>
<style>${style}</style>
</head>
<body>
<h1>${quote(call)} in a crash sweep</h1>
<p>${quote(tellCounts(swept, leftOut))}</p>
<p class="quiet">${quote(legend)}</p>
${sections.join("\n")}
${calm ? `<section><h2>The run without a kill</h2>${drawRun(calm.events, calm.invoked)}</section>` : ""}
</body>
</html>
`;
}

function renderKind(alike: readonly Swept[]): string {
  const [first, ...others] = alike;
  if (first === undefined) return "";
  const harm = listHarm(first).map((what) => `<p class="harm">${quote(what)}</p>`);
  const more = others.map((each) => `<li>${quote(nameRun(each))}</li>`);
  const also = `<details><summary>The same in ${others.length} other run${others.length === 1 ? "" : "s"}</summary><ul>${more.join("")}</ul></details>`;
  return [
    `<section><h2>${quote(nameRun(first))}</h2>`,
    ...harm,
    drawRun(first.events, first.invoked),
    others.length > 0 ? also : "",
    "</section>",
  ].join("\n");
}
