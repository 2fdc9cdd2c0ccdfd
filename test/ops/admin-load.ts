import { clientOf } from '../support/admin.js';
import { assertionWith, postToken } from '../support/sign-in.js';
import type { SandboxInfo } from '../../src/demo/sandbox-info.js';

type Admin = ReturnType<typeof clientOf>;

/** A partner admin, with a token as any service gets it. */
async function adminOfSandbox({ issuer, admin }: SandboxInfo): Promise<Admin> {
  const asp = { issuer, application: { ...admin, redirectUri: '' } };
  const { status, body } = await postToken(asp, {
    grant_type: 'client_credentials',
    scope: admin.scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertionWith(asp),
  });
  if (status !== 200) throw new Error(`the admin got ${status} ${JSON.stringify(body)}`);
  return clientOf(issuer, '', String(body['access_token']));
}

/** Reads and changes, right and wrong ones. */
export async function administrate(sandbox: SandboxInfo): Promise<void> {
  const admin = await adminOfSandbox(sandbox);
  await admin.get('me');
  await admin.get('nothing-here');
  await admin.post('tenants', { name: 'Of the smoke load' });
  await admin.post('tenants', {});
  await clientOf(sandbox.issuer, '', 'not-a-token').get('me');
}

/** Gives every tenant next to nothing while `work` runs. */
export async function limitTenants(sandbox: SandboxInfo, work: () => Promise<unknown>): Promise<void> {
  const admin = await adminOfSandbox(sandbox);
  const { body } = await admin.get('tenants');
  const paths = (body['items'] as { id: string }[]).map(({ id }) => `tenants/${id}`);
  const limit = async (limits: object): Promise<void> => {
    for (const path of paths) {
      const { status } = await admin.change('PATCH', path, { limits });
      if (status !== 200) throw new Error(`limits of ${path} ended with ${status}`);
    }
  };
  await limit({ ratePerSecond: 1, burst: 1 });
  await work();
  await limit({ ratePerSecond: null, burst: null });
}
