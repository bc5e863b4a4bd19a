import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import {
  CarBookingSchema,
  cancelCar,
  cancelFlight,
  cancelHotel,
  confirmCar,
  confirmFlight,
  confirmHotel,
  FlightBookingSchema,
  HotelBookingSchema,
  type Reservation,
  reserveCar,
  reserveFlight,
  reserveHotel,
} from "#world/travel.ts";

/** Something that can be booked: reserved first, and then either confirmed or cancelled by its id. */
interface Offer<Request> {
  reserve: (request: Request, idempotencyKey: string) => Promise<Reservation>;
  confirm: (id: string) => Promise<void>;
  cancel: (id: string) => Promise<void>;
}

/** A reservation must be either confirmed or cancelled. */
interface Booking {
  confirm: () => restate.RestatePromise<void>;
  cancel: () => restate.RestatePromise<void>;
}

const hotel = { reserve: reserveHotel, confirm: confirmHotel, cancel: cancelHotel };
const flight = { reserve: reserveFlight, confirm: confirmFlight, cancel: cancelFlight };
const car = { reserve: reserveCar, confirm: confirmCar, cancel: cancelCar };

export default restate.service({
  name: "BookingWithRollbackAgent",
  handlers: {
    book: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      const bookings: Booking[] = [];

      const book = async <Request>(name: string, offer: Offer<Request>, request: Request) => {
        // TODO: do not reserve twice if a crash loses the answer to a reservation.
        const idempotencyKey = crypto.randomUUID();
        const reserve = () => ctx.run(`book ${name}`, () => offer.reserve(request, idempotencyKey));
        const note = ({ id }: Reservation) =>
          bookings.push({
            confirm: () => ctx.run(`confirm ${name}`, () => offer.confirm(id)),
            cancel: () => ctx.run(`cancel ${name}`, () => offer.cancel(id)),
          });

        // TODO: if the run is cancelled during a reservation, the reservation may exist, but its answer
        // is lost. Get the answer again, note what was reserved, and throw the cancellation.
        const reservation = await reserve();
        note(reservation);
        return reservation.confirmation;
      };

      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      const arrangeTrip = () =>
        generateText({
          model,
          instructions: `Book a complete travel package with the requirements in the prompt.
        Use the tools to request booking of hotel, flight, car.`,
          prompt,
          tools: {
            bookHotel: tool({
              description: "Book a hotel reservation",
              inputSchema: HotelBookingSchema,
              execute: async (request) => book("hotel", hotel, request),
            }),
            bookFlight: tool({
              description: "Book a flight",
              inputSchema: FlightBookingSchema,
              execute: async (request) => book("flight", flight, request),
            }),
            bookCar: tool({
              description: "Book a car rental",
              inputSchema: CarBookingSchema,
              execute: async (request) => book("car", car, request),
            }),
          },
          // TODO: if a booking has failed permanently, end the loop with its error.
          stopWhen: [isStepCount(10)],
          providerOptions: { openai: { parallelToolCalls: false } },
        });

      // TODO: if a booking or a model call has failed permanently, or somebody has cancelled the run, undo
      // the bookings, the last one first, and fail with the reason. If the run is cancelled during the
      // rollback, the rollback must still finish. If the run is cancelled while you confirm, confirm the
      // rest. The run may then answer or end as cancelled.
      const { text } = await arrangeTrip();
      for (const { confirm } of bookings) await confirm();
      return text;
    },
  },
});
