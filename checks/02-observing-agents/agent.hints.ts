import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["named", "failing-step", "private-names"],
    question:
      "An operator sees ten runs that retry the same step. What must the name say to tell them apart?",
    pointer:
      "A step takes a name before its action. Say what the step does and for which input of the tool.",
    nearlyTheCode: "await ctx.run(`… in ${city}`, () => fetchWeather(city));",
  },
  {
    checks: ["logged", "crash-logged"],
    question: "How often does the line after the step run, if a crash comes later in the handler?",
    pointer: "Restate's context has a console of its own, which is silent during a replay.",
    nearlyTheCode: "ctx.console.info(`…`);",
  },
];

export const prediction =
  "In the original code, no name says Denver, and console.log prints once in every attempt that gets there. With your fix the step's name says Denver, and the line is printed once.";

export const why =
  "The journal has each step's name, so a name with the city tells an operator what is retrying. The operator does not need your code. The handler runs again in every replay, and a console.log in it would print again. ctx.console is silent then, and a step that has its result does not run again at all.";
