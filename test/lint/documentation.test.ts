import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileEntry } from '../../extension/lint/resolve/values.js';
import { RULES } from '../../extension/lint/rules/registry.js';
import { summarize } from '../../extension/lint/summary/extract.js';
import { parseToml } from '../../extension/lint/config/toml.js';
import { parseConfig } from '../../extension/lint/config/config.js';
import { sharedParser } from './project.js';

const FOLDER = resolve('docs/rules');

describe('the pages of the rules', () => {
  it('are one for each rule, listed, with the parts a reader looks for', () => {
    const pages = readdirSync(FOLDER)
      .filter((name) => name !== 'README.md')
      .map((name) => name.replace(/\.md$/, ''));
    assert.deepEqual(pages.sort(), RULES.map((rule) => rule.id).sort());
    const index = readFileSync(`${FOLDER}/README.md`, 'utf8').replaceAll(/ +/g, ' ');
    for (const rule of RULES) {
      assert.ok(index.includes(`| [\`${rule.id}\`](${rule.id}.md) | ${rule.title} | ${rule.severity} |`), rule.id);
      const page = readFileSync(`${FOLDER}/${rule.id}.md`, 'utf8');
      for (const part of ['## What', '## Why', '## Before', '## After', '## How to silence it'])
        assert.ok(page.includes(part), `${rule.id} lacks ${part}`);
    }
  });

  it('show code that parses and settings that are accepted', async () => {
    const parser = await sharedParser();
    for (const name of readdirSync(FOLDER)) {
      const page = readFileSync(`${FOLDER}/${name}`, 'utf8');
      for (const [, language, code = ''] of page.matchAll(/```(\w+)\n([\s\S]*?)```/g)) {
        if (language === 'python') {
          const file = parser.parse(code);
          assert.ok(!file.hasError, `${name}: ${code}`);
          assert.ok(fileEntry(name, summarize(file)).functions.length > 0);
        }
        if (language === 'toml') {
          assert.notDeepEqual(parseToml(code), {});
          parseConfig(code, 'pyproject.toml');
        }
      }
    }
  });
});
