/**
 * Parses JSON and refuses an object that names one key twice, at any depth and however it is escaped:
 * JSON.parse silently keeps the last one, so `{"a":false,"a":true}` would read as true.
 * @throws SyntaxError
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // One colon, one key: what callers really send, spared the scan.
  if (text.indexOf(':') === text.lastIndexOf(':')) return value;
  const open: Set<string>[] = [];
  // The text is valid JSON here: strings, braces and the colon behind a key are all there is to see.
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const keys = open.at(-1);
      const key = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      if (keys?.has(key)) throw new SyntaxError('duplicate key');
      keys?.add(key);
    }
  }
  return value;
}
