export { scenario } from "./agent.scenario.ts";
