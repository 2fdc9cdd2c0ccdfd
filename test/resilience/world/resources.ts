import { readdirSync, readFileSync } from 'node:fs';
import { GatewayProcess } from './gateway-process.js';

/** What the gateways hold: descriptors and megabytes, by name of the process; empty where there is no /proc. */
export function resourcesOf(gateways: readonly GatewayProcess[]): Record<string, number> {
  return Object.fromEntries(
    gateways.flatMap(({ name, pid }) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
        return [
          [`${name} fds`, readdirSync(`/proc/${pid}/fd`).length],
          [`${name} MB`, Math.round(kilobytes / 1024)],
        ];
      } catch {
        return [];
      }
    }),
  );
}
