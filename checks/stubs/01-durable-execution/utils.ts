import { fetchWeather as fetchWeatherFromAPI } from "#world/weather.ts";

export async function fetchWeather(city: string) {
  failOnDenver(city);
  return fetchWeatherFromAPI(city);
}

function failOnDenver(city: string) {
  if (city === "Denver") {
    throw new Error("[SIMULATED] The weather API is down for Denver");
  }
}
