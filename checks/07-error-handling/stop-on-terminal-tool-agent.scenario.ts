export { refusedLater as scenario } from "./refusals.ts";
