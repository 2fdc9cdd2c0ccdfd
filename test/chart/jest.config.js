import product from '../../jest.config.js';

const { globalSetup: _database, globalTeardown: _end, testPathIgnorePatterns: _chart, ...rest } = product;

/** The chart's tests need helm and no database: `npm run test:chart`. */
export default {
  ...rest,
  rootDir: '../..',
  roots: ['<rootDir>/test/chart'],
  globalSetup: '<rootDir>/test/chart/global-setup.ts',
  testTimeout: 60_000,
};
