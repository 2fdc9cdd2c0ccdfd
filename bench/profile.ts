import { readFileSync } from 'node:fs';

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}
interface CpuProfile {
  /** The first is the root. */
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}
type Sums = Map<string, number>;

/**
 * Where the time of a V8 CPU profile went; shares are of the time the process was busy.
 * @returns self time by part (a package, a room of `src/`, Node itself) and by function; for functions of
 *   `src/` also with all they called before the next `await`
 */
export function printProfile(file: string, functions = 30): string {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const selfUs = new Map<number, number>();
  profile.samples.forEach((id, index) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + profile.timeDeltas[index]!);
  });
  const [byPart, byFunction, inclusive]: Sums[] = [new Map(), new Map(), new Map()];
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  let total = 0;
  const visit = (node: ProfileNode, callers: ReadonlySet<string>): void => {
    const us = busyUs(node, selfUs);
    const name = nameOf(node);
    const stack = name.includes(' dist/src/') ? new Set(callers).add(name) : callers;
    total += us;
    add(byPart!, partOf(node), us);
    add(byFunction!, name, us);
    for (const caller of stack) add(inclusive!, caller, us);
    for (const child of node.children ?? []) visit(nodes.get(child)!, stack);
  };
  visit(profile.nodes[0]!, new Set());
  return [
    `CPU profile ${file}`,
    '\nself time by part',
    ...top(byPart!, total, functions),
    '\nself time by function',
    ...top(byFunction!, total, functions),
    '\nfunctions of src/ with what they call',
    ...top(inclusive!, total, functions),
  ].join('\n');
}

/** Idle time is not busy, and the profiler's own start and end say nothing of the process. */
function busyUs({ id, callFrame }: ProfileNode, selfUs: ReadonlyMap<number, number>): number {
  const ignored = callFrame.functionName === '(idle)' || callFrame.url === 'node:inspector';
  return ignored ? 0 : (selfUs.get(id) ?? 0);
}

function partOf({ callFrame: { functionName, url } }: ProfileNode): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (inPackage) return inPackage[1]!;
  return /\/dist\/((?:src|bench)\/[^/]+)/.exec(url)?.[1] ?? 'other';
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/(?=node_modules\/|dist\/(?:src|bench)\/)/, '');
  return `${functionName || '(anonymous)'}  ${file === '' ? 'native' : `${file}:${lineNumber + 1}`}`;
}

function add(sums: Sums, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

function top(sums: Sums, total: number, count: number): string[] {
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([key, us]) => `${((us / total) * 100).toFixed(1).padStart(5)} %  ${key}`);
}
