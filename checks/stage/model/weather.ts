import { cities as knownCities } from "../world/cities.ts";
import type { Conversation, Reply } from "./conversation.ts";

const tool = "getWeather";
const aboutWeather =
  /weather|forecast|temperature|degrees|rain|snow|sun|wind|cloud|storm|humid|hot|warm|cold|umbrella/i;
const notCities =
  /^(the|a|an|this|that|my|your|it|celsius|fahrenheit|today|tonight|now|right now|tomorrow|me|us|you|weather|general|detail)\b/i;
const afterCity =
  /\s+(today|tonight|tomorrow|now|right now|at the moment|currently|this \w+|please|like|in the \w+|for me|and|or)$/i;

/** Asks for each city's weather, all at once if the request allows it. Then it says what the tool said. */
export function tellWeather(conversation: Conversation): Reply | undefined {
  const { prompt, tools, several, results } = conversation;
  if (!tools.includes(tool)) return undefined;
  const cities = citiesIn(prompt);
  if (cities.length === 0) {
    return aboutWeather.test(prompt) ? { text: "Which city's weather do you want?" } : undefined;
  }
  const told = results.filter((result) => result.tool === tool);
  const calls = cities
    .filter((city) => !told.some((result) => result.input.city === city))
    .map((city) => ({ tool, input: { city } }));
  if (calls[0]) return several && calls.length > 1 ? { calls } : { call: calls[0] };
  return {
    text: told
      .map(({ input, output }) => `The weather tool says of ${input.city}: ${output}`)
      .join("\n"),
  };
}

/** The cities that a prompt names: after a preposition, else known by name, else capitalised. */
export function citiesIn(prompt: string): string[] {
  const known = [...knownCities, "Denver", "Atlantis"].filter((city) =>
    new RegExp(`\\b${city}\\b`, "i").test(prompt),
  );
  if (!aboutWeather.test(prompt)) return known;

  const named = [
    ...prompt.matchAll(
      /\b(?:in|for|at|of|to|around|near)\s+(.+?)(?=[?!.;:\n]|\s(?:in|for|at|of|to|around|near)\s|$)/gi,
    ),
  ]
    .flatMap((match) => (match[1] ?? "").split(/\s*,\s*|\s+(?:and|or|&)\s+/i))
    .map(strip)
    .filter((name) => name !== "" && !notCities.test(name));
  if (named.length > 0) return [...new Set(named)];
  if (known.length > 0) return known;

  // "Oslo weather?": capitalised words, except those that begin a question.
  const capitalised = prompt.match(/\p{Lu}[\p{L}'-]+(?:\s+\p{Lu}[\p{L}'-]+)*/gu) ?? [];
  return capitalised.filter(
    (words) => !/^(what|how|is|are|will|does|do|tell|give|show|the|weather|and|i)\b/i.test(words),
  );
}

function strip(name: string): string {
  let stripped = name.trim().replace(/^["'(]+|["')]+$/g, "");
  while (afterCity.test(stripped)) stripped = stripped.replace(afterCity, "");
  return stripped;
}
