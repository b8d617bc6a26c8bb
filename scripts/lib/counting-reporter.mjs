// @ts-check
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { failure } from './counts.mjs';

/** Mocha's `spec` reporter that also writes what it counted to the file named by TEST_COUNTS_FILE. */
export default class CountingReporter extends Mocha.reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const file = process.env['TEST_COUNTS_FILE'];
    /** @type {import('./counts.mjs').Entry[]} */
    const skipped = [];
    /** @type {import('./counts.mjs').Entry[]} */
    const failed = [];
    runner.on('fail', (test, error) =>
      failed.push(failure(test.fullTitle(), error instanceof Error ? error.message : String(error))),
    );
    runner.on('pending', (test) => skipped.push({ what: test.fullTitle() }));
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped, failures: failed }));
    });
  }
}
