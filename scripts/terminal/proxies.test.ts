import { expect, test } from "vitest";
import { proxyOfCurl } from "./proxies.ts";

const proxy = "http://proxy:3128";

test.each([
  [{}, undefined],
  [{ HTTP_PROXY: proxy }, undefined],
  [{ http_proxy: proxy }, "http_proxy"],
  [{ ALL_PROXY: proxy }, "ALL_PROXY"],
  [{ http_proxy: proxy, NO_PROXY: "example.org, localhost" }, undefined],
  [{ http_proxy: proxy, no_proxy: "127.0.0.1" }, "http_proxy"],
  [{ http_proxy: proxy, no_proxy: "", NO_PROXY: "localhost" }, "http_proxy"],
  [{ all_proxy: proxy, no_proxy: "*" }, undefined],
])("of curl, with %j", (environment, variable) => {
  expect(proxyOfCurl(environment)?.variable).toBe(variable);
});
