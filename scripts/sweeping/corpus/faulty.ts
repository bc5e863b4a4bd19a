// Services with one planted fault each. A sweep must find every one.
import { randomUUID } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Context, TerminalError } from "@restatedev/restate-sdk";
import { ask } from "./outside.ts";

type Run = (ctx: Context) => Promise<unknown>;

let lastWeather = "";
let orders = 0;
const undoOf = new Map<string, string[]>();
const seen = new Set<string>();

export const faulty: Record<string, Run> = {
  "call-outside-a-step": async (ctx) => {
    const weather = await ask("/weather/Oslo");
    await ctx.run("book", () => ask("/book", { what: "hotel" }));
    return weather;
  },

  "report-outside-a-step": async (ctx) => {
    const weather = await ctx.run("weather", () => ask("/weather/Oslo"));
    await ask("/report", { weather });
    return weather;
  },

  "report-in-finally": async (ctx) => {
    try {
      return await ctx.run("weather", () => ask("/weather/Oslo"));
    } finally {
      await ask("/report", { done: true });
    }
  },

  "key-made-in-its-step": async (ctx) =>
    ctx.run("book", () => ask("/book", { what: "hotel" }, randomUUID())),

  "key-from-a-counter": async (ctx) => {
    orders += 1;
    return ctx.run("book", () => ask("/book", { what: "hotel" }, `order-${orders}`));
  },

  "step-name-that-changes": async (ctx) => {
    await ctx.run(`book ${Math.random()}`, () => ask("/book", { what: "hotel" }));
    return ctx.run(`weather ${Math.random()}`, () => ask("/weather/Oslo"));
  },

  "branch-on-a-random-number": async (ctx) => {
    await ctx.run("weather", () => ask("/weather/Oslo"));
    if (Math.random() < 0.5) await ctx.run("book a hotel", () => ask("/book", { what: "hotel" }));
    else await ctx.run("book a flight", () => ask("/book", { what: "flight" }));
    return "booked";
  },

  "branch-on-the-attempt": async (ctx) => {
    const id = ctx.request().id;
    const again = seen.has(id);
    seen.add(id);
    await ctx.run("weather", () => ask("/weather/Oslo"));
    if (again) return "asked before";
    return ctx.run("book", () => ask("/book", { what: "hotel" }));
  },

  "compensation-noted-in-the-step": async (ctx) => {
    const undo: (() => Promise<unknown>)[] = [];
    try {
      await ctx.run("book", async () => {
        await ask("/book", { what: "hotel" }, "trip-1");
        undo.push(() => ctx.run("cancel", () => ask("/cancel", { what: "hotel" })));
      });
      await ctx.run("weather", () => ask("/weather/Oslo"));
      throw new TerminalError("no car is available");
    } catch (error) {
      for (const each of undo) await each();
      throw error;
    }
  },

  "result-only-in-a-variable": async (ctx) => {
    const found: string[] = [];
    await ctx.run("weather", async () => {
      found.push(await ask("/weather/Oslo"));
    });
    await ctx.run("book", () => ask("/book", { what: "hotel" }));
    return found;
  },

  "state-in-the-module": async (ctx) => {
    await ctx.run("weather", async () => {
      lastWeather = `${await ask("/weather/Oslo")} for ${ctx.request().id}`;
    });
    await ctx.run("book", () => ask("/book", { what: "hotel" }));
    const isOurs = lastWeather.includes(String(ctx.request().id));
    lastWeather = "";
    return isOurs;
  },

  "lock-that-outlives-its-process": async (ctx) => {
    const lock = join(process.env.LOCKS ?? tmpdir(), Buffer.from(ctx.request().id).toString("hex"));
    while (existsSync(lock)) await pause(20);
    writeFileSync(lock, "");
    const weather = await ctx.run("weather", () => ask("/weather/Oslo"));
    await ctx.run("book", () => ask("/book", { what: "hotel" }));
    rmSync(lock);
    return weather;
  },

  "step-that-nobody-awaits": async (ctx) => {
    const weather = await ctx.run("weather", () => ask("/weather/Oslo"));
    pause(0).then(() => ask("/report", { weather }));
    await ctx.run("book", () => ask("/book", { what: "hotel" }));
    return weather;
  },

  "prompt-with-a-random-word": async (ctx) => {
    const style = Math.random() < 0.5 ? "short" : "long";
    await ctx.run("weather", () => ask("/weather/Oslo"));
    return ctx.run("model", () => ask("/model", { prompt: `a ${style} text about the weather` }));
  },

  "time-read-outside-a-step": async (ctx) => {
    const at = Date.now();
    await ctx.run("weather", () => ask("/weather/Oslo"));
    return ctx.run("book", () => ask("/book", { at }));
  },

  "undo-list-lost-with-the-process": async (ctx) => {
    undoOf.set(String(ctx.request().id), []);
    await ctx.run("book", async () => {
      await ask("/book", { what: "hotel" }, "trip-1");
      undoOf.get(String(ctx.request().id))?.push("hotel");
    });
    await ctx.run("weather", () => ask("/weather/Oslo"));
    for (const what of undoOf.get(String(ctx.request().id)) ?? []) {
      await ctx.run(`cancel ${what}`, () => ask("/cancel", { what }));
    }
    return "cancelled";
  },
};
