import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SandboxInfo } from '../src/boot.js';
import { ChainResult, measureChains } from './broker-chain.js';
import { measureTokens, TokenResult } from './broker-tokens.js';
import { Child } from './child.js';
import { layGround } from './ground.js';
import { machine, Pinning, pinLoadSide } from './machine.js';
import { printProfile } from './profile.js';

const GOALS = { chainP50Ms: 10, tokensPerSecond: 600 };
const CONNECTIONS = 64;

interface TokenRound extends TokenResult {
  readonly perSecond: number;
  /** Of the gateway's process, all threads. */
  readonly cpuUsPerRequest: number;
}

/**
 * `npm run bench -- broker [--quick] [--profile]`: the redirect chain, and tokens by JWT bearer, with the gateway
 * on a core of its own.
 * @param results folder for the figures
 */
export async function benchBroker(argv: readonly string[], results: string): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
  });
  const pinning = pinLoadSide();
  const folder = mkdtempSync(join(tmpdir(), 'nv-bench-'));
  mkdirSync(results, { recursive: true });
  const ground = await layGround(folder);
  const child = (file: string, label: string, cores: string | undefined): Child =>
    Child.start(file, { label, cores, logFile: join(folder, `${label}.log`) });
  const operator = child('broker-operator.main.js', 'operator', pinning.rest);
  const gateway = child('broker-gateway.main.js', 'gateway', pinning.contender);
  try {
    const stubUrl = await operator.ask<string>('listen');
    const { databaseUrl } = ground;
    const info = await gateway.ask<SandboxInfo>('start', { stubUrl, folder, databaseUrl });
    await measureChains(info, operator, 100);
    const chain = await measureChains(info, operator, values.quick ? 200 : 500);
    const profile = values.profile ? join(results, 'broker.cpuprofile') : undefined;
    const rounds = await tokenRounds(info, gateway, operator, values.quick || values.profile, profile);
    report(chain, rounds, pinning, results);
    if (profile) console.log(`\n${printProfile(profile)}`);
  } finally {
    await Promise.all([gateway.stop(), operator.stop()]);
    await ground.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tokenRounds(
  info: SandboxInfo,
  gateway: Child,
  operator: Child,
  brief: boolean,
  profile: string | undefined,
): Promise<TokenRound[]> {
  await measureTokens(info, { connections: CONNECTIONS, durationMs: 3_000, requests: 8_000 });
  const rounds: TokenRound[] = [];
  for (let round = 0; round < (brief ? 1 : 3); round++) {
    const asked = await operator.ask<number>('tokenRequests');
    let before = 0;
    const run = { connections: CONNECTIONS, durationMs: 4_000, requests: 16_000 };
    const result = await measureTokens(info, run, async () => {
      if (profile) await gateway.ask('startProfile');
      before = await cpuUs(gateway);
    });
    const used = (await cpuUs(gateway)) - before;
    if (profile) await gateway.ask('stopProfile', profile);
    const seen = (await operator.ask<number>('tokenRequests')) - asked;
    if (seen !== result.requests) throw new Error(`${result.requests} tokens, but the operator gave ${seen}`);
    rounds.push({
      ...result,
      perSecond: Math.round(result.requests / (result.durationMs / 1_000)),
      cpuUsPerRequest: Math.round(used / result.requests),
    });
  }
  return rounds.sort((a, b) => a.perSecond - b.perSecond);
}

async function cpuUs(child: Child): Promise<number> {
  const { user, system } = await child.ask<NodeJS.CpuUsage>('cpu');
  return user + system;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function verdict(met: boolean): string {
  return met ? 'met    ' : 'NOT MET';
}

function report(chain: ChainResult, rounds: readonly TokenRound[], pinning: Pinning, results: string): void {
  const tokens = rounds[Math.floor((rounds.length - 1) / 2)]!;
  const goals = {
    chain: chain.p50Ms <= GOALS.chainP50Ms,
    tokens: tokens.perSecond >= GOALS.tokensPerSecond,
  };
  console.log(
    `${verdict(goals.chain)}  redirect chain, ${chain.hops} hops: gateway p50 ${ms(chain.p50Ms)}, p99 ${ms(chain.p99Ms)}` +
      ` (authorize ${ms(chain.authorizeP50Ms)}, callback ${ms(chain.callbackP50Ms)}; goal: p50 at most ${GOALS.chainP50Ms} ms)`,
  );
  console.log(
    `${verdict(goals.tokens)}  tokens by JWT bearer: ${tokens.perSecond}/s on one core, p50 ${ms(tokens.p50Ms)},` +
      ` p99 ${ms(tokens.p99Ms)}, ${tokens.cpuUsPerRequest} µs CPU each (goal: at least ${GOALS.tokensPerSecond}/s)`,
  );
  const takenAt = new Date().toISOString();
  const result = {
    takenAt,
    machine: machine(pinning),
    connections: CONNECTIONS,
    chain,
    tokens: rounds,
    goals,
  };
  writeFileSync(join(results, 'broker.json'), `${JSON.stringify(result, null, 2)}\n`);
}
