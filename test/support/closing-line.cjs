const { relative, sep } = require('node:path');
const { conformanceRows, unproven } = require('./conformance-table.ts');

/**
 * Ends the run with one plain line that a person or a CI system can read: `N passed, N failed, N skipped`.
 * A test that a conformance table names, and that was not run, counts as failed.
 */
module.exports = class ClosingLine {
  constructor({ rootDir, testNamePattern, testPathPatterns, onlyChanged, onlyFailures, shard }) {
    this.rootDir = rootDir;
    // With a pattern of names, tests are left out on purpose.
    this.judges = !testNamePattern;
    this.whole = !onlyChanged && !onlyFailures && !shard && !testPathPatterns?.patterns?.length;
  }

  onRunComplete(_contexts, results) {
    this.unproven = this.judges
      ? unproven(conformanceRows(this.rootDir), this.outcomes(results), this.whole)
      : [];
    for (const line of this.unproven) process.stdout.write(`\n${line}`);
    const skipped = results.numPendingTests + results.numTodoTests;
    // A suite that could not even be loaded has no test to count: it counts as one failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + this.unproven.length;
    process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }

  getLastError() {
    return this.unproven?.length
      ? new Error('the conformance tables name tests that were not run')
      : undefined;
  }

  outcomes({ testResults }) {
    return testResults.flatMap(({ testFilePath, testResults: tests }) => {
      const file = relative(this.rootDir, testFilePath).split(sep).join('/');
      return tests.map(({ ancestorTitles, title, status }) => ({
        file,
        titles: [...ancestorTitles, title],
        status,
      }));
    });
  }
};
