import { TerminalError } from "@restatedev/restate-sdk";

const weatherApi = process.env.WEATHER_API_URL ?? "https://wttr.in";

/**
 * Asks the weather API for the weather in a city.
 *
 * A city that does not exist throws `TerminalError`: asking again does not help. An outage throws a plain
 * `Error`: asking again can help.
 */
export async function fetchWeather(city: string) {
  const response = await fetch(`${weatherApi}/${encodeURIComponent(city)}?format=j1`);
  if (response.status === 404) {
    throw new TerminalError(`No such city: ${city}`, { errorCode: 404 });
  }
  if (!response.ok) {
    throw new Error(`The weather API answered ${response.status} for ${city}`);
  }
  const current = JSON.parse(await response.text()).current_condition[0];
  return { temperature: `${current.temp_C}°C`, condition: String(current.weatherDesc[0].value) };
}
