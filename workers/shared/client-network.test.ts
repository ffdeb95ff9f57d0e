import { expect, test } from "vitest";
import { clientNetwork } from "./client-network.ts";

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8::1", "32.1.13.184.0.0.0.0"],
  ["2001:DB8:0:0:ffff::", "32.1.13.184.0.0.0.0"],
  ["2001:db8:0:1::1", "32.1.13.184.0.0.0.1"],
  ["nobody", null],
  [null, null],
])("%s is of %s", (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
