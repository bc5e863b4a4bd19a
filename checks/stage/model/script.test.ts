import { describe, expect, test } from "vitest";
import { besideACall, type Conversation } from "./conversation.ts";
import { reply } from "./script.ts";
import { citiesIn } from "./weather.ts";

const weather = (prompt: string, results: Conversation["results"] = []): Conversation => ({
  instructions: "You are a helpful agent that provides weather updates.",
  prompt,
  said: [],
  several: false,
  tools: ["getWeather"],
  results,
});

describe("the cities of a prompt", () => {
  test.each([
    ["What is the weather like in San Francisco?", ["San Francisco"]],
    ["What is the weather like in New York and San Francisco?", ["New York", "San Francisco"]],
    ["what's the weather in denver", ["denver"]],
    ["How is the weather in Oslo today?", ["Oslo"]],
    ["How cold is it in Reykjavik in the morning?", ["Reykjavik"]],
    ["Is it raining in São Paulo right now?", ["São Paulo"]],
    ["Weather for Paris, London and Rome please", ["Paris", "London", "Rome"]],
    ["Denver weather?", ["Denver"]],
    ["What is the weather in Denver and in Atlantis?", ["Denver", "Atlantis"]],
    ["Wagga Wagga weather", ["Wagga Wagga"]],
    ["Should I take an umbrella to Bergen tomorrow?", ["Bergen"]],
    ["How about Kyoto?", ["Kyoto"]],
    ["Tell me the weather of Atlantis.", ["Atlantis"]],
    ["What is the weather like?", []],
    ["Write me a sonnet", []],
  ])("%s", (prompt, cities) => {
    expect(citiesIn(prompt)).toEqual(cities);
  });
});

describe("the weather script", () => {
  const prompt = "What is the weather like in New York and San Francisco?";
  const york = { tool: "getWeather", input: { city: "New York" }, output: '{"temperature":"3°C"}' };
  const francisco = { ...york, input: { city: "San Francisco" }, output: '{"temperature":"17°C"}' };

  test("asks city by city, whatever the order of the results", () => {
    expect(reply(weather(prompt))).toEqual({ call: { tool: "getWeather", input: york.input } });
    const answer = reply(weather(prompt, [francisco]));
    expect(answer).toEqual({ call: { tool: "getWeather", input: york.input } });
  });

  test("asks for all at once where the request allows it", () => {
    const calls = [york, francisco].map(({ tool, input }) => ({ tool, input }));
    expect(reply({ ...weather(prompt), several: true })).toEqual({ calls });
  });

  test("gives the tool's results verbatim", () => {
    const answer = reply(weather(prompt, [york, francisco]));
    expect(answer).toHaveProperty("text", expect.stringContaining(york.output));
    expect(answer).toHaveProperty("text", expect.stringContaining(francisco.output));
  });

  test("says so when it is asked for something else", () => {
    const answer = reply(weather("Write me a sonnet"));
    expect(answer).toHaveProperty("text", expect.stringContaining("outside my script"));
  });
});

describe("the claims script", () => {
  const claim = (prompt: string, threshold = 1000): Conversation => ({
    instructions: `You evaluate claims: if the amount is more than ${threshold}, ask for human approval`,
    prompt,
    said: [],
    several: false,
    tools: ["humanApproval"],
    results: [],
  });

  test.each([
    ["Process my hospital bill of 3000USD for a broken leg.", 1000, 3000],
    ["Process my claim of $1,000.50.", 1000, 1000.5],
    ["Process my claim of 250 euros.", 200, 250],
  ])("asks a human over the threshold: %s", (prompt, threshold, amount) => {
    expect(reply(claim(prompt, threshold))).toMatchObject({
      call: { tool: "humanApproval", input: { amount } },
    });
  });

  test("decides by itself under the threshold", () => {
    expect(reply(claim("Process my hospital bill of 900USD."))).toHaveProperty(
      "text",
      expect.stringContaining("The claim of 900 is approved"),
    );
  });

  test("tells the human's answer, and is guided by it", () => {
    const prompt = "Process my hospital bill of 3000USD for a broken leg.";
    const results = [{ tool: "humanApproval", input: {}, output: "false" }];
    expect(reply({ ...claim(prompt), results })).toHaveProperty(
      "text",
      expect.stringMatching(/denied.*false/s),
    );
  });

  test("calls each analysis on offer once, with the claim it was given", () => {
    const given = {
      date: "2024-10-01",
      category: "c",
      reason: "r",
      amount: 3000,
      placeOfService: "p",
    };
    const tools = ["analyzeEligibility", "analyzeFraud"];
    const asked = {
      instructions: "",
      prompt: `Claim: ${JSON.stringify(given)}`,
      said: [],
      several: false,
      tools,
      results: [],
    };
    expect(reply(asked)).toEqual({ call: { tool: "analyzeEligibility", input: given } });
    const both = tools.map((tool) => ({ tool, input: given }));
    expect(reply({ ...asked, several: true })).toEqual({ calls: both });
    const results = [{ tool: "analyzeEligibility", input: {}, output: "Eligible" }];
    expect(reply({ ...asked, results })).toEqual({ call: { tool: "analyzeFraud", input: given } });
  });
});

