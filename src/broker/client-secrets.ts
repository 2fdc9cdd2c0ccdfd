import { randomBytes, timingSafeEqual } from 'node:crypto';
import { errors } from 'oidc-provider';
import { Macs } from '../grants/macs.js';
import { readClientSecret } from '../tenants/client-secret.js';
import { Tenants } from '../tenants/tenants.js';
import { CredentialUses } from './credential-uses.js';
import { Guesser, Guesses } from './guesses.js';
import { Proof } from './proof.js';

/** Whether secrets are taken at all: `test` takes those that reach simulated operators only. */
export type SecretsAllowed = 'off' | 'test' | 'on';

const MAX_LENGTH = 256;

/** Too many wrong secrets from there, or for that client. */
export class TooManyGuesses extends errors.InvalidClientAuth {
  constructor(readonly retryAfterSeconds: number) {
    super('too many failures');
    Object.assign(this, { status: 429, statusCode: 429 });
  }
}

/** Of a client that there is, or of one that there is not: nobody can tell. */
export class WrongSecret extends errors.InvalidClientAuth {}

/** Client secrets of applications (RFC 6749 §2.3.1), where they were agreed beside the profile's keys. */
export class ClientSecrets {
  /** Compared with where there is nothing to compare with: the work is the same for a client that does not exist. */
  private readonly decoy = randomBytes(32);

  constructor(
    readonly allowed: SecretsAllowed,
    private readonly tenants: Tenants,
    private readonly macs: Macs,
    private readonly uses: CredentialUses,
    private readonly guesses = new Guesses(),
  ) {}

  /**
   * @param secret as given
   * @throws InvalidClientAuth, whatever is wrong | TooManyGuesses
   */
  require(guesser: Guesser, secret: string): Proof {
    const lockedFor = this.guesses.lockedForSeconds(guesser);
    if (lockedFor > 0) throw new TooManyGuesses(lockedFor);
    const proof = this.proofOf(guesser.clientId, secret.slice(0, MAX_LENGTH));
    if (!proof) {
      this.guesses.failed(guesser);
      throw new WrongSecret('no such client, or not its secret');
    }
    this.guesses.succeeded(guesser);
    return proof;
  }

  private proofOf(clientId: string, secret: string): Proof | undefined {
    const read = readClientSecret(secret);
    const credential = this.tenants.credential(read?.lookUp ?? '');
    const application = this.tenants.application(clientId);
    const given = this.macs.of('pepper', Buffer.from(secret));
    const same = timingSafeEqual(given, credential?.hash ?? this.decoy);
    if (!same || !credential || credential.applicationId !== application?.id) return undefined;
    if (credential.mode !== read?.mode || !this.takes(credential.mode)) return undefined;
    this.uses.note(credential.id);
    return { credential: `sec:${credential.id}`, secretMode: credential.mode };
  }

  private takes(mode: 'test' | 'live'): boolean {
    return this.allowed === 'on' || this.allowed === mode;
  }
}
