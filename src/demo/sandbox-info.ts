import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoApplication } from './asp-backend.js';

/** `sandbox.json`, as a gateway in sandbox mode writes it. */
export interface SandboxInfo extends DemoApplication {
  readonly apiRoot: string;
  readonly managementUrl: string;
  readonly admin: Omit<DemoApplication['application'], 'redirectUri'> & { readonly scope: string };
  readonly devices: readonly {
    readonly operator: string;
    readonly dialect: string;
    readonly ip: string;
    readonly phoneNumber: string;
    readonly mccmnc?: string;
    readonly operatorTokenUrl: string;
    readonly operatorTokenFlows: readonly ('ciba' | 'jwt_bearer')[];
  }[];
}
export type DemoDevice = SandboxInfo['devices'][number];

/** @returns undefined when there is no such file */
export function readSandboxInfo(dataDir: string): SandboxInfo | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'sandbox.json'), 'utf8')) as SandboxInfo;
  } catch {
    return undefined;
  }
}

/** Whether the gateway that wrote the file still answers. */
export async function answers({ managementUrl }: SandboxInfo): Promise<boolean> {
  try {
    return (await fetch(`${managementUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
