import type { Conversation, Reply } from "./conversation.ts";

interface Trip {
  from: string;
  to: string;
  start: string;
  end: string;
  people: number;
  carType: string;
}

const bookings = [
  {
    tool: "bookHotel",
    asked: /hotel|room|stay/i,
    input: ({ to, start, end, people }: Trip) => ({
      city: to,
      checkIn: start,
      checkOut: end,
      guests: people,
    }),
  },
  {
    tool: "bookFlight",
    asked: /flight|fly/i,
    input: ({ from, to, start, people }: Trip) => ({ from, to, date: start, passengers: people }),
  },
  {
    tool: "bookCar",
    asked: /\bcar\b|rental|suv/i,
    input: ({ to, start, end, carType }: Trip) => ({
      pickUp: to,
      from: start,
      to: end,
      type: carType,
    }),
  },
];

/** Books what the prompt asks for, hotel, flight and car in this order, then says what was booked. */
export function bookTravel({ prompt, tools, results }: Conversation): Reply | undefined {
  const offered = bookings.filter(({ tool }) => tools.includes(tool));
  const wanted = offered.filter(({ asked }) => asked.test(prompt));
  const trip = readTrip(prompt);
  if (wanted.length === 0 || trip === undefined) return undefined;

  const next = wanted.find(({ tool }) => !results.some((result) => result.tool === tool));
  if (next) return { call: { tool: next.tool, input: next.input(trip) } };
  return { text: `The trip to ${trip.to}: ${results.map(({ output }) => output).join("; ")}` };
}

function readTrip(prompt: string): Trip | undefined {
  const to = prompt.match(/\bto ((?:\p{Lu}[\p{L}'-]*\s?)+)/u)?.[1]?.trim();
  if (to === undefined) return undefined;
  const [, month = "March", start = "15", end = "17"] =
    prompt.match(/\b(\p{Lu}\p{Ll}+) (\d{1,2})\s?[-–]\s?(\d{1,2})\b/u) ?? [];
  return {
    to,
    from:
      prompt.match(/(?:flying|flights?|fly) from ((?:\p{Lu}[\p{L}'-]*\s?)+)/iu)?.[1]?.trim() ??
      "home",
    start: `${month} ${start}`,
    end: `${month} ${end}`,
    people: Number(
      prompt.match(/(\d+) (?:people|persons?|guests?|adults?|travell?ers?)/i)?.[1] ?? 1,
    ),
    carType: prompt.match(/\b(SUV|van|compact|sedan|convertible)\b/i)?.[1] ?? "compact",
  };
}
