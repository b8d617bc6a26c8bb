import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ENGLISH } from './protocol/webview-texts';

const root = join(import.meta.dirname, '..');

/** A call that puts a sentence into the viewer's language: `t(…)`, `translate(…)`, `l10n.t(…)`, over one line or two. */
const CALL = /\b(?:t|translate)\(\s*'((?:[^'\\]|\\.)*)'/gu;

describe('the sentences for people', () => {
  it('are in the bundle that translators work from', () => {
    const bundle = JSON.parse(readFileSync(join(root, 'l10n', 'bundle.l10n.json'), 'utf8')) as Record<string, string>;
    const files = [
      'debug',
      'debug/attach',
      'editor',
      'editor/lint',
      'link',
      'model',
      'tools',
      'protocol',
      'views',
    ].flatMap((folder) => readdirSync(join(root, 'extension', folder)).map((name) => join('extension', folder, name)));
    const sources = files.filter((file) => /\.ts$/u.test(file) && !/\.test\.ts$/u.test(file));
    const said = sources.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(CALL)].map(([, text = '']) => text),
    );
    said.push(...Object.values(ENGLISH));
    assert.ok(said.length > 30, `${said.length} sentences found`);
    assert.deepEqual(
      said.filter((text) => bundle[text] !== text),
      [],
    );
  });
});
