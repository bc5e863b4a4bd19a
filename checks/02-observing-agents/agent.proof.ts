import { sampledEachSecondTime } from "../shared/by-chance.ts";
import { weatherInAHandler } from "../shared/handler-of-its-own.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const name = "`get weather in ${city}`";
const step = `await ctx.run(${name}, () => fetchWeather(city))`;
const log = "ctx.console.info(`${city} has ${weather.temperature}, ${weather.condition}`);";

const agent = (...replace: Change["replace"]): Change[] => [{ file: "agent.ts", replace }];

export const proof: Proof = {
  stubFails: ["named", "failing-step", "logged", "crash-logged"],
  mistakes: [
    contextInTheModule("agent.ts", "const model = wrapLanguageModel({", "await ctx.run("),
    {
      id: "logged-and-not-returned",
      belief: "The log has the weather now: that is the tool's purpose.",
      changes: agent(["return weather;", "return;"]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /the tool does not return the weather/,
    },
    {
      id: "anonymous-step",
      belief: "The code says clearly what the step does.",
      changes: agent([`${name}, `, ""]),
      caughtBy: { check: "named", mode: "normal" },
      cause: /The step has no name, or only a number or a symbol/,
    },
    {
      id: "no-step",
      belief: "Only what costs money needs a step.",
      changes: agent([`ctx.run(${name}, () => fetchWeather(city))`, "fetchWeather(city)"]),
      caughtBy: { check: "named", mode: "normal" },
      cause: /fetchWeather\(city\) is not called in a step \(agent\.ts:\d+:\d+\)/,
    },
    {
      id: "city-left-out",
      belief: "The name of a step is the name of its tool.",
      changes: agent([name, '"get weather"']),
      caughtBy: { check: "named", mode: "normal" },
      cause: /the same for every city/,
    },
    {
      id: "prompt-in-the-name",
      belief: "The more of the question is in the name, the better an operator understands it.",
      changes: agent([name, "`get weather: ${prompt}`"]),
      caughtBy: { check: "failing-step", mode: "normal" },
      cause: /contains other cities, too/,
    },
    {
      id: "error-without-its-words",
      belief: "An operator needs to know that the tool has failed, but not how.",
      changes: agent([
        "() => fetchWeather(city))",
        `() =>
                fetchWeather(city).catch(() => {
                  throw new Error("The tool has failed.");
                }),
              )`,
      ]),
      caughtBy: { check: "failing-step", mode: "normal" },
      cause: /The error is caught, and another error without its message/,
    },
    {
      id: "limit-on-the-step",
      belief: "A failing step should end soon, so that somebody sees it.",
      changes: agent(["fetchWeather(city))", "fetchWeather(city), { maxRetryAttempts: 2 })"]),
      caughtBy: { check: "failing-step", mode: "normal" },
      cause: /the step limits its attempts/,
    },
    {
      id: "hour-long-limit",
      belief: "Within an hour somebody has seen what fails, and then it may end.",
      changes: agent([
        "fetchWeather(city))",
        "fetchWeather(city), { maxRetryDuration: { hours: 1 } })",
      ]),
      caughtBy: { check: "failing-step", mode: "normal" },
      cause: /limits its attempts or its time/,
    },
    {
      id: "key-in-the-name",
      belief: "With the key in the name I see whose budget it is.",
      changes: agent([name, "`get weather in ${city} with ${process.env.OPENAI_API_KEY}`"]),
      caughtBy: { check: "private-names", mode: "normal" },
      cause: /The step's name is made of the whole prompt, or contains the key/,
    },
    {
      id: "logged-as-debug",
      belief: "What each tool has answered is a detail, for the debug level.",
      changes: agent(["ctx.console.info", "ctx.console.debug"]),
      caughtBy: { check: "logged", mode: "normal" },
      cause: /Nothing is logged, or only at a hidden level/,
    },
    {
      id: "ordinary-console",
      belief: "A log line does no harm if it is written twice.",
      changes: agent([log, log.replace("ctx.console.info", "console.info")]),
      caughtBy: { check: "crash-logged", mode: "normal" },
      cause: /Code outside steps runs again in every replay, and so/,
    },
    {
      id: "remembered-in-the-process",
      belief: "A set of logged lines keeps each line from being written twice.",
      changes: agent(
        ["export default", "const logged = new Set<string>();\n\nexport default"],
        [
          log,
          `const told = \`\${ctx.request().id} \${city}\`;
              if (!logged.has(told)) console.info(\`\${city} has \${weather.temperature}\`);
              logged.add(told);`,
        ],
      ),
      caughtBy: { check: "crash-logged", mode: "normal" },
      cause: /Code outside steps runs again in every replay, and so/,
    },
    {
      id: "time-in-the-name",
      belief: "With the time in its name, each step is unique.",
      changes: agent([name, "`get weather in ${city} at ${new Date().toISOString()}`"]),
      caughtBy: { check: "failing-step", mode: "normal" },
      cause: /A step's name changes from attempt to attempt/,
    },
    sampledEachSecondTime("agent.ts", "return text;"),
    triesOnce("agent.ts"),
  ],
  variants: [
    weatherInAHandler(
      "agent.ts",
      "ObservedWeatherAgent",
      "ctx.run(`get weather in ${city}`, () => fetchWeather(city))",
      "city",
    ),
    {
      id: "input-as-json",
      how: "the tool's name and input as the step's name, another level of the log",
      changes: agent(
        [name, "`getWeather ${JSON.stringify({ city })}`"],
        ["ctx.console.info(", "ctx.console.warn("],
      ),
    },
    {
      id: "logged-in-the-step",
      how: "the line written by the step itself, which a replay does not run",
      changes: agent(
        [
          step,
          `await ctx.run(${name}, async () => {
                const found = await fetchWeather(city);
                console.log(JSON.stringify({ city, ...found }));
                return found;
              })`,
        ],
        [`              ${log}\n`, ""],
      ),
    },
    {
      id: "two-lines",
      how: "two lines, each with something different to say",
      changes: agent([
        log,
        `${log}
              ctx.console.info(\`told the model of \${city}: \${weather.condition}\`);`,
      ]),
    },
    {
      id: "own-helper",
      how: "a helper that runs the step and logs what it has answered",
      changes: agent(
        [step, "await weatherIn(ctx, city)"],
        [`              ${log}\n`, ""],
        [
          "export default",
          `async function weatherIn(ctx: restate.Context, city: string) {
  const { temperature, condition } = await ctx.run(\`Weather: \${city}\`, () => fetchWeather(city));
  ctx.console.log(city, temperature, condition);
  return { temperature, condition };
}

export default`,
        ],
      ),
    },
  ],
};
