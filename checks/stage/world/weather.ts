import { chooser } from "../seed.ts";

const conditions = [
  "Sunny",
  "Clear",
  "Partly cloudy",
  "Overcast",
  "Mist",
  "Light drizzle",
  "Light rain",
  "Heavy rain",
  "Thundery outbreaks",
  "Light snow",
];

/** Degrees Celsius and a condition in wttr.in's words. */
export interface Weather {
  temperature: number;
  condition: string;
}

/**
 * The weather of a city in a world with this seed. It is the same for every request, and undefined for a
 * city that does not exist.
 */
export function weatherIn(city: string, seed: number): Weather | undefined {
  if (city.toLowerCase() === "atlantis") return undefined;
  const choose = chooser(`${seed} ${city.toLowerCase()}`);
  return { temperature: choose.integer(-15, 44), condition: choose.one(conditions) };
}

/** The part of wttr.in's `?format=j1` answer (https://github.com/chubin/wttr.in) that agents read. */
export function asWttr(city: string, { temperature, condition }: Weather) {
  return {
    current_condition: [
      {
        temp_C: String(temperature),
        temp_F: String(Math.round(temperature * 1.8 + 32)),
        weatherDesc: [{ value: condition }],
      },
    ],
    nearest_area: [{ areaName: [{ value: city }] }],
  };
}
