import { z } from "zod";
import { askWorld } from "./http.ts";

export const HotelBookingSchema = z.object({
  city: z.string(),
  checkIn: z.string(),
  checkOut: z.string(),
  guests: z.number(),
});
export const FlightBookingSchema = z.object({
  from: z.string(),
  to: z.string(),
  date: z.string(),
  passengers: z.number(),
});
export const CarBookingSchema = z.object({
  pickUp: z.string(),
  from: z.string(),
  to: z.string(),
  type: z.string(),
});

export type HotelBooking = z.infer<typeof HotelBookingSchema>;
export type FlightBooking = z.infer<typeof FlightBookingSchema>;
export type CarBooking = z.infer<typeof CarBookingSchema>;

/** The answer to a reservation. You confirm or cancel the reservation by its `id`. */
export interface Reservation {
  id: string;
  confirmation: string;
}

/** Reserves a hotel. Calls with the same idempotency key make one reservation and return it. */
export async function reserveHotel(request: HotelBooking, idempotencyKey: string) {
  return askWorld<Reservation>("POST", "/bookings/hotel", request, idempotencyKey);
}

/** Reserves a flight. Calls with the same idempotency key make one reservation and return it. */
export async function reserveFlight(request: FlightBooking, idempotencyKey: string) {
  return askWorld<Reservation>("POST", "/bookings/flight", request, idempotencyKey);
}

/** Reserves a car, but no SUV. Calls with the same idempotency key make one reservation and return it. */
export async function reserveCar(request: CarBooking, idempotencyKey: string) {
  return askWorld<Reservation>("POST", "/bookings/car", request, idempotencyKey);
}

/** Confirms a hotel reservation; confirming it again changes nothing. */
export async function confirmHotel(id: string) {
  return settle(id, "confirm");
}

/** Confirms a flight reservation; confirming it again changes nothing. */
export async function confirmFlight(id: string) {
  return settle(id, "confirm");
}

/** Confirms a car reservation; confirming it again changes nothing. */
export async function confirmCar(id: string) {
  return settle(id, "confirm");
}

/** Cancels a hotel reservation; cancelling it again changes nothing. */
export async function cancelHotel(id: string) {
  return settle(id, "cancel");
}

/** Cancels a flight reservation; cancelling it again changes nothing. */
export async function cancelFlight(id: string) {
  return settle(id, "cancel");
}

/** Cancels a car reservation; cancelling it again changes nothing. */
export async function cancelCar(id: string) {
  return settle(id, "cancel");
}

async function settle(id: string, verb: "confirm" | "cancel"): Promise<void> {
  await askWorld("POST", `/bookings/${id}/${verb}`);
}
