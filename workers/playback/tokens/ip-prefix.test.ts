import fc from "fast-check";
import { expect, test } from "vitest";
import { isInPrefix, parseIp, parseIpPrefix } from "./ip-prefix.ts";

const hex = (text: string) => parseIp(text)?.toHex() ?? null;

test.each([
  ["203.0.113.7", "cb007107"],
  ["0.0.0.0", "00000000"],
  ["255.255.255.255", "ffffffff"],
  ["::", "0".repeat(32)],
  ["::1", `${"0".repeat(31)}1`],
  ["2001:db8::7", "20010db8000000000000000000000007"],
  ["2001:DB8:0:0:0:0:0:7", "20010db8000000000000000000000007"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
  ["::ffff:203.0.113.7", "cb007107"],
  ["::ffff:cb00:7107", "cb007107"],
  ["64:ff9b::203.0.113.7", "0064ff9b0000000000000000cb007107"],
])("%s is %s", (text, bytes) => {
  expect(hex(text)).toBe(bytes);
});

test.each([
  ...[
    "",
    " ",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "0x1.2.3.4",
    "1.2.3.-4",
    "1.2.3.4 ",
    "１.2.3.4",
  ],
  ...[":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::"],
  ...[
    "::1.2.3",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3.4",
    "::ffff:1.02.3.4",
    "fe80::1%eth0",
    "[::1]",
    "unknown",
  ],
])("%j is no address", (text) => {
  expect(hex(text)).toBeNull();
});

test.each(["1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/08", "1.2.3.4/8/8", "::/129", "/8", "::/1e1"])(
  "%j is no prefix",
  (text) => {
    expect(parseIpPrefix(text)).toBeNull();
  },
);

test("an address is in a prefix exactly when their first bits agree", () => {
  const family = fc.constantFrom(4, 16);
  const pair = family.chain((bytes) =>
    fc.record({
      address: fc.uint8Array({ minLength: bytes, maxLength: bytes }),
      flipped: fc.nat({ max: bytes * 8 - 1 }),
      length: fc.nat({ max: bytes * 8 }),
    }),
  );
  fc.assert(
    fc.property(pair, ({ address, flipped, length }) => {
      const other = Uint8Array.from(address);
      other[flipped >> 3] = (other[flipped >> 3] ?? 0) ^ (0x80 >> (flipped & 7));
      expect(isInPrefix(address, { bytes: address, length })).toBe(true);
      // They differ in one bit only, counted from the left.
      expect(isInPrefix(other, { bytes: address, length })).toBe(flipped >= length);
    }),
    { numRuns: 2000 },
  );
});

test("what is written as text is read as what it is", () => {
  const groups = fc.array(fc.nat({ max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, fc.nat({ max: 128 }), (numbers, length) => {
      const text = numbers.map((number) => number.toString(16)).join(":");
      const bytes = numbers.map((number) => number.toString(16).padStart(4, "0")).join("");
      fc.pre(!bytes.startsWith("00000000000000000000ffff"));
      const read = parseIpPrefix(`${text}/${length}`);
      expect([read?.bytes.toHex(), read?.length]).toEqual([bytes, length]);
    }),
  );
});

test("families don't mix, but both spellings of an IPv4 address are one", () => {
  const isIn = (address: string, prefix: string) => {
    const [bytes, read] = [parseIp(address), parseIpPrefix(prefix)];
    return bytes !== null && read !== null && isInPrefix(bytes, read);
  };
  expect(isIn("203.0.113.7", "203.0.113.0/24")).toBe(true);
  expect(isIn("::ffff:203.0.113.7", "203.0.113.0/24")).toBe(true);
  expect(isIn("203.0.114.7", "203.0.113.0/24")).toBe(false);
  expect(isIn("203.0.113.7", "::/0")).toBe(false);
  expect(isIn("2001:db8::1", "0.0.0.0/0")).toBe(false);
  expect(isIn("2001:db8::1", "2001:db8::/48")).toBe(true);
  expect(isIn("2001:db8:1::1", "2001:db8::/48")).toBe(false);
});
