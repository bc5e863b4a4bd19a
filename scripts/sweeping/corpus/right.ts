// Services without a fault. A sweep must blame none of them.
import {
  type Context,
  RestatePromise,
  rpc,
  service,
  TerminalError,
  TimeoutError,
} from "@restatedev/restate-sdk";
import { ask } from "./outside.ts";

type Run = (ctx: Context) => Promise<unknown>;

/** Called by some of the others. */
export const helper = service({
  name: "Helper",
  handlers: {
    weather: (ctx: Context, city: string) => ctx.run("weather", () => ask(`/weather/${city}`)),
    report: (ctx: Context, text: string) => ctx.run("report", () => ask("/report", { text })),
    approve: async (ctx: Context, id: string) => {
      await ctx.run("report", () => ask("/report", { approved: true }));
      ctx.resolveAwakeable(id, "approved");
    },
  },
});

export const right: Record<string, Run> = {
  "one-step": (ctx) => ctx.run("weather", () => ask("/weather/Oslo")),

  "two-steps": async (ctx) => {
    const weather = await ctx.run("weather", () => ask("/weather/Oslo"));
    await ctx.run("book", () => ask("/book", { weather }));
    return weather;
  },

  "steps-in-parallel": (ctx) =>
    RestatePromise.all(
      ["Oslo", "Rome", "Lima"].map((city) => ctx.run(city, () => ask(`/weather/${city}`))),
    ),

  "steps-with-one-name": async (ctx) => {
    const found: string[] = [];
    for (const city of ["Oslo", "Rome"]) {
      found.push(await ctx.run("weather", () => ask(`/weather/${city}`)));
    }
    return found;
  },

  "the-same-question-twice": async (ctx) => {
    const first = await ctx.run("first", () => ask("/weather/Oslo"));
    return [first, await ctx.run("second", () => ask("/weather/Oslo"))];
  },

  "key-made-before-its-step": async (ctx) => {
    const key = ctx.rand.uuidv4();
    return ctx.run("book", () => ask("/book", { what: "hotel" }, key));
  },

  "two-calls-in-a-step": (ctx) =>
    ctx.run("prepare", async () => [await ask("/weather/Oslo"), await ask("/weather/Rome")]),

  rollback: async (ctx) => {
    const undo: (() => Promise<unknown>)[] = [];
    const key = ctx.rand.uuidv4();
    try {
      undo.push(() => ctx.run("cancel", () => ask("/cancel", { key })));
      await ctx.run("book", () => ask("/book", { what: "hotel" }, key));
      throw new TerminalError("no car is available");
    } catch (error) {
      for (const each of undo.reverse()) await each();
      throw error;
    }
  },

  "an-answer-that-changes": async (ctx) => {
    let polls = 0;
    for (;;) {
      polls += 1;
      const state = await ctx.run("poll", () => ask("/job"));
      if (state === "done") return `done after ${polls}`;
    }
  },

  "an-error-that-passes": (ctx) => ctx.run("weather", () => ask("/unsteady")),

  "time-in-the-prompt": async (ctx) => {
    const now = new Date(await ctx.date.now()).toISOString();
    return ctx.run("model", () => ask("/model", { prompt: `It is ${now}. Say hello.` }));
  },

  "a-timer": async (ctx) => {
    await ctx.run("before", () => ask("/weather/Oslo"));
    await ctx.sleep(60);
    return ctx.run("after", () => ask("/weather/Rome"));
  },

  "a-call": async (ctx) => {
    const weather = await ctx.serviceClient(helper).weather("Oslo");
    return ctx.run("book", () => ask("/book", { weather }));
  },

  "a-send": async (ctx) => {
    const weather = await ctx.run("weather", () => ask("/weather/Oslo"));
    ctx.serviceSendClient(helper).report(weather);
    return weather;
  },

  "a-send-for-tomorrow": async (ctx) => {
    ctx.serviceSendClient(helper).report("tomorrow", rpc.sendOpts({ delay: { days: 1 } }));
    return ctx.run("weather", () => ask("/weather/Oslo"));
  },

  "an-approval": async (ctx) => {
    const { id, promise } = ctx.awakeable<string>();
    await ctx.run("ask", () => ask("/review", { id }));
    const approved = await promise;
    return ctx.run("book", () => ask("/book", { approved }));
  },

  "a-race": async (ctx) => {
    const branches = ["Oslo", "Rome"].map((city) => ctx.serviceClient(helper).weather(city));
    return RestatePromise.race(branches);
  },

  "a-wait-for-a-delayed-send": async (ctx) => {
    const { id, promise } = ctx.awakeable<string>();
    const { approve } = ctx.serviceSendClient(helper);
    approve(id, rpc.sendOpts({ delay: { milliseconds: 800 } }));
    const answer = await promise;
    return ctx.run("book", () => ask("/book", { answer }));
  },

  "a-deadline-for-an-approval": async (ctx) => {
    const { id, promise } = ctx.awakeable<string>();
    await ctx.run("ask", () => ask("/review", { id }));
    const answer = await promise.orTimeout(80).catch((error) => {
      if (error instanceof TimeoutError) return "nobody answered";
      throw error;
    });
    return ctx.run("report", () => ask("/report", { answer }));
  },

  "a-fallback-after-an-error": async (ctx) => {
    try {
      await ctx.run("book a car", () => {
        throw new TerminalError("no car is available");
      });
    } catch {
      return ctx.run("book a train", () => ask("/book", { what: "train" }));
    }
  },

  "pages-until-one-is-empty": async (ctx) => {
    const pages: string[] = [];
    for (let page = 1; pages.at(-1) !== "done"; page += 1) {
      pages.push(await ctx.run(`page ${page}`, () => ask("/job")));
    }
    return ctx.run("report", () => ask("/report", { pages: pages.length }));
  },

  "a-time-kept-in-a-step": async (ctx) => {
    const at = await ctx.run("now", () => Date.now());
    return ctx.run("book", () => ask("/book", { at }));
  },

  "parallel-calls-and-a-step": async (ctx) => {
    const { weather } = ctx.serviceClient(helper);
    const found = await RestatePromise.all([weather("Oslo"), weather("Rome")]);
    return ctx.run("report", () => ask("/report", { found }));
  },
};
