import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding } from '../findings.js';
import { RULES } from '../rules/registry.js';

const LEVELS = { error: 'error', warning: 'warning', information: 'note', hint: 'note' } as const;

/** Findings as a SARIF 2.1.0 log, with paths relative to `folder` where they are inside it. */
export function sarifReport(findings: readonly Finding[], folder: string, version: string): string {
  const location = (file: string): { uri: string; uriBaseId?: string } => {
    const inside = relative(folder, file);
    if (inside.startsWith('..') || inside === '') return { uri: pathToFileURL(file).href };
    return { uri: inside.split(/[\\/]/).map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' };
  };
  const place = (file: string, region: object): object => ({
    physicalLocation: { artifactLocation: location(file), region },
  });
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'loopscope-lint',
            version,
            rules: RULES.map((rule) => ({ id: rule.id, shortDescription: { text: rule.title } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(folder).href.replace(/\/$/, '')}/` } },
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: RULES.findIndex((rule) => rule.id === finding.rule),
          level: LEVELS[finding.severity],
          message: { text: finding.message },
          locations: [
            place(finding.file, {
              startLine: finding.line,
              startColumn: finding.column,
              endLine: finding.endLine,
              endColumn: finding.endColumn,
            }),
          ],
          ...(finding.chain.length === 0
            ? {}
            : {
                relatedLocations: finding.chain.map((link, id) => ({
                  id,
                  message: { text: `in ${link.function}` },
                  ...place(link.file, { startLine: link.line }),
                })),
                codeFlows: [
                  {
                    threadFlows: [
                      {
                        locations: finding.chain.map((link) => ({
                          location: {
                            message: { text: `in ${link.function}` },
                            ...place(link.file, { startLine: link.line }),
                          },
                        })),
                      },
                    ],
                  },
                ],
              }),
          ...(finding.fix === null
            ? {}
            : {
                fixes: [
                  {
                    description: { text: finding.fix.title },
                    artifactChanges: [
                      {
                        artifactLocation: location(finding.file),
                        replacements: finding.fix.edits.map((edit) => ({
                          deletedRegion: {
                            startLine: edit.line,
                            startColumn: edit.column,
                            endLine: edit.endLine,
                            endColumn: edit.endColumn,
                          },
                          insertedContent: { text: edit.text },
                        })),
                      },
                    ],
                  },
                ],
              }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
