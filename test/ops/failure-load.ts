import { Calls, magicNumber } from './calls.js';
import type { OpsWorld } from './world.js';

/** Rows of the sandbox's tables (docs/sandbox.md): answers to calls, ends of sign-ins. */
const CALL_ROWS = [20, 22, 24, 30, 31, 32, 50, 52, 53, 60, 63, 66, 67, 70, 71, 94, 95, 97];
const SIGN_IN_ROWS = [1, 2, 3, 4, 5, 7, 8, 10, 11, 13, 15];

/** Each way in which a sign-in ends badly, at each operator. */
export async function failedSignIns({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  const magic = sandbox.devices.flatMap(({ ip }) =>
    SIGN_IN_ROWS.map((row) => ip.replace(/\d+\.\d+$/, `255.${row}`)),
  );
  for (const ip of magic) await calls.token(ip).catch(() => {});
}

/** Each way in which a call ends badly; not every operator knows each of them. */
export async function failedCalls({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  // Spread over the operators, so that no circuit opens yet.
  for (const [index, row] of CALL_ROWS.entries()) {
    const { ip } = sandbox.devices[index % sandbox.devices.length]!;
    await calls.signInAndVerify(ip, magicNumber(row)).catch(() => {});
  }
}

/** Errors of one operator until its circuit opens, and a call that meets it open. @throws Error when it does not open */
export async function openCircuit({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  const { ip, phoneNumber } = sandbox.devices[0]!;
  const tokens = await Promise.all(Array.from({ length: 40 }, () => calls.token(ip)));
  const spare = tokens.pop();
  for (const token of tokens) await calls.verify(token, magicNumber(99));
  const status = await calls.verify(spare, phoneNumber);
  if (status !== 503) throw new Error(`the circuit should be open, but the call was answered ${status}`);
}
