import { existsSync, readFileSync } from 'node:fs';

let version: string | undefined;

/** @returns of the package this file belongs to; it is compiled to a folder one deeper than its source */
export function ownVersion(): string {
  version ??= (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version;
  return version;
}

function packageFile(): URL {
  for (let up = '../../'; ; up += '../') {
    const file = new URL(`${up}package.json`, import.meta.url);
    if (existsSync(file) || file.pathname === '/package.json') return file;
  }
}
