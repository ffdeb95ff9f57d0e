/** The regular expressions of a TypeScript source, read from its syntax tree and not by their looks. */
import { parseAst } from "rolldown/parseAst";

/** A regular expression and where it stands. */
export interface Pattern {
  line: number;
  source: string;
  flags: string;
}

/** Stands for a part of a pattern that is only known when it runs. */
const unknownPart = "x";

type Node = Record<string, unknown>;

/**
 * Finds the literals, and what is given to `RegExp` as a text: a template with its unknown parts as a letter, whatever else is not
 * written there is not found.
 * @param file its name, whose ending tells TypeScript from TSX
 */
export function findPatterns(file: string, source: string): Pattern[] {
  const program = parseAst(source, { lang: file.endsWith(".tsx") ? "tsx" : "ts" }, file);
  const patterns: Pattern[] = [];
  const lineOf = (node: Node): number => source.slice(0, Number(node.start)).split("\n").length;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const one of node) visit(one);
    if (!isNode(node)) return;
    const found = literalOf(node) ?? constructedOf(node);
    if (found !== null) patterns.push({ line: lineOf(node), ...found });
    for (const value of Object.values(node)) if (typeof value === "object") visit(value);
  };
  visit(program.body);
  return patterns;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function literalOf(node: Node): Omit<Pattern, "line"> | null {
  if (node.type !== "Literal" || typeof node.regex !== "object" || node.regex === null) return null;
  const { pattern, flags } = node.regex as { pattern: string; flags: string };
  return { source: pattern, flags };
}

/** `RegExp(text, flags)`, with `new` or without. */
function constructedOf(node: Node): Omit<Pattern, "line"> | null {
  if (node.type !== "NewExpression" && node.type !== "CallExpression") return null;
  const { callee } = node;
  if (!isNode(callee) || callee.type !== "Identifier" || callee.name !== "RegExp") return null;
  const [source, flags] = (node.arguments as unknown[]).map(textOf);
  return source === undefined || source === null ? null : { source, flags: flags ?? "" };
}

function textOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type !== "TemplateLiteral") return null;
  const quasis = node.quasis as { value: { cooked: string } }[];
  return quasis.map(({ value }) => value.cooked).join(unknownPart);
}