describe("the chat script", () => {
  const chat = (said: string[], prompt: string): Conversation => ({
    instructions: "You are a helpful assistant.",
    prompt,
    said,
    several: false,
    tools: ["findRhymes"],
    results: [],
  });
  const poem = "make a poem about durable execution";

  test("looks for rhymes on what the conversation is about, and uses them verbatim", () => {
    const call = { tool: "findRhymes", input: { word: "execution" } };
    expect(reply(chat([], poem))).toEqual({ call, beside: besideACall });
    const better = chat([poem], "can you make it rhyme better?");
    expect(reply(better)).toEqual({ call, beside: besideACall });
    const answer = reply({ ...better, results: [{ ...call, output: '["solution"]' }] });
    expect(answer).toHaveProperty(
      "text",
      expect.stringMatching(/durable execution.*\["solution"\]/),
    );
  });

  test("says what the user has said, and asks for a topic where there is none", () => {
    const answer = reply(chat([poem], "shorten it to 2 lines"));
    expect(answer).toHaveProperty("text", expect.stringContaining(`"${poem}", then "shorten it`));
    expect(reply(chat([], "a poem, please"))).toHaveProperty(
      "text",
      expect.stringMatching(/about\?$/),
    );
  });
});

describe("the travel script", () => {
  const trip = (prompt: string, booked: string[]): Conversation => ({
    instructions: "Book a complete travel package with the requirements in the prompt.",
    prompt,
    said: [],
    several: false,
    tools: ["bookHotel", "bookFlight", "bookCar"],
    results: booked.map((tool) => ({ tool, input: {}, output: `${tool} done` })),
  });
  const business =
    "I need to book a business trip to San Francisco from March 15-17. Flying from JFK, need a hotel downtown for 1 guest.";
  const family =
    "Planning a family vacation to Miami for 4 people from May 20-25. We need flights from Boston Logan BOS, a beachfront hotel for 4 guests, and an SUV rental with pick-up at BOS airport.";

  test("books hotel and flight, and no car that nobody asked for", () => {
    expect(reply(trip(business, []))).toEqual({
      call: {
        tool: "bookHotel",
        input: { city: "San Francisco", checkIn: "March 15", checkOut: "March 17", guests: 1 },
      },
    });
    expect(reply(trip(business, ["bookHotel"]))).toEqual({
      call: {
        tool: "bookFlight",
        input: { from: "JFK", to: "San Francisco", date: "March 15", passengers: 1 },
      },
    });
    expect(reply(trip(business, ["bookHotel", "bookFlight"]))).toHaveProperty("text");
  });

  test("asks for the SUV last", () => {
    expect(reply(trip(family, ["bookHotel", "bookFlight"]))).toMatchObject({
      call: { tool: "bookCar", input: { pickUp: "Miami", type: "SUV" } },
    });
  });
});

test("a digest is about its subject and its day", () => {
  const conversation: Conversation = {
    instructions: "You write a short digest.",
    prompt: "Write the digest about Oslo for Monday, 30 November 2026.",
    said: [],
    several: false,
    tools: [],
    results: [],
  };
  expect(reply(conversation)).toHaveProperty(
    "text",
    "Monday, 30 November 2026. Oslo: nothing has gone wrong.",
  );
});

describe("the coding script", () => {
  const asked = (outputs: string[]): Conversation => ({
    instructions: "You are a coding agent.",
    prompt: "In TypeScript.",
    said: ["Build a todo CLI."],
    several: false,
    tools: ["writeFile"],
    results: outputs.map((output) => ({ tool: "writeFile", input: {}, output })),
  });

  test("writes a file for all that the user has said", () => {
    const main = { path: "main.ts", content: "// Build a todo CLI. In TypeScript." };
    expect(reply(asked([]))).toEqual({ call: { tool: "writeFile", input: main } });
  });

  test("ends with the user's wishes and what became of the file", () => {
    const text = 'For "Build a todo CLI.", then "In TypeScript.": Refused.';
    expect(reply(asked(["Refused."]))).toEqual({ text });
  });
});

describe("the reminder script", () => {
  const asked = (when: string, now: string): Conversation => ({
    instructions: `You remind people. ${now}`,
    prompt: `Remind me ${when} to call Bob.`,
    said: [],
    several: false,
    tools: ["remindMe"],
    results: [],
  });

  test.each([
    ["tomorrow at 9", "It is 2026-11-30T16:09:10.000Z.", "2026-12-01T09:00:00.000Z"],
    ["today at 17:30", "It is Mon, 30 Nov 2026 16:09:10 GMT.", "2026-11-30T17:30:00.000Z"],
    ["in 20 hours", "It is Mon Nov 30 2026 18:09:10 GMT+0200 (EET).", "2026-12-01T12:09:10.000Z"],
    ["in 90 seconds", "Now: 1796054950000.", "2026-11-30T16:10:40.000Z"],
    ["yesterday at 9", "It is 2026-11-30T16:09:10.000Z.", "2026-11-29T09:00:00.000Z"],
    ["tomorrow at 9", "", "tomorrow at 9"],
    ["some day", "It is 2026-11-30T16:09:10.000Z.", "some day"],
  ])("%s, told: %s", (when, now, at) => {
    const input = { at, text: "call Bob" };
    expect(reply(asked(when, now))).toEqual({ call: { tool: "remindMe", input } });
  });

  test("sets a reminder for each time", () => {
    const results = [{ tool: "remindMe", input: {}, output: "It is set." }];
    const answer = reply({ ...asked("soon and later", ""), results });
    expect(answer).toEqual({
      call: { tool: "remindMe", input: { at: "later", text: "call Bob" } },
    });
  });

  test("says what the tool answered", () => {
    const results = [{ tool: "remindMe", input: {}, output: "It is set." }];
    const answer = reply({ ...asked("tomorrow at 9", ""), results });
    expect(answer).toHaveProperty("text", 'About "call Bob": It is set.');
  });
});
