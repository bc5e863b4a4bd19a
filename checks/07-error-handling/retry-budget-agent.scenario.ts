export { weatherAnswered as scenario } from "../shared/weather.ts";
