/** Asks what is outside: `GET /weather/Oslo`, or a POST if there is a body. */
export async function ask(path: string, body?: object, key?: string): Promise<string> {
  const response = await fetch(`${process.env.OUTSIDE_URL}${path}`, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      ...(key !== undefined && { "idempotency-key": key }),
    },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return text;
}
