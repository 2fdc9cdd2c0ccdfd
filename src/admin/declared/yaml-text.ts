import { isUtf8 } from 'node:buffer';
import { Document, LineCounter, YAMLMap, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import { invalid } from '../refusal.js';

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text as YAML. The message quotes nothing of it: a secret may stand there by mistake. */
export interface YamlFault extends Position {
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** Enough for anchors that people write; too few for a text that unfolds into gigabytes. */
const MAX_ALIASES = 100;

/** One YAML 1.2 document whose keys are unique, and where in its text each value stands. */
export class YamlText {
  private constructor(
    readonly value: unknown,
    readonly fault: YamlFault | undefined,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  static read(text: string): YamlText {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      strict: true,
      uniqueKeys: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const found = document.errors[0] ?? document.warnings[0];
    const at = (offset: number): Position => position(lines, offset);
    if (found) {
      const message = found.message.split('\n')[0]!.replace(/: .*$/, '');
      return new YamlText(undefined, { ...at(found.pos[0]), message }, document, lines);
    }
    try {
      return new YamlText(document.toJS({ maxAliasCount: MAX_ALIASES }), undefined, document, lines);
    } catch {
      const fault = { line: 1, column: 1, message: 'has aliases that cannot be resolved, or too many' };
      return new YamlText(undefined, fault, document, lines);
    }
  }

  /** Where the value at this path stands; that of what holds it when there is no such value. */
  positionOf(path: Path): Position {
    let node: unknown = this.document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const step of path) {
      const pair = isMap(node) ? pairOf(node, String(step)) : undefined;
      if (pair) node = pair.value;
      else if (isSeq(node)) node = node.items[Number(step)];
      else break;
      offset = (pair ? offsetOf(pair.key) : offsetOf(node)) ?? offset;
    }
    return position(this.lines, offset);
  }
}

/** @throws AdminRefusal invalid, with line and column */
export function readYamlBody(body: Buffer | undefined): unknown {
  if (body === undefined || body.length === 0) throw invalid('body', 'is empty');
  if (!isUtf8(body)) throw invalid('body', 'must be UTF-8');
  const { value, fault } = YamlText.read(body.toString('utf8'));
  if (fault) throw invalid(`body:${fault.line}:${fault.column}`, `is no YAML: ${fault.message}`);
  return value;
}

function pairOf(map: YAMLMap, key: string): { key: unknown; value: unknown } | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
