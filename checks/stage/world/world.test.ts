import { createServer } from "node:http";
import { TerminalError } from "@restatedev/restate-sdk";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LoopbackServer, listenOnLoopback } from "../loopback.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
/** What Restate was sent. It loses the first request, like a server that is just being killed. */
let resolved: string[];
let restate: LoopbackServer;

beforeEach(async () => {
  resolved = [];
  const ingress = createServer((request, response) => {
    resolved.push(request.url ?? "");
    if (resolved.length === 1) request.destroy();
    else response.writeHead(202).end();
  });
  restate = await listenOnLoopback(ingress, 0);
  world = await startWorld({ seed: 7, port: 0, ingressUrl: restate.url });
  vi.resetModules();
  vi.stubEnv("WORLD_URL", world.url);
  vi.stubEnv("WEATHER_API_URL", `${world.url}/weather`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([world.close(), restate.close()]);
});

const trip = { city: "Miami", checkIn: "May 20", checkOut: "May 25", guests: 4 };
const claim = {
  date: "2024-10-01",
  category: "orthopedic",
  reason: "hospital bill for a broken leg",
  amount: 3000,
  placeOfService: "General Hospital",
};

describe("the weather", () => {
  const importUtils = () => import("../../stubs/01-durable-execution/utils.ts");

  test("is of the city asked for, and the same when asked again", async () => {
    const { fetchWeather } = await importUtils();
    const weather = await fetchWeather("São Paulo");
    expect(weather).toEqual({
      temperature: expect.stringMatching(/^-?\d+°C$/),
      condition: expect.stringMatching(/\w/),
    });
    expect(await fetchWeather("São Paulo")).toEqual(weather);
    expect(world.ledger.entries.map(({ effect, subject }) => [effect, subject])).toEqual([
      ["weather", "São Paulo"],
      ["weather", "São Paulo"],
    ]);
  });

  test("is refused for Atlantis, and fails for Denver", async () => {
    const { fetchWeather } = await importUtils();
    await expect(fetchWeather("Atlantis")).rejects.toThrow(TerminalError);
    await expect(fetchWeather("Denver")).rejects.not.toBeInstanceOf(TerminalError);
  });
});

describe("bookings", () => {
  const importTravel = () => import("../../stubs/world/travel.ts");

  test("are made once per idempotency key, and recorded each time", async () => {
    const { reserveHotel } = await importTravel();
    const first = await reserveHotel(trip, "key-1");
    expect(await reserveHotel(trip, "key-1")).toEqual(first);
    expect((await reserveHotel(trip, "key-2")).id).not.toBe(first.id);
    expect(world.ledger.entries).toMatchObject([
      { number: 1, effect: "reservation", idempotencyKey: "key-1", repeated: false },
      { number: 2, effect: "reservation", idempotencyKey: "key-1", repeated: true },
      { number: 3, effect: "reservation", idempotencyKey: "key-2", repeated: false },
    ]);
  });

  test("are refused where the key was used for another request", async () => {
    const { reserveHotel } = await importTravel();
    await reserveHotel(trip, "key-3");
    const another = reserveHotel({ ...trip, guests: trip.guests + 1 }, "key-3");
    await expect(another).rejects.toThrow(/used for another request/);
  });

  test("are confirmed and cancelled by their id, again without effect", async () => {
    const { cancelHotel, confirmHotel, reserveHotel } = await importTravel();
    const { id } = await reserveHotel(trip, "key-1");
    await confirmHotel(id);
    await cancelHotel(id);
    await cancelHotel(id);
    expect(world.ledger.entries.slice(1)).toMatchObject([
      { effect: "confirmation", subject: id, repeated: false },
      { effect: "cancellation", subject: id, repeated: false },
      { effect: "cancellation", subject: id, repeated: true },
    ]);
  });

  test("of an SUV are refused permanently", async () => {
    const { reserveCar } = await importTravel();
    const car = { pickUp: "BOS", from: "May 20", to: "May 25", type: "SUV" };
    await expect(reserveCar(car, "key")).rejects.toThrow(/no SUV/);
    await expect(reserveCar(car, "key")).rejects.toBeInstanceOf(TerminalError);
    await expect(reserveCar({ ...car, type: "van" }, "key")).resolves.toHaveProperty("id");
  });
});

test("claims are analysed by what they say", async () => {
  const { checkEligibility, checkFraud, compareToStandardRates } = await import(
    "../../stubs/world/claims.ts"
  );
  expect(await checkEligibility(claim)).toMatch(/^Eligible/);
  expect(await compareToStandardRates({ ...claim, amount: 9000 })).toMatch(/^Above/);
  expect(await checkFraud({ ...claim, amount: 90_000 })).toMatch(/^High/);
  expect(world.ledger.entries.map(({ subject }) => subject)).toEqual([
    "eligibility",
    "cost",
    "fraud",
  ]);
});

test("a review is asked for once by id, and its first answer stands", async () => {
  const { requestHumanReview, reviewAnswer } = await import("../../stubs/world/reviews.ts");
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  await requestHumanReview("Please review", "sign_1abc");
  await requestHumanReview("Please review", "sign_1abc");
  expect(print.mock.calls[0]?.[0]).toContain(
    "curl localhost:8080/restate/awakeables/sign_1abc/resolve --json 'true'",
  );
  expect(world.ledger.entries.map(({ repeated }) => repeated)).toEqual([false, true]);

  expect(await reviewAnswer("sign_1abc")).toBeUndefined();
  for (const approved of [false, true]) {
    const body = JSON.stringify({ approved });
    await fetch(`${world.url}/reviews/sign_1abc/answer`, { method: "POST", body });
  }
  expect(await reviewAnswer("sign_1abc")).toBe(false);
  // The first answer was sent twice: Restate lost it once.
  expect(resolved).toEqual(Array(3).fill("/restate/awakeables/sign_1abc/resolve"));
});

test("an e-mail is sent once per idempotency key", async () => {
  const { emailCustomer } = await import("../../stubs/world/customers.ts");
  await emailCustomer("Your claim is approved.", "key-1");
  await emailCustomer("Your claim is approved.", "key-1");
  expect(world.ledger.entries.map(({ repeated }) => repeated)).toEqual([false, true]);
});

test("a notification is shown once per idempotency key, and a key is for one notification", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const { notify } = await import("../../stubs/world/notifications.ts");
  await notify("ada", "call Bob", "key-1");
  await notify("ada", "call Bob", "key-1");
  await expect(notify("ada", "buy milk", "key-1")).rejects.toThrow(/key was used for another/);
  await notify("ada", "call Bob", "key-2");
  expect(world.ledger.entries).toMatchObject([
    { subject: "ada", text: "call Bob", repeated: false },
    { repeated: true },
    { repeated: false },
  ]);
});

