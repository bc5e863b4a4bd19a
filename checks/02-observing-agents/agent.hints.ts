import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "An operator sees ten runs that retry the same step. What must its name say to tell them apart?",
    "A step takes a name before its action. Make it of what is asked and of the tool's input.",
    "await ctx.run(`… in ${city}`, () => fetchWeather(city));",
  ],
  [
    "How often does the line after the step run, when a crash comes later in the handler?",
    "Restate's context has a console of its own, which is silent while the journal is replayed.",
    "ctx.console.info(`…`);",
  ],
];

export const why =
  "The journal keeps a step under its name, so a name with the city in it tells an operator what is retrying, from outside and without your code. The handler runs again on each replay, and would write its line once more: ctx.console is silent then, and a step that has its result is not run again at all.";
