import '../support/typescript-imports.cjs';
import { findHelm } from './helm-binary.js';

/** Once per run, before any worker: the workers find the program by the environment. */
export default async function setup(): Promise<void> {
  process.env['CHART_TEST_HELM'] = await findHelm();
}
