/** Addresses and prefixes of IPv4 (RFC 4632) and IPv6 (RFC 4291 §2.2, §2.3). */

/** The first `length` bits of an address; IPv4 has 4 bytes, IPv6 has 16. */
export interface IpPrefix {
  bytes: Uint8Array;
  length: number;
}

/** Where IPv4 addresses are in IPv6 (RFC 4291 §2.5.5.2), so that both spellings are the same address. */
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Reads `203.0.113.0/24`, `2001:db8::/48`, or an address alone, which is a prefix of all its bits; null when it is none. */
export function parseIpPrefix(text: string): IpPrefix | null {
  const [address = "", bits, ...more] = text.split("/");
  const bytes = parseIp(address);
  if (bytes === null || more.length > 0) return null;
  const longest = bytes.length * 8;
  if (bits === undefined) return { bytes, length: longest };
  if (!/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > longest) return null;
  return { bytes, length: Number(bits) };
}

/** Reads an address as its 4 or 16 bytes; an IPv4 address in IPv6 (`::ffff:203.0.113.7`) as its 4. Null when it is none. */
export function parseIp(text: string): Uint8Array | null {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text);
  if (bytes !== null && mappedPrefix.every((byte, at) => bytes[at] === byte)) return bytes.slice(12);
  return bytes;
}

/** Whether the address begins with the prefix's bits; never for the other family. */
export function isInPrefix(address: Uint8Array, prefix: IpPrefix): boolean {
  if (address.length !== prefix.bytes.length) return false;
  return address.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefix.length - at * 8));
    const mask = 0xff00 >> bits;
    return (byte & mask & 0xff) === ((prefix.bytes[at] ?? 0) & mask & 0xff);
  });
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  // No leading zeros: some programs read them as octal.
  const isByte = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
  return parts.every(isByte) ? Uint8Array.from(parts, Number) : null;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  // An IPv4 address may stand for the last two groups.
  const last = groups.at(-1)?.at(-1) ?? "";
  const dotted = last.includes(".") ? parseIpv4(last) : undefined;
  if (dotted === null) return null;
  if (dotted !== undefined) {
    const hex = dotted.toHex();
    groups.at(-1)?.splice(-1, 1, hex.slice(0, 4), hex.slice(4));
  }
  const [head = [], tail] = groups;
  const count = head.length + (tail?.length ?? 0);
  if (tail === undefined ? count !== 8 : count > 7) return null;
  const all = [...head, ...Array.from({ length: 8 - count }, () => "0"), ...(tail ?? [])];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
