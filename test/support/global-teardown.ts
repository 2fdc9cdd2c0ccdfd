export default async function globalTeardown(): Promise<void> {
  await (globalThis as { endTestServer?: () => Promise<void> }).endTestServer?.();
}
