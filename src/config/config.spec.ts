import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ConfigError, readConfig } from './config.js';
import { Environment } from './environment.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const LIVE = {
  KEY_ENCRYPTION_KEY: KEY,
  DATABASE_URL: 'postgres://gateway:hunter2@127.0.0.1:5432/gateway',
  PUBLIC_URL: 'https://gateway.example',
};

function refusal(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('configuration', () => {
  it('without any variable is the sandbox, on the documented ports', () => {
    expect(readConfig({})).toMatchObject({
      sandbox: true,
      port: 3000,
      managementPort: 3001,
      sandboxPort: 3100,
      publicUrl: 'http://localhost:3000',
    });
  });

  it('takes an empty variable for an unset one', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: undefined });
  });

  it.each([
    ['PORT', 'seventy', '0 to 65535'],
    ['PORT', '70000', '65535'],
    ['SANDBOX', 'yes', 'on, off'],
    ['LOG_LEVEL', 'loud', 'silent, error, warn, info, debug'],
    ['PUBLIC_URL', 'https://gateway.example/api', 'without path'],
    ['TRUSTED_PROXIES', '10.0.0.1', 'CIDR'],
  ])('names %s, what is allowed and what was given (%s)', (name, given, allowed) => {
    const message = refusal({ [name]: given });
    expect(message).toContain(name);
    expect(message).toContain(allowed);
    expect(message).toContain(given);
  });

  it('names every wrong variable at once', () => {
    expect(refusal({ PORT: 'x', SANDBOX: 'x' })).toMatch(/PORT[\s\S]*SANDBOX|SANDBOX[\s\S]*PORT/);
  });

  it.each([
    ['KEY_ENCRYPTION_KEY', 'c2hvcnQtY2FuYXJ5'],
    ['DATABASE_URL', 'mysql://gateway:canary-password@db/gateway'],
  ])('never prints the value of %s', (name, value) => {
    const message = refusal({ [name]: value });
    expect(message).toContain(name);
    expect(message).not.toContain(value);
    expect(message).not.toContain('canary');
  });

  it('outside the sandbox asks for each missing variable by name', () => {
    const message = refusal({ NODE_ENV: 'production' });
    for (const name of ['KEY_ENCRYPTION_KEY', 'DATABASE_URL', 'PUBLIC_URL']) expect(message).toContain(name);
  });

  it('in production is the sandbox only when asked for by name', () => {
    expect(readConfig({ ...LIVE, NODE_ENV: 'production' }).sandbox).toBe(false);
    expect(readConfig({ ...LIVE, NODE_ENV: 'production', SANDBOX: 'on' }).sandbox).toBe(true);
  });

  it('prints no secret when it is logged or serialized', () => {
    const config = readConfig({ ...LIVE, OPERATOR_SECRET_ORANGE: 'canary-secret' });
    expect(config.operatorSecrets.get('ORANGE')?.reveal()).toBe('canary-secret');
    const printed = JSON.stringify(config) + JSON.stringify([...config.operatorSecrets]);
    expect(printed).not.toContain('canary');
    expect(printed).not.toContain('hunter2');
    expect(printed).not.toContain(KEY);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });
});

describe("README's table of variables", () => {
  const rows = new Map(
    [...readFileSync('README.md', 'utf8').matchAll(/^\| `([A-Z_]+)` +\| ([^|]*?) +\| ([^|]*?) +\|$/gm)].map(
      ([, name, fallback, text]) => [name!, { fallback: fallback!, text: text! }] as const,
    ),
  );

  it('has exactly the variables of the schema', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(Environment.shape).sort());
  });

  it.each(Object.entries(Environment.shape))(
    'describes %s as the schema does, with its default',
    (name, schema) => {
      expect(rows.get(name)?.text).toBe(schema.meta()?.description);
      const fallback = schema.safeParse(undefined).data as string | number | string[] | undefined;
      expect(rows.get(name)?.fallback).toBe(
        fallback === undefined ? '' : `\`${[fallback].flat().join(',')}\``,
      );
    },
  );
});
