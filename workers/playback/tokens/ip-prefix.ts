/** Addresses and prefixes of IPv4 (RFC 4632) and IPv6 (RFC 4291 §2.2, §2.3), in their ordinary spellings only. */
import ipaddr from "ipaddr.js";

/** The first `length` bits of an address; IPv4 has 4 bytes, IPv6 has 16. */
export interface IpPrefix {
  bytes: Uint8Array;
  length: number;
}

/**
 * Spellings that the library takes and we refuse: zones, leading zeros (some programs read them as octal), groups of five
 * digits, and `::192.0.2.1`, deprecated by RFC 4291 §2.5.5.1, which it reads as IPv4.
 */
const unusual = /%|(^|[:.])0\d*\d\.|\.0\d|[0-9a-f]{5}|^::\d+\./i;

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
  const isAddress = text.includes(":") ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
  return isAddress && !unusual.test(text) ? Uint8Array.from(ipaddr.process(text).toByteArray()) : null;
}

/** Tells if the address begins with the prefix's bits; never for the other family. */
export function isInPrefix(address: Uint8Array, prefix: IpPrefix): boolean {
  if (address.length !== prefix.bytes.length) return false;
  return address.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefix.length - at * 8));
    const mask = 0xff00 >> bits;
    return (byte & mask & 0xff) === ((prefix.bytes[at] ?? 0) & mask & 0xff);
  });
}
