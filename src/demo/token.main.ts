import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { DeviceClient } from './device-client.js';
import { readSandboxInfo } from './sandbox-info.js';

/** Signs one sandbox device in and prints an access token, good for one call: `npm run -s token -- <ip> [share]`. */
async function token(ip: string | undefined, operation: string | undefined): Promise<string> {
  const info = readSandboxInfo(process.env['DATA_DIR'] ?? '.data');
  if (!info) throw new Error('no sandbox.json in DATA_DIR: start the gateway first');
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
