import { Gateway } from './boot.js';

/** What `npm start` prints once it answers: where things are and, in sandbox mode, three commands to paste. */
export function welcome({ url, managementUrl, config, sandbox }: Gateway): string {
  const lines = [`Number Verification Gateway at ${url} (docs ${url}/docs, health ${managementUrl}/readyz)`];
  if (!sandbox) return `${lines.join('\n')}\n`;
  const device = sandbox.devices.find(({ dialect }) => dialect === 'camara-2.1') ?? sandbox.devices[0];
  if (config.production)
    lines.push('', 'SANDBOX MODE IN PRODUCTION: simulated operators answer, nothing here is true.');
  lines.push(
    '',
    `Sandbox: ${sandbox.devices.length} simulated operators; everything about them is in ${config.dataDir}/sandbox.json`,
  );
  if (device) {
    const verify = (body: object): string =>
      [
        `curl -s ${url}/number-verification/v2/verify`,
        `-H "Authorization: Bearer $(npm run -s token -- ${device.ip})"`,
        `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`,
      ].join(' \\\n  ');
    const another = `${device.phoneNumber.slice(0, -1)}${(Number(device.phoneNumber.at(-1)) + 1) % 10}`;
    lines.push(
      `The phone at ${device.ip} is ${device.phoneNumber}. Each call needs a fresh token, as CAMARA 2.1.1 demands.`,
      '',
      '# true: its own number',
      verify({ phoneNumber: device.phoneNumber }),
      '',
      '# false: somebody else’s',
      verify({ phoneNumber: another }),
      '',
      '# an error that says what is wrong: no leading +',
      verify({ phoneNumber: device.phoneNumber.slice(1) }),
      '',
      'The whole chain, for every dialect: npm run demo',
    );
  }
  return `${lines.join('\n')}\n`;
}
