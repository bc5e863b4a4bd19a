export { weatherAnswered as scenario } from "../shared/weather.ts";

/** After five failed attempts it answers without the weather. */
export const budgets = ["weather"] as const;
