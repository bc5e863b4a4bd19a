import { TerminalError } from "@restatedev/restate-sdk";

const weatherApi = process.env.WEATHER_API_URL ?? "https://wttr.in";

export async function fetchWeather(city: string) {
  failOnDenver(city);
  const output = await fetchWeatherFromAPI(city);
  return parseWeatherResponse(output);
}

function failOnDenver(city: string) {
  if (city === "Denver") {
    throw new Error("[SIMULATED] The weather API is down for Denver");
  }
}

async function fetchWeatherFromAPI(city: string) {
  const response = await fetch(`${weatherApi}/${encodeURIComponent(city)}?format=j1`);
  if (response.status === 404) {
    throw new TerminalError(`No such city: ${city}`, { errorCode: 404 });
  }
  if (!response.ok) {
    throw new Error(`The weather API answered ${response.status} for ${city}`);
  }
  return response.text();
}

function parseWeatherResponse(output: string) {
  const current = JSON.parse(output).current_condition[0];
  return { temperature: `${current.temp_C}°C`, condition: current.weatherDesc[0].value };
}
