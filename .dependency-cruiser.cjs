/**
 * The map of the house: room → rooms it may import. Whoever is not named is forbidden.
 * `contract` and `config` are leaves everybody may know: what we agree on, and what the environment said.
 */
const leaves = ['contract', 'config'];
const rooms = {
  contract: [],
  config: [],
  telemetry: [],
  database: ['telemetry'],
  health: ['operators', 'database', 'telemetry'],
  http: ['telemetry'],
  dialects: [],
  operators: ['dialects'],
  limits: ['tenants', 'telemetry'],
  tenants: ['database', 'telemetry'],
  ledger: ['database', 'telemetry'],
  grants: ['database', 'telemetry'],
  upstream: ['dialects', 'operators', 'telemetry'],
  routing: ['operators', 'upstream', 'database', 'telemetry'],
  sandbox: ['dialects', 'operators'],
  broker: ['http', 'grants', 'routing', 'operators', 'tenants', 'upstream', 'database', 'telemetry'],
  admin: [
    'tenants',
    'operators',
    'upstream',
    'ledger',
    'routing',
    'grants',
    'limits',
    'http',
    'database',
    'telemetry',
  ],
  'number-verification': [
    'upstream',
    'grants',
    'ledger',
    'tenants',
    'limits',
    'operators',
    'dialects',
    'http',
    'telemetry',
  ],
};

/** Packages that one room alone may know, so that they can be replaced there. */
const wrapped = {
  'prom-client': ['telemetry'],
  opossum: ['upstream'],
  // telemetry: only to have it instrumented.
  pg: ['database', 'ledger', 'tenants', 'grants', 'broker', 'telemetry'],
  typeorm: ['database', 'tenants', 'grants', 'ledger', 'admin'],
  '@nestjs/throttler': ['admin', 'limits'],
  'passport-jwt': ['admin'],
  ioredis: ['limits'],
  'oidc-provider': ['broker'],
  'openid-client': ['broker'],
  '@nestjs/axios': ['routing'],
  axios: ['routing'],
  rxjs: ['routing', 'admin'],
};

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-production-import-of-dev-packages',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    ...Object.entries(rooms).map(([room, may]) => ({
      name: `room-${room}`,
      comment: `src/${room} may import ${[...leaves, ...may].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/`, pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(src|test|bench)/',
        pathNot: `^src/(${[room, ...(leaves.includes(room) ? ['contract'] : leaves), ...may].join('|')})/`,
      },
    })),
    ...Object.entries(wrapped).map(([name, may]) => ({
      name: `wrapped-${name}`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${may.join('|')})/|\\.spec\\.ts$` },
      to: { path: `node_modules/(@types/)?${name}/` },
    })),
    {
      name: 'nobody-imports-the-top',
      comment: 'boot, main and demo know every room; no room knows them',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/demo/|\\.spec\\.ts$' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
