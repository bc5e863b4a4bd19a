import type { Part, Service } from "./events.ts";

const worldServices: Record<string, Service> = {
  weather: "weather",
  reviews: "review",
  analyses: "analysis",
  bookings: "booking",
  emails: "email",
  notifications: "push",
  branches: "repo",
};

/** What a process has called: `/agent/3/world/weather/New%20York?format=j1`. */
export interface Target {
  part: Part;
  /** Which process, in the order of their starts. */
  process: number;
  side: "model" | "world" | "ingress";
  path: string;
}

/** @throws if the boundary has nothing at this path of a URL */
export function readTarget(url: string): Target {
  const [, part, process, side, path = ""] =
    url.match(/^\/(agent|child)\/(\d+)\/(model|world|ingress)\/(.*)$/) ?? [];
  if (part === undefined) throw new Error(`The boundary has nothing at ${url}.`);
  return {
    part: part as Part,
    process: Number(process),
    side: side as Target["side"],
    path,
  };
}

/** @throws if the world has nothing there */
export function serviceAt({ side, path }: Target): Service {
  const service = side === "model" ? "model" : worldServices[path.split(/[/?]/)[0] ?? ""];
  if (service === undefined) throw new Error(`The world has nothing at ${path}.`);
  return service;
}

/** `weather/New%20York?format=j1` is about New York. */
export function subjectOf({ side, path }: Target): string {
  const [, subject = ""] = path.split("/");
  return side === "model" ? "" : decodeURIComponent(subject.split("?")[0] ?? "");
}
