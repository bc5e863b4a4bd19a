import { expect, test } from "vitest";
import { awakeablesIn } from "./awakeables.ts";
import { bytesField, messageTypes, numberField } from "./messages.ts";

const rawId = Buffer.from("0123456789abcdef01234567", "hex");
const awakeable = (signal: number) =>
  `sign_1${Buffer.concat([rawId, Buffer.from([0, 0, 0, signal])]).toString("base64url")}`;
const message = (type: number, ...fields: Buffer[]) => ({
  type,
  flags: 0,
  body: Buffer.concat(fields),
});

test("a suspension up to version 6 lists the signals, with the cancellation among them", () => {
  const suspension = message(
    messageTypes.suspension,
    bytesField(1, Buffer.from([3])),
    bytesField(2, Buffer.from([1, 17, 18])),
  );
  expect(awakeablesIn(suspension, rawId)).toEqual([awakeable(17), awakeable(18)]);
});

test("since version 7 they are in a future, which may consist of others", () => {
  const inner = Buffer.concat([numberField(2, 19)]);
  const future = Buffer.concat([bytesField(2, Buffer.from([17])), bytesField(4, inner)]);
  const wanted = [awakeable(17), awakeable(19)];
  expect(awakeablesIn(message(messageTypes.suspension, bytesField(4, future)), rawId)).toEqual(
    wanted,
  );
  expect(awakeablesIn(message(messageTypes.awaitingOn, bytesField(1, future)), rawId)).toEqual(
    wanted,
  );
});

test("other messages wait for none", () => {
  expect(awakeablesIn(message(messageTypes.run, numberField(2, 17)), rawId)).toEqual([]);
});
