/** The attributes of a tag, quotes taken off. */
export type Attributes = ReadonlyMap<string, string>;

/** Reads an attribute list (RFC 8216 §4.2): `NAME=value,NAME="quoted, value"`. Anything else is passed over. */
export function readAttributeList(text: string): Attributes {
  const found = text.matchAll(/(?<![A-Z0-9-])([A-Z0-9-]+)=(?:"([^"]*)"|([^",]*))/g);
  return new Map(
    Array.from(found, ([, name, quoted, plain]): [string, string] => [name ?? "", quoted ?? plain ?? ""]),
  );
}