test("a branch is opened and closed once, and takes files only in between", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const { openBranch, writeFile, closeBranch } = await import("../../stubs/world/repository.ts");
  await expect(writeFile("one", "main.ts", "1")).rejects.toThrow("Branch one is not open.");
  await openBranch("one");
  await openBranch("one");
  await writeFile("one", "main.ts", "1");
  await writeFile("one", "main.ts", "1");
  await closeBranch("one");
  await closeBranch("one");
  await expect(writeFile("one", "main.ts", "2")).rejects.toThrow("Branch one is closed.");
  expect(world.ledger.entries).toMatchObject([
    { effect: "opening", subject: "one", repeated: false },
    { effect: "opening", repeated: true },
    { effect: "file", text: "main.ts", repeated: false },
    { effect: "file", repeated: true },
    { effect: "closing", repeated: false },
    { effect: "closing", repeated: true },
  ]);
});

test("a branch that is closed before it is opened stays closed", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const { openBranch, closeBranch } = await import("../../stubs/world/repository.ts");
  await closeBranch("two");
  await expect(openBranch("two")).rejects.toThrow(TerminalError);
});

test("a body that is not JSON, or an unknown path, is refused in words", async () => {
  const broken = await fetch(`${world.url}/reviews`, { method: "POST", body: "{" });
  expect([broken.status, await broken.text()]).toEqual([400, "The body is not JSON."]);
  const unknown = await fetch(`${world.url}/moon`);
  expect([unknown.status, await unknown.text()]).toEqual([
    404,
    "The world has nothing at GET moon.",
  ]);
});
