import fc from 'fast-check';

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const status = fc.option(fc.constantFrom('active' as const, 'suspended' as const), { nil: undefined });
const tags = fc.uniqueArray(fc.constantFrom('x', 'y'), { maxLength: 2 });
const text = fc.constantFrom('One', 'Two', 'Three');
const limits = fc.record({ perDay: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] });
const some = <T extends { key: string }>(
  entry: fc.Arbitrary<T>,
  selector: (one: T) => string = ({ key }) => key,
) => fc.uniqueArray(entry, { maxLength: 3, selector });

const subscription = fc.record(
  {
    key: keys,
    purpose: fc.constantFrom('dpv:FraudPreventionAndDetection', 'dpv:IdentityVerification'),
    scopes: fc.constant(['number-verification:verify']),
    grantTypes: fc.constant(['authorization_code']),
    plan: keys,
    limits,
    expiresAt: fc.constantFrom('2030-01-01T00:00:00+02:00', '2031-01-01T00:00:00Z'),
    status: fc.constantFrom('created' as const, 'active' as const, 'suspended' as const),
  },
  { requiredKeys: ['key', 'purpose', 'scopes', 'grantTypes'] },
);
const registration = fc.record(
  {
    operator: keys,
    clientId: text,
    approval: fc.constantFrom('pending', 'approved'),
    credential: fc.constant('${env:CONFIG_SECRET_A}'),
  },
  { requiredKeys: ['operator', 'clientId'] },
);
const application = fc.record(
  {
    key: keys,
    name: text,
    tags,
    status,
    redirectUris: fc.constantFrom([], ['https://a.example/callback']),
    jwksUri: fc.constant('https://a.example/jwks'),
    subscriptions: some(subscription),
    registrations: fc.uniqueArray(registration, { maxLength: 2, selector: ({ operator }) => operator }),
  },
  { requiredKeys: ['key', 'name'] },
);
const member = fc.record({
  key: keys,
  kind: fc.constant('person'),
  displayName: text,
  roles: fc.constantFrom(['User'], ['Administrator', 'User']),
  subject: text,
});
const tenant = fc.record(
  {
    key: keys,
    name: text,
    description: text,
    tags,
    limits,
    status,
    members: some(member),
    applications: some(application),
  },
  { requiredKeys: ['key', 'name'] },
);
/** Documents of declarative configuration that share names, so that they meet. */
export const configDocument = fc.record(
  {
    _format: fc.constant('1'),
    _tag: fc.constantFrom('team-a', 'team-b'),
    plans: some(fc.record({ key: keys, name: text, limits, tags })),
    operators: fc.uniqueArray(fc.record({ id: keys, enabled: fc.boolean() }), {
      selector: ({ id }) => id,
      maxLength: 2,
    }),
    routes: fc.uniqueArray(
      fc.record({
        operator: keys,
        kind: fc.constant('mccmnc'),
        value: fc.constantFrom('26201', '26202'),
        dynamic: fc.boolean(),
      }),
      { selector: ({ value }) => value },
    ),
    tenants: some(tenant),
  },
  { requiredKeys: ['_format'] },
);
