/** What a person calls the program: the last part of its script's path, or the module's name. */
export function programTitle(process: { readonly argv: readonly string[] }): string {
  const [program = ''] = process.argv;
  const parts = program.split(/[\\/]/u).filter((part) => part !== '');
  const last = parts.at(-1) ?? '';
  if (last === '__main__.py') return parts.at(-2) ?? last;
  return last === '' || last === '-c' ? 'python' : last;
}
