import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AdminAnswer, AdminClient, adminOf, adminToken } from './admin.js';
import { TestGateway, startTestGateway } from './test-gateway.js';

export const PURPOSE = 'dpv:FraudPreventionAndDetection';
/** What the file of the documentation refers to. */
export const SECRET = 'what-the-operator-gave-us-42';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A gateway, somebody who may apply files to it, and a folder for these. */
export class ConfigRig {
  private constructor(
    readonly gateway: TestGateway,
    readonly admin: AdminClient,
    readonly folder: string,
  ) {}

  static async start(): Promise<ConfigRig> {
    const gateway = await startTestGateway({
      CONFIG_SECRET_FIRST_BANK: SECRET,
      ADMIN_REQUESTS_PER_MINUTE: '100000',
    });
    return new ConfigRig(gateway, await adminOf(gateway), mkdtempSync(join(tmpdir(), 'config-')));
  }

  async close(): Promise<void> {
    await this.gateway.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  plan(document: object, query = '', by = this.admin): Promise<AdminAnswer> {
    return by.post(`config:plan?${query}`, document);
  }

  /** What is planned now. @throws Error where there is no plan */
  async apply(document: object, query = ''): Promise<AdminAnswer> {
    const { status, body } = await this.plan(document, query);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return this.admin.post(`config:apply?${query}&planHash=${String(body['planHash'])}`, document);
  }

  /** Plans a text as it stands in a file. */
  async planYaml(text: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const { memberId } = this.admin;
    const token = await adminToken(this.gateway, memberId, `test-${memberId}`);
    const answer = await fetch(`${this.gateway.url}/admin/v1/config:plan`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/yaml' },
      body: text,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** @returns the path of a file that says this */
  fileOf(document: unknown): string {
    const file = join(this.folder, `${randomUUID()}.yaml`);
    writeFileSync(file, typeof document === 'string' ? document : stringify(document));
    return file;
  }

  /** `npm run config`, from its sources. */
  command(args: string[], env: Record<string, string> = {}): Promise<Ended> {
    const { config } = this.gateway;
    const program = ['--import', './test/support/run-typescript.mjs', './src/declared.main.ts'];
    const surroundings = {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      SANDBOX: 'on',
      PORT: '0',
      SANDBOX_PORT: '0',
      DATABASE_URL: config.databaseUrl!.reveal(),
      DATA_DIR: config.dataDir,
      CONFIG_SECRET_FIRST_BANK: SECRET,
      ...env,
    };
    return new Promise((resolve) => {
      execFile(process.execPath, [...program, ...args], { env: surroundings }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  }
}

export const bank = (key: string, more: object = {}): object => ({ key, name: `Bank ${key}`, ...more });

export const fileWith = (tenants: object[], more: object = {}): object => ({
  _format: '1',
  tenants,
  ...more,
});

/** `create tenant first-bank` */
export function changesOf({ body }: Pick<AdminAnswer, 'body'>): string[] {
  const changes = body['changes'] as { action: string; resource: string; key: string }[];
  return changes.map(({ action, resource, key }) => `${action} ${resource} ${key}`);
}

/** The ids of what an apply has changed, in its order. */
export function idsOf({ body }: AdminAnswer): string[] {
  return (body['changes'] as { id: string }[]).map(({ id }) => id);
}
