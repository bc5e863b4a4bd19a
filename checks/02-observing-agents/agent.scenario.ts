export { weatherAnswered as scenario } from "../weather.ts";
