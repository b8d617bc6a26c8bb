import { createVSIX } from '@vscode/vsce';

/**
 * Packages an extension as it is published.
 *
 * @param folder Where its `package.json` is.
 * @param vsix The file to write.
 */
export async function pack(folder: string, vsix: string): Promise<void> {
  await createVSIX({
    cwd: folder,
    packagePath: vsix,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
    rewriteRelativeLinks: false,
  });
}
