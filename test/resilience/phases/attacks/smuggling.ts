import { violation, Violation } from '../../check/evidence.js';
import { smuggled } from '../../rows/smuggling.js';
import { faultsOf } from '../legal-reply.js';
import { CatalogueRow, Run } from '../phase.js';
import { spentProblems, stakeOf } from './still-good.js';
import { speak } from './wire.js';

export const SMUGGLING: CatalogueRow = { id: 'C06', title: 'one request hidden in another', short: true };
const ANSWER_WITHIN_MS = 1_500;

/** Whatever is ambiguous is refused and the connection ended; what is inside is never answered. */
export async function runSmuggling(run: Run): Promise<void> {
  const { gateways, sim } = run.world;
  const startedAt = performance.now();
  const stake = stakeOf(run, 'c06-0');
  const from = await sim.position();
  const violations: Violation[] = [];
  const corpus = smuggled(stake.good);
  let open = 0;
  await Promise.all(
    corpus.map(async ({ bytes, name }, index) => {
      const gateway = gateways[index % gateways.length]!;
      const { closed, replies } = await speak(gateway.url, [bytes], { withinMs: ANSWER_WITHIN_MS });
      if (!closed) open++;
      const wrong = replies.flatMap((reply) => [
        ...(reply.status < 400 ? [`answered ${reply.status}`] : []),
        ...faultsOf(reply, '/number-verification/v2/verify'),
      ]);
      if (replies.length === 0 && !closed) wrong.push('neither an answer nor an end');
      violations.push(...wrong.map((what) => violation('row', name.replaceAll(/[^\x20-\x7e]/g, '?'), what)));
    }),
  );
  const reached = (await sim.recordsSince(from)).filter(({ jti }) => jti === 'c06-0').length;
  run.report.judge({
    ...SMUGGLING,
    phase: 'attacks',
    startedAt,
    violations,
    problems: [
      ...(reached > 0 ? [`${reached} requests were smuggled`] : []),
      ...(await spentProblems(run, stake)),
    ],
    figures: { requests: corpus.length, 'left open': open },
  });
}
