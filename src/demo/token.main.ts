import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { AspBackend, tokenIn } from './asp-backend.js';
import { DeviceClient } from './device-client.js';
import { readSandboxInfo } from './sandbox-info.js';

/**
 * Prints an access token: `npm run -s token -- <ip> [share]` signs one sandbox device in, for one call;
 * `npm run -s token -- --admin` is of the sandbox's partner admin, for the admin API.
 */
async function token(ip: string | undefined, operation: string | undefined): Promise<string> {
  const info = readSandboxInfo(process.env['DATA_DIR'] ?? '.data');
  if (!info) throw new Error('no sandbox.json in DATA_DIR: start the gateway first');
  if (ip === '--admin') {
    const { scope, ...application } = info.admin;
    const backend = new AspBackend({ issuer: info.issuer, application: { ...application, redirectUri: '' } });
    return tokenIn(await backend.ask('/token', { grant_type: 'client_credentials', scope }));
  }
  const address = ip ?? info.devices[0]?.ip;
  if (address === undefined) throw new Error('no device: give its address');
  const client = new DeviceClient(info);
  return client.redeem(await client.signIn(address, operation === 'share' ? SHARE_SCOPE : VERIFY_SCOPE));
}

token(process.argv[2], process.argv[3]).then(
  (accessToken) => console.log(accessToken),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
