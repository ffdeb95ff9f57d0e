import ipaddr from "ipaddr.js";

/**
 * The network of a client that limits go by: its IPv4 address, or the first 64 bits of its IPv6 address, which one home or phone
 * has; null when it is no address.
 */
export function clientNetwork(address: string | null): string | null {
  if (address === null || !ipaddr.isValid(address)) return null;
  const bytes = ipaddr.process(address).toByteArray();
  return bytes.slice(0, bytes.length === 16 ? 8 : 4).join(".");
}
