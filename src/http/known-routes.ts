/** Which methods exist on which paths: tells a wrong method (405) from an unknown path (404). */
export class KnownRoutes {
  private readonly routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  /** @param template a path with `:parameters`, a trailing `*` and `::` for a colon, as Fastify writes it */
  add(template: string, methods: string | readonly string[]): void {
    const route = this.routes.get(template) ?? { pattern: patternOf(template), methods: new Set<string>() };
    for (const method of typeof methods === 'string' ? [methods] : methods) route.methods.add(method);
    this.routes.set(template, route);
  }

  /** @returns the methods of every route this path belongs to; empty when it is unknown */
  methodsAt(url: string): string[] {
    const path = decoded(url.split('?', 1)[0]!);
    const methods = [...this.routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => [...route.methods]);
    return [...new Set(methods)].sort();
  }
}

function patternOf(template: string): RegExp {
  const source = template
    .split(/((?<!:):(?!:)[^/]+|\*)/)
    .map((part) => {
      if (/^:(?!:)/.test(part)) return '[^/]+';
      return part === '*'
        ? '.*'
        : part.replaceAll('::', ':').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    })
    .join('');
  return new RegExp(`^${source}$`);
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
