import type { Variant } from "./proof.ts";

/**
 * The variant of a tool that calls another handler of its service. That handler has the step.
 *
 * @param step the code of the step in the tool
 * @param city the expression for the city in that code
 */
export function weatherInAHandler(
  file: string,
  service: string,
  step: string,
  city: string,
): Variant {
  return {
    id: "weather-in-a-handler",
    how: "the weather fetched in a handler of its own, which the tool calls",
    changes: [
      {
        file,
        replace: [
          [
            "export default restate.",
            `interface Tools {
  getWeather(ctx: restate.Context, asked: { city: string }): ReturnType<typeof fetchWeather>;
}
const tools: restate.ServiceDefinition<"${service}", Tools> = { name: "${service}" };

export default restate.`,
          ],
          [step, `ctx.serviceClient(tools).getWeather({ city: ${city} })`],
          [
            "  handlers: {\n",
            `  handlers: {
    getWeather: async (ctx: restate.Context, { city }: { city: string }) =>
      ${step.replaceAll(city, "city")},
`,
          ],
        ],
      },
    ],
  };
}
